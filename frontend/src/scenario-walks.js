// Walks with the edits made: rings around a clicked place, homes that are far from something, the way of the worst off.
import { post } from "./scenario-asking.js";
import { make, people, say } from "./scenario-panel.js";

const NONE = { type: "FeatureCollection", features: [] };
const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });
const collection = (features) => ({ type: "FeatureCollection", features });
const TINTS = ["match", ["get", "m"], 300, "#00695c", 500, "#4d9c92", "#9cc9c2"];

export function walks(root, map, config, { body, shown, tell }) {
  const { words } = config;
  const told = root.querySelector("[data-walks-told]");
  const buttons = { rings: root.querySelector("[data-rings]"), far: root.querySelector("[data-far]") };
  let mode = "";
  let from = null;

  map.addSource("rings", { type: "geojson", data: NONE });
  map.addSource("far", { type: "geojson", data: NONE });
  map.addSource("route", { type: "geojson", data: NONE });
  map.addLayer({ id: "rings", type: "fill", source: "rings", paint: { "fill-color": TINTS, "fill-opacity": 0.28 } }, "homes-closer");
  map.addLayer({ id: "rings-line", type: "line", source: "rings", paint: { "line-color": "#00695c", "line-width": 1.5 } }, "homes-closer");
  map.addLayer({
    id: "far", type: "circle", source: "far",
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, ["min", ["+", 1.5, ["*", 0.2, ["sqrt", ["get", "people"]]]], 8], 15, ["min", ["+", 3, ["sqrt", ["get", "people"]]], 26]],
      "circle-color": ["step", ["get", "m"], "#f7dc8b", 500, "#ee9f5b", 800, "#c8442f"], "circle-opacity": 0.8, "circle-stroke-color": "#ffffff", "circle-stroke-width": 0.8,
    },
  });
  map.addLayer({ id: "route", type: "line", source: "route", layout: { "line-cap": "round" }, paint: { "line-color": "#1d2b2a", "line-width": 3.5, "line-dasharray": [0.5, 1.6] } });

  const clear = () => ["rings", "far", "route"].forEach((name) => map.getSource(name).setData(NONE));

  function drawRings({ rings }) {
    clear();
    map.getSource("rings").setData(collection(rings.map(({ m, geometry }) => feature(geometry, { m }))));
    told.replaceChildren(make("p", { class: "mt-2 mb-0" }, rings.map(({ m }) => say(words.rings, { m })).reverse().join(words.comma)));
  }

  function drawFar({ steps, worst, homes, all, route }) {
    clear();
    map.getSource("far").setData(collection(homes.lon.map((lon, n) => feature({ type: "Point", coordinates: [lon, homes.lat[n]] }, { m: homes.m[n] ?? 99999, people: homes.people[n] }))));
    if (route) map.getSource("route").setData(collection([feature(route)]));
    const row = (name, text, n) => make("tr", {}, make("td", {}, name), make("td", { class: "num" }, text), make("td", { class: "num" }, say(words.people, { n: people(n) })));
    const go = (one) => make("button", { type: "button", class: "link", onclick: () => map.easeTo({ center: one.at, zoom: Math.max(map.getZoom(), 15) }) }, config.communities[one.community] ?? one.community);
    told.replaceChildren(
      make("h3", {}, say(words.far_title, { name: config.indicators[shown()].name })),
      make("table", { class: "list tight" }, make("tbody", {},
        ...steps.map(({ m, people: n }) => row(make("span", {}, make("i", { class: `far-${m}`, "aria-hidden": "true" }), say(words.beyond, { m })), "", n)),
        ...worst.map((one) => row(go(one), one.m === null ? words.no_walk : say(words.walk, { m: people(one.m) }), one.people)))),
      all > homes.lon.length ? make("p", { class: "small quiet mb-0" }, say(words.far_drawn, { all: people(all), n: people(homes.lon.length) })) : "",
      route ? make("p", { class: "small quiet mb-0" }, words.route) : "",
    );
  }

  async function ask(more) {
    const { ok, told: answer } = await post(config.urls.walks, { ...body(), ...more });
    if (!ok) return tell(answer.detail ?? words.failed);
    return answer.rings ? drawRings(answer) : drawFar(answer);
  }

  function choose(next) {
    mode = mode === next ? "" : next;
    for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === mode));
    clear();
    told.replaceChildren();
    from = null;
    map.getCanvas().style.cursor = mode === "rings" ? "crosshair" : "";
    if (mode === "rings") tell(words.click_for_rings);
    if (mode === "far") ask({ kinds: config.indicators[shown()]?.kinds ?? [] });
  }

  buttons.rings.addEventListener("click", () => choose("rings"));
  buttons.far.addEventListener("click", () => choose("far"));

  return {
    get listens() {
      return mode === "rings";
    },
    // A click, or the middle of the map when Enter is pressed.
    at({ lng, lat }) {
      from = [lng, lat];
      ask({ from });
    },
    stop: () => mode && choose(mode),
    again() {
      if (mode === "rings" && from) ask({ from });
      if (mode === "far") ask({ kinds: config.indicators[shown()]?.kinds ?? [] });
    },
  };
}
