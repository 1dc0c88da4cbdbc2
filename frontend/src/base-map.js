// The base map: water, green, blocks, buildings, streets and names in pale tones, from the edition's own tiles.
const present = (tiles, name, layers) => (tiles[name] ? layers : []);

export function baseSources(tiles) {
  return Object.fromEntries(
    Object.entries(tiles).map(([name, url]) => [
      name,
      { type: "vector", url: `pmtiles://${new URL(url, window.location.href).href}`, promoteId: { [name]: "place" } },
    ]),
  );
}

const wide = (at11, at16) => ["interpolate", ["exponential", 1.6], ["zoom"], 11, at11, 16, at16];

export function baseLayers(tiles, areas, lines) {
  const of = (name, layer) => ({ source: name, "source-layer": name, ...layer });
  return [
    { id: "ground", type: "background", paint: { "background-color": "#f3f4f1" } },
    ...present(tiles, "land", [
      of("land", { id: "blocks", type: "fill", filter: ["==", ["get", "kind"], "block"], paint: { "fill-color": "#eceee9" } }),
      of("land", { id: "green", type: "fill", filter: ["==", ["get", "kind"], "green"], paint: { "fill-color": "#d8ead3" } }),
      of("land", { id: "water", type: "fill", filter: ["==", ["get", "kind"], "water"], paint: { "fill-color": "#c4dcea" } }),
    ]),
    ...areas,
    ...present(tiles, "barriers", [
      of("barriers", { id: "barrier-water", type: "fill", filter: ["all", ["==", ["get", "kind"], "water"], ["==", ["geometry-type"], "Polygon"]], paint: { "fill-color": "#c4dcea" } }),
      of("barriers", { id: "barrier-river", type: "line", filter: ["all", ["==", ["get", "kind"], "water"], ["==", ["geometry-type"], "LineString"]], paint: { "line-color": "#a9cbe0", "line-width": wide(0.8, 4) } }),
      of("barriers", { id: "barrier-rail", type: "line", filter: ["==", ["get", "kind"], "rail"], paint: { "line-color": "#9aa5a2", "line-width": wide(0.8, 3), "line-dasharray": [3, 2] } }),
      of("barriers", { id: "barrier-fast", type: "line", filter: ["==", ["get", "kind"], "fast_road"], paint: { "line-color": "#e3c49b", "line-width": wide(1.6, 10) } }),
    ]),
    ...present(tiles, "streets", [
      of("streets", { id: "street-path", type: "line", minzoom: 14, filter: ["in", ["get", "class"], ["literal", ["path", "internal", "footbridge"]]], paint: { "line-color": "#c9cfcc", "line-width": wide(0.2, 1.6), "line-dasharray": [2, 1.2] } }),
      of("streets", { id: "street-minor", type: "line", minzoom: 12, filter: ["==", ["get", "class"], "street"], paint: { "line-color": "#ffffff", "line-width": wide(0.5, 6) } }),
      of("streets", { id: "street-fast", type: "line", filter: ["==", ["get", "class"], "fast"], paint: { "line-color": "#ecd3ae", "line-width": wide(1.4, 10) } }),
      of("streets", { id: "street-main", type: "line", filter: ["==", ["get", "class"], "main"], paint: { "line-color": "#ffffff", "line-width": wide(1, 10) } }),
    ]),
    ...present(tiles, "buildings", [
      of("buildings", { id: "buildings", type: "fill", minzoom: 13, paint: { "fill-color": "#d5d9d6", "fill-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0.3, 15, 0.9], "fill-outline-color": "#bfc6c2" } }),
    ]),
    ...present(tiles, "walls", [
      of("walls", { id: "walls", type: "line", minzoom: 14.5, paint: { "line-color": "#8d7b68", "line-width": wide(0.4, 1.6) } }),
    ]),
    ...present(tiles, "gates", [
      of("gates", { id: "gates", type: "circle", minzoom: 15, paint: { "circle-radius": 3.5, "circle-color": "#8d7b68", "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 } }),
    ]),
    ...present(tiles, "buildings", [
      of("buildings", { id: "buildings-relief", type: "fill-extrusion", minzoom: 13.5, layout: { visibility: "none" }, paint: { "fill-extrusion-color": "#cfd8d4", "fill-extrusion-height": ["*", 3, ["coalesce", ["get", "floors"], 3]], "fill-extrusion-opacity": 0.85 } }),
    ]),
    ...lines,
  ];
}
