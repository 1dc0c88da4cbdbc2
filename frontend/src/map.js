// The district's map: a pale base of its own tiles, and one strong color on top that the page's legend explains.
// Everything it shows comes from a JSON description in the page; a table in the page says the same in words.
import * as maplibregl from "maplibre-gl";
import { Protocol } from "pmtiles";

import { baseLayers, baseSources } from "./base-map.js";
import { placePin } from "./pin.js";
import { hideUnits, showUnits } from "./plan-units.js";

const SANS = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Source Han Sans SC, sans-serif";

maplibregl.setWorkerUrl(new URL("./maplibre-gl-worker.mjs", import.meta.url).href);
maplibregl.addProtocol("pmtiles", new Protocol().tile);

// Grey hatching means that a community cannot be assessed.
function hatch() {
  const size = 8;
  const pixels = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const line = (x + y) % size < 2;
      pixels.set(line ? [150, 163, 160, 255] : [236, 239, 238, 200], (y * size + x) * 4);
    }
  }
  return { width: size, height: size, data: pixels };
}

function areaLayers(config) {
  const entries = Object.entries(config.colors).flat();
  const colors = entries.length ? ["match", ["coalesce", ["get", "class"], ""], ...entries, "rgba(255,255,255,0)"] : "rgba(255,255,255,0)";
  const told = ["!=", ["coalesce", ["get", "class"], ""], "untold"];
  return [
    { id: "areas", type: "fill", source: "areas", filter: told, paint: { "fill-color": colors, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 10, 0.72, 15, 0.28] } },
    { id: "areas-untold", type: "fill", source: "areas", filter: ["!", told], paint: { "fill-pattern": "hatch", "fill-opacity": 0.6 } },
  ];
}

const areaLines = [
  { id: "areas-line", type: "line", source: "areas", paint: { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 15, 2] } },
  { id: "areas-chosen", type: "line", source: "areas", filter: ["==", ["get", "code"], ""], paint: { "line-color": "#1d2b2a", "line-width": 3 } },
  {
    id: "areas-name", type: "symbol", source: "areas", minzoom: 12.2,
    layout: { "text-field": ["get", "name"], "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11, 15, 15], "text-max-width": 7 },
    paint: { "text-color": "#1d2b2a", "text-halo-color": "#ffffff", "text-halo-width": 1.4 },
  },
];

// Buildings take their color from the distance that the page asks about; others stay pale.
function paintBuildings(map, buildings) {
  const steps = buildings.classes.slice(0, -1).flatMap((item, n) => [item.upto_m, buildings.classes[n + 1].color]);
  const distance = ["coalesce", ["feature-state", "m"], -1];
  map.setPaintProperty("buildings", "fill-color", ["case", ["<", distance, 0], "#dcdfde", ["step", distance, buildings.classes[0].color, ...steps]]);
  map.setPaintProperty("buildings", "fill-opacity", 1);
  return fetch(buildings.url)
    .then((answer) => answer.json())
    .then(({ place, m }) => {
      place.forEach((id, n) => map.setFeatureState({ source: "buildings", sourceLayer: "buildings", id }, { m: m[n] ?? 999999 }));
    });
}

function addFacilities(map, url) {
  map.addSource("facilities", { type: "geojson", data: url });
  map.addLayer({
    id: "facilities", type: "circle", source: "facilities",
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 2.5, 15, 7], "circle-color": "#ffffff",
      "circle-stroke-color": "#1d2b2a", "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 10, 1.2, 15, 2.5],
    },
  });
}

const named = ({ properties }) => [properties.name, properties.label].filter(Boolean).join(" · ");

export function hoverNames(map, element, layers, said = named) {
  const label = element.querySelector(".map-hover") ?? element.appendChild(Object.assign(document.createElement("div"), { className: "map-hover", hidden: true }));
  map.on("mousemove", (event) => {
    const present = layers.filter((layer) => map.getLayer(layer));
    const [hit] = map.queryRenderedFeatures(event.point, { layers: present });
    label.hidden = !hit;
    map.getCanvas().style.cursor = hit ? "pointer" : "";
    if (!hit) return;
    label.textContent = said(hit);
    label.style.left = `${Math.min(event.point.x + 14, element.clientWidth - 200)}px`;
    label.style.top = `${event.point.y + 14}px`;
  });
  map.getCanvas().addEventListener("mouseleave", () => (label.hidden = true));
}

