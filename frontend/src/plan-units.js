// Units of an adopted plan over the district map: pale areas, strong borders and names; drawn and taken away again.
const LAYERS = ["plan-fill", "plan-line", "plan-name"];

export function showUnits(map, { url, fill }) {
  map.addSource("plan", { type: "geojson", data: url });
  const width = ["interpolate", ["linear"], ["zoom"], 10, fill ? 0.8 : 1, 15, 4];
  if (fill) map.addLayer({ id: "plan-fill", type: "fill", source: "plan", paint: { "fill-color": ["get", "color"], "fill-opacity": 0.7 } }, map.getLayer("barrier-water") ? "barrier-water" : undefined);
  map.addLayer({ id: "plan-line", type: "line", source: "plan", layout: { "line-join": "round" }, paint: { "line-color": "#1d2b2a", "line-width": width, "line-opacity": 0.8 } });
  map.addLayer({
    id: "plan-name", type: "symbol", source: "plan", minzoom: fill ? 0 : 12.5,
    layout: { "text-field": ["get", "label"], "text-size": ["interpolate", ["linear"], ["zoom"], 10, 11, 15, 15], "text-line-height": 1.15 },
    paint: { "text-color": "#1d2b2a", "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
  });
  map.getLayer("areas-name") && map.setLayoutProperty("areas-name", "visibility", "none");
}

export function hideUnits(map) {
  LAYERS.forEach((layer) => map.getLayer(layer) && map.removeLayer(layer));
  if (map.getSource("plan")) map.removeSource("plan");
  map.getLayer("areas-name") && map.setLayoutProperty("areas-name", "visibility", "visible");
}
