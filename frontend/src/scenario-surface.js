// What the editor draws on the map: the edits with their handles, known places to pick, and the homes that gain or lose.
import { Marker } from "maplibre-gl";

const NONE = { type: "FeatureCollection", features: [] };
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const INK = "#1d2b2a";
// Okabe and Ito's blue and vermilion: they stay apart for every eye; filled and hollow stay apart in grey.
export const GAIN = "#0072b2";
export const LOSS = "#d55e00";

const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });
const collection = (features) => ({ type: "FeatureCollection", features });

// Where an edit is shown: on its line, at its point, or where the place it names lies.
export function spot(edit) {
  const { line } = edit;
  if (line.length > 1) {
    const n = Math.floor((line.length - 1) / 2);
    return [(line[n][0] + line[n + 1][0]) / 2, (line[n][1] + line[n + 1][1]) / 2];
  }
  return line[0] ?? edit.at ?? null;
}

const root = ["sqrt", ["get", "people"]];
const radius = (least) => ["interpolate", ["linear"], ["zoom"], 11, ["min", ["+", least * 0.5, ["*", 0.2, root]], 9], 14, ["min", ["+", least, ["*", 0.7, root]], 20], 16, ["min", ["+", least * 1.6, ["*", 1.2, root]], 34]];
const change = (kind) => ["==", ["get", "change"], kind];

// Homes whose walk changes: nearer and farther ones pale, those that come within reach filled, those that fall out hollow.
export const homeLayers = [
  { id: "homes-closer", type: "circle", source: "homes", filter: change("closer"), paint: { "circle-radius": radius(2), "circle-color": GAIN, "circle-opacity": 0.3 } },
  { id: "homes-farther", type: "circle", source: "homes", filter: change("farther"), paint: { "circle-radius": radius(2), "circle-color": "#ffffff", "circle-opacity": 0.6, "circle-stroke-color": LOSS, "circle-stroke-width": 1.2, "circle-stroke-opacity": 0.55 } },
  { id: "homes-gain", type: "circle", source: "homes", filter: change("gain"), paint: { "circle-radius": radius(3.5), "circle-color": GAIN, "circle-opacity": 0.85, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.2 } },
  { id: "homes-loss", type: "circle", source: "homes", filter: change("loss"), paint: { "circle-radius": radius(3.5), "circle-color": "#ffffff", "circle-stroke-color": LOSS, "circle-stroke-width": 3 } },
];

export function homesOf(told) {
  if (!told) return NONE;
  const { lon, lat, people, change: kinds, before, after } = told;
  return collection(
    lon.map((x, n) => feature({ type: "Point", coordinates: [x, lat[n]] }, { people: people[n], change: kinds[n], before: before[n], after: after[n] })),
  );
}