// A click opens the side sheet; the chosen place stands in the address, so that it can be sent to someone.
function choose(map, config, code) {
  map.setFilter("areas-chosen", ["==", ["get", "code"], code]);
  if (!config.sheet) return;
  const address = new URL(window.location.href);
  address.searchParams.set("place", code);
  window.history.replaceState(null, "", address);
  window.htmx.ajax("GET", config.sheet.replace("CODE", encodeURIComponent(code)), { target: "#sheet", swap: "innerHTML" });
}

// The shapes of the areas are kept by the browser; what this page says of each is laid over them.
async function areasOf(config) {
  const collection = await (await fetch(config.areas)).json();
  for (const { properties } of collection.features) Object.assign(properties, config.classes[properties.code]);
  return collection;
}

// The pale base with its areas and controls, on which every map of the pages stands.
export async function base(element, config) {
  const areas = await areasOf(config);
  const map = new maplibregl.Map({
    container: element,
    bounds: config.bounds,
    locale: config.words,
    fitBoundsOptions: { padding: 24 },
    localIdeographFontFamily: SANS,
    attributionControl: false,
    maxPitch: 60,
    style: {
      version: 8,
      sources: { ...baseSources(config.tiles), areas: { type: "geojson", data: areas } },
      layers: baseLayers(config.tiles, areaLayers(config), areaLines),
    },
  });
  map.addControl(new maplibregl.NavigationControl({ visualizePitch: true }), "top-right");
  map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-right");
  map.addControl(new maplibregl.AttributionControl({ customAttribution: config.attribution, compact: true }), "bottom-right");
  map.getCanvas().setAttribute("aria-label", config.label);
  map.on("load", () => {
    // On a small map the sources wait behind their button, or they would lie over what they are the sources of.
    if (element.clientWidth < 700) element.querySelector(".maplibregl-ctrl-attrib")?.removeAttribute("open");
    if (element.clientWidth < 700) element.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show");
  });
  map.on("styledata", () => map.hasImage("hatch") || map.addImage("hatch", hatch()));
  map.on("idle", () => (document.body.dataset.mapIdle = "1"));
  return map;
}

export async function open(element) {
  const config = JSON.parse(document.getElementById(element.dataset.map).textContent);
  const map = await base(element, config);

  map.on("load", () => {
    if (config.buildings && config.tiles.buildings) paintBuildings(map, config.buildings);
    if (config.facilities) addFacilities(map, config.facilities);
    if (config.chosen) map.setFilter("areas-chosen", ["==", ["get", "code"], config.chosen]);
    if (config.pin) placePin(map, config.pin);
    if (config.units) showUnits(map, config.units);
    hoverNames(map, element, ["facilities", "areas", "areas-untold"]);
    map.on("click", (event) => {
      const [hit] = map.queryRenderedFeatures(event.point, { layers: ["areas", "areas-untold"] });
      if (hit) choose(map, config, hit.properties.code);
    });
  });

  document.querySelector("[data-map-relief]")?.addEventListener("click", (event) => {
    const raised = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(raised));
    if (map.getLayer("buildings-relief")) map.setLayoutProperty("buildings-relief", "visibility", raised ? "visible" : "none");
    map.easeTo({ pitch: raised ? 50 : 0, zoom: raised ? Math.max(map.getZoom(), 14) : map.getZoom() });
  });
  document.querySelector("[data-map-units]")?.addEventListener("click", ({ currentTarget }) => {
    const shown = currentTarget.getAttribute("aria-pressed") !== "true";
    currentTarget.setAttribute("aria-pressed", String(shown));
    if (shown) showUnits(map, { url: currentTarget.dataset.mapUnits });
    else hideUnits(map);
  });
  document.querySelector("[data-map-facilities]")?.addEventListener("change", (event) => {
    if (map.getLayer("facilities")) map.removeLayer("facilities");
    if (map.getSource("facilities")) map.removeSource("facilities");
    const kind = event.target.value;
    if (kind) addFacilities(map, event.target.dataset.url.replace("KIND", encodeURIComponent(kind)));
  });
  return map;
}
