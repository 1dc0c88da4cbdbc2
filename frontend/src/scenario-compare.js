// Small maps of scenarios that move together; each shows its own edits and the homes that gain or lose by them.
import { Marker } from "maplibre-gl";

import { base } from "./map.js";
import { blank } from "./scenario-draft.js";
import { editLayers, editLines, homeLayers, homesOf, spot } from "./scenario-surface.js";

function together(maps) {
  let leading = false;
  for (const map of maps) {
    map.on("move", () => {
      if (leading) return;
      leading = true;
      const view = { center: map.getCenter(), zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() };
      maps.forEach((other) => other !== map && other.jumpTo(view));
      leading = false;
    });
  }
}

// Around everything that any of the scenarios edits or changes.
function bounds({ columns }) {
  const points = columns.flatMap(({ edits, homes }) => [
    ...edits.flatMap(({ line }) => line ?? []),
    ...(homes ? homes.lon.map((lon, n) => [lon, homes.lat[n]]) : []),
  ]);
  if (!points.length) return null;
  const [x, y] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  return [[Math.min(...x), Math.min(...y)], [Math.max(...x), Math.max(...y)]];
}

export async function open(root) {
  const config = JSON.parse(document.getElementById(root.dataset.compare).textContent);
  const box = bounds(config);
  const maps = await Promise.all(
    [...root.querySelectorAll("[data-compare-map]")].map(async (element) => {
      const { name, edits, homes } = config.columns[Number(element.dataset.compareMap)];
      const map = await base(element, { ...config, label: name });
      await new Promise((done) => (map.loaded() ? done() : map.once("load", done)));
      const whole = edits.map((edit) => ({ ...blank(edit.kind), ...edit }));
      map.addSource("homes", { type: "geojson", data: homesOf(homes) });
      map.addSource("edits", { type: "geojson", data: editLines(whole) });
      homeLayers.forEach((layer) => map.addLayer(layer));
      editLayers.forEach((layer) => map.addLayer(layer));
      whole.forEach((edit, n) => {
        const at = spot(edit);
        if (!at) return;
        const mark = Object.assign(document.createElement("span"), { className: "edit-mark still", textContent: String(n + 1) });
        new Marker({ element: mark }).setLngLat(at).addTo(map);
      });
      return map;
    }),
  );
  together(maps);
  if (box && maps.length) maps[0].fitBounds(box, { padding: 40, maxZoom: 15, animate: false });
  root.dataset.ready = "1";
}
