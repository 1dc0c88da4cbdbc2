// The pin of a record: it shows where the record stands, and a point is moved by dragging or with the arrow keys.
// Nothing is kept before the form is sent; the form's hidden fields are filled only by a move.
import { LngLat, Marker } from "maplibre-gl";

const METERS_A_DEGREE = 111195;
const KEYS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

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
  handle.tabIndex = 0;
  handle.setAttribute("role", "application");
  handle.setAttribute("aria-label", pin.hint);
  handle.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (!step && event.key !== "Escape") return;
    // The arrow keys would move the map as well.
    event.preventDefault();
    event.stopPropagation();
    if (!step) return back();
    const at = marker.getLngLat();
    const meters = event.shiftKey ? 10 : 1;
    const degrees = meters / METERS_A_DEGREE;
    marker.setLngLat([at.lng + (step[0] * degrees) / Math.cos((at.lat * Math.PI) / 180), at.lat + step[1] * degrees]);
    show();
  });
  show();
}