// Lines of edits as they are drawn on any map of a scenario.
export const editLayers = [
  { id: "edit-casing", type: "line", source: "edits", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#ffffff", "line-width": 8, "line-opacity": 0.9 } },
  { id: "edit-chosen", type: "line", source: "edits", filter: ["get", "chosen"], layout: { "line-cap": "round" }, paint: { "line-color": "#f0e442", "line-width": 10, "line-opacity": 0.75 } },
  { id: "edit-added", type: "line", source: "edits", filter: ["==", ["get", "kind"], "add_way"], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": INK, "line-width": 4 } },
  { id: "edit-closed", type: "line", source: "edits", filter: ["==", ["get", "kind"], "close_way"], paint: { "line-color": INK, "line-width": 5, "line-dasharray": [0.5, 0.5] } },
  { id: "edit-moved", type: "line", source: "edits", filter: ["==", ["get", "kind"], "move_facility"], paint: { "line-color": INK, "line-width": 2, "line-dasharray": [2, 1.5] } },
  { id: "edit-refused", type: "line", source: "edits", filter: ["get", "refused"], paint: { "line-color": LOSS, "line-width": 4, "line-dasharray": [1, 1] } },
];

export function editLines(edits, chosen = -1, refused = new Set()) {
  return collection(
    edits.flatMap((edit, n) => {
      const line = edit.kind === "move_facility" && edit.at && edit.line.length ? [edit.at, edit.line[0]] : edit.line;
      return line.length > 1 ? [feature({ type: "LineString", coordinates: line }, { kind: edit.kind, chosen: n === chosen, refused: refused.has(n) })] : [];
    }),
  );
}

export function surface(map, config, edits, { moved, dropped, removed }) {
  const marks = new Map();
  let refused = new Set();

  map.addSource("homes", { type: "geojson", data: NONE });
  map.addSource("edits", { type: "geojson", data: NONE });
  map.addSource("known", { type: "geojson", data: NONE });
  map.addSource("hint", { type: "geojson", data: NONE });
  homeLayers.forEach((layer) => map.addLayer(layer));
  if (config.tiles.compounds) {
    map.addLayer({ id: "known-compounds", type: "fill", source: "compounds", "source-layer": "compounds", layout: { visibility: "none" }, paint: { "fill-color": INK, "fill-opacity": 0.07, "fill-outline-color": INK } });
  }
  map.addLayer({ id: "hint", type: "line", source: "hint", layout: { "line-cap": "round" }, paint: { "line-color": "#e69f00", "line-width": 6, "line-opacity": 0.8 } });
  editLayers.forEach((layer) => map.addLayer(layer));
  map.addLayer({
    id: "known", type: "circle", source: "known",
    paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 2.5, 15, 7], "circle-color": "#ffffff", "circle-stroke-color": INK, "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 11, 1, 15, 2.2] },
  });
  map.addLayer({ id: "hint-point", type: "circle", source: "hint", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 6, "circle-color": "#e69f00", "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } });

  // One mark for each edit, and a handle for each point of the chosen line; both are reached and moved by keys.
  function wanted() {
    const found = [];
    edits.shown.forEach((edit, n) => {
      const at = spot(edit);
      const single = edit.line.length === 1 && !(edit.kind === "open_gate" && edit.target);
      if (at) found.push({ key: `e${n}`, at, n, vertex: single ? 0 : -1, text: String(n + 1), label: config.tools[edit.kind].label, draggable: single && config.may });
      if (n === edits.chosen && edit.kind === "add_way" && config.may) {
        edit.line.forEach((point, v) => found.push({ key: `e${n}v${v}`, at: point, n, vertex: v, text: "", label: config.words.handle.replace("N", v + 1), draggable: true }));
      }
    });
    return found;
  }

  function make({ key, n, vertex, text, label, draggable }) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = vertex >= 0 && !text ? "edit-handle" : "edit-mark";
    element.textContent = text;
    const marker = new Marker({ element, draggable });
    element.setAttribute("aria-label", text ? `${text} ${label}` : label);
    const own = { marker, n, vertex, held: false };
    // Arrow keys move a point by pixels, without snapping, which would only bring it back.
    const push = (event) => {
      const step = STEPS[event.key];
      if (!step || !marker.isDraggable() || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      const at = map.project(marker.getLngLat());
      const far = event.shiftKey ? 10 : 1;
      marker.setLngLat(map.unproject([at.x + step[0] * far, at.y + step[1] * far]));
      own.held = true;
      moved(own.n, own.vertex, marker, false);
    };
    const settle = () => {
      if (!own.held) return;
      own.held = false;
      dropped(own.n);
    };
    element.addEventListener("keydown", push);
    element.addEventListener("keyup", (event) => STEPS[event.key] && settle());
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      edits.choose(own.n);
    });
    element.addEventListener("focus", () => edits.choose(own.n));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        removed(own.n, text ? -1 : own.vertex);
      }
    });
    marker.on("dragstart", () => (own.held = true));
    marker.on("drag", () => moved(own.n, own.vertex, marker, true));
    marker.on("dragend", () => {
      own.held = false;
      dropped(own.n);
    });
    marks.set(key, own);
    return own;
  }

  function redraw() {
    const now = wanted();
    const keys = new Set(now.map((one) => one.key));
    for (const [key, { marker }] of marks) {
      if (!keys.has(key)) {
        marker.remove();
        marks.delete(key);
      }
    }
    for (const one of now) {
      let own = marks.get(one.key);
      if (own && own.marker.isDraggable() !== one.draggable && !own.held) {
        own.marker.remove();
        own = null;
      }
      if (!own) {
        own = make(one);
        own.marker.setLngLat(one.at).addTo(map);
      } else if (!own.held) own.marker.setLngLat(one.at);
      own.n = one.n;
      own.vertex = one.vertex;
      const element = own.marker.getElement();
      element.classList.toggle("chosen", one.n === edits.chosen);
      element.classList.toggle("refused", refused.has(one.n));
      // What the hand holds lies under the cursor and must not catch its click.
      element.classList.toggle("held", one.n >= edits.edits.length);
    }
    map.getSource("edits").setData(editLines(edits.shown, edits.chosen, refused));
  }

  edits.listen(redraw);
  redraw();

  return {
    redraw,
    refuse(numbers) {
      refused = numbers;
      redraw();
    },
    homes: (told) => map.getSource("homes").setData(homesOf(told)),
    known(data) {
      map.getSource("known").setData(data ?? NONE);
    },
    compounds(shown) {
      if (map.getLayer("known-compounds")) map.setLayoutProperty("known-compounds", "visibility", shown ? "visible" : "none");
    },
    hint(geometry) {
      map.getContainer().toggleAttribute("data-snapped", Boolean(geometry));
      map.getSource("hint").setData(geometry ? collection([feature(geometry)]) : NONE);
    },
    focus(n) {
      marks.get(`e${n}`)?.marker.getElement().focus();
    },
  };
}
