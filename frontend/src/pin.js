// The pin of a record: it shows where the record stands, and a point is moved by dragging or with the arrow keys.
// Nothing is kept before the form is sent; the form's hidden fields are filled only by a move.
import { LngLat, Marker } from "maplibre-gl";

const line = (from, to) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [from.toArray(), to.toArray()] } });

export function placePin(map, pin) {
  const origin = new LngLat(pin.lon, pin.lat);
  const marker = new Marker({ color: "#00695c", draggable: pin.movable }).setLngLat(origin).addTo(map);
  const told = document.querySelector("[data-pin-told]");
  if (!pin.movable || !told) return;

  const form = document.querySelector("form[data-pin-form]");
  const undo = told.querySelector("button");
  const show = () => {
    const at = marker.getLngLat();
    const meters = origin.distanceTo(at);
    const moved = meters > 0.5;
    form.elements.lon.value = moved ? at.lng.toFixed(7) : "";
    form.elements.lat.value = moved ? at.lat.toFixed(7) : "";
    told.querySelector("span").textContent = moved ? pin.moved.replace("METERS", meters.toFixed(0)) : pin.hint;
    undo.hidden = !moved;
    map.getSource("pin-move").setData(line(origin, at));
  };
  const back = () => {
    marker.setLngLat(origin);
    show();
  };

  map.addSource("pin-move", { type: "geojson", data: line(origin, origin) });
  map.addLayer({ id: "pin-move", type: "line", source: "pin-move", paint: { "line-color": "#00695c", "line-width": 2.5, "line-dasharray": [2, 1.5] } });
  marker.on("drag", show);
  undo.addEventListener("click", back);

  const handle = marker.getElement();
  handle.setAttribute("aria-label", pin.hint);
  // The arrow keys are the marker's own, in pixels of the map; Escape is ours.
  handle.addEventListener("keydown", (event) => event.key === "Escape" && back());
  show();
}
