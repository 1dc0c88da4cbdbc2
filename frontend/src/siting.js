// The pages of siting: choosing sites on the map for a question, and an answer with its places and the homes they reach.
import { LngLatBounds, Marker } from "maplibre-gl";

import { base } from "./map.js";

const ACCENT = "#00695c";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const collection = (features) => ({ type: "FeatureCollection", features });
const point = (at, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties });

// Whatever lies under the pointer says its name; `hide` is called for by pointers that leave.
function hover(map, element, layers) {
  const label = element.querySelector(".map-hover");
  map.on("mousemove", (event) => {
    const [hit] = map.queryRenderedFeatures(event.point, { layers: layers.filter((layer) => map.getLayer(layer)) });
    label.hidden = !hit;
    map.getCanvas().style.cursor = hit ? "pointer" : "";
    if (!hit) return;
    label.textContent = hit.properties.label ?? hit.properties.name;
    label.style.left = `${Math.min(event.point.x + 14, element.clientWidth - 220)}px`;
    label.style.top = `${event.point.y + 14}px`;
  });
  map.getCanvas().addEventListener("mouseleave", () => (label.hidden = true));
}

const byZoom = (near, far) => ["interpolate", ["linear"], ["zoom"], 11, near, 16, far];

// --- An answer ---------------------------------------------------------------------------------------------------

const byPeople = ["max", 0.8, ["sqrt", ["/", ["get", "people"], 10]]];
const dotLayer = {
  id: "dots", type: "circle", source: "dots",
  paint: {
    "circle-radius": byZoom(["*", 1.6, byPeople], ["*", 4, byPeople]),
    "circle-color": ["get", "color"], "circle-opacity": 0.75, "circle-stroke-color": "#ffffff", "circle-stroke-width": 0.8,
  },
};
const unchosenLayer = {
  id: "unchosen", type: "circle", source: "unchosen",
  paint: { "circle-radius": byZoom(2, 6), "circle-color": "#ffffff", "circle-stroke-color": "#6f807c", "circle-stroke-width": byZoom(0.8, 1.5) },
};

function numbered(choice) {
  const pin = Object.assign(document.createElement("div"), { className: "pin-sample on-map", textContent: choice.number, title: choice.label });
  pin.setAttribute("aria-label", choice.label);
  return pin;
}

function around(config) {
  const points = [...config.choices, ...config.dots].map((one) => one.at);
  return points.length ? points.reduce((box, at) => box.extend(at), new LngLatBounds(points[0], points[0])) : null;
}

// Room around what matters: the legend lies over the left bottom of a wide map, under a narrow one.
function room(element) {
  const legend = element.parentElement.querySelector(".map-legend");
  if (!legend || getComputedStyle(legend).position !== "absolute") return 40;
  const wide = element.clientWidth >= 900;
  return { top: 50, right: 70, bottom: wide ? 90 : legend.offsetHeight + 60, left: wide ? legend.offsetWidth + 50 : 50 };
}

export async function answer(element) {
  const config = read(element.dataset.sitingAnswer);
  const map = await base(element, config);
  map.on("load", () => {
    map.addSource("dots", { type: "geojson", data: collection(config.dots.map(({ at, ...rest }) => point(at, rest))) });
    map.addSource("unchosen", { type: "geojson", data: collection(config.candidates.map(({ at, label }) => point(at, { label }))) });
    map.addLayer(dotLayer);
    map.addLayer(unchosenLayer);
    for (const choice of config.choices) new Marker({ element: numbered(choice) }).setLngLat(choice.at).addTo(map);
    const box = around(config);
    if (box) map.fitBounds(box, { padding: room(element), maxZoom: 15.5, animate: false });
    hover(map, element, ["unchosen", "dots"]);
  });
}

// --- A question --------------------------------------------------------------------------------------------------

const siteLayer = {
  id: "sites", type: "circle", source: "sites",
  paint: {
    "circle-radius": byZoom(4, 9), "circle-color": ["case", ["get", "used"], ACCENT, "#ffffff"],
    "circle-stroke-color": ["case", ["get", "used"], "#ffffff", "#52635f"], "circle-stroke-width": 2,
  },
};

class Question {
  constructor(form) {
    this.form = form;
    this.element = form.querySelector("[data-siting-sites]");
    this.config = read(this.element.dataset.sitingSites);
    this.says = this.config.says;
    this.defaults = read("siting-defaults");
    this.leftOut = new Set(read("siting-left-out"));
    this.points = this.config.points;
    this.sites = this.config.sites;
    this.drawing = false;
  }

  async open() {
    this.listen();
    this.follow();
    this.show();
    this.map = await base(this.element, this.config);
    this.map.on("load", () => {
      this.map.addSource("facilities", { type: "geojson", data: this.config.facilities || collection([]) });
      this.map.addLayer({ id: "facilities", type: "circle", source: "facilities", paint: { "circle-radius": byZoom(1.8, 5), "circle-color": "#1d2b2a", "circle-stroke-color": "#ffffff", "circle-stroke-width": 0.8 } });
      this.map.addSource("sites", { type: "geojson", data: collection([]) });
      this.map.addLayer(siteLayer);
      this.show();
      hover(this.map, this.element, ["sites", "facilities"]);
      this.map.on("click", (event) => this.click(event));
    });
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (this.drawing && event.key === "Enter") this.add(this.map.getCenter());
    });
  }

  listen() {
    const { form } = this;
    form.addEventListener("change", (event) => {
      const { target } = event;
      if (target.matches("[data-site]")) this.toggle(target.dataset.site);
      if (target.matches("[data-origin], #home")) this.refetch();
      if (target.matches("[data-kind]")) this.follow(target);
      if (target.matches("[data-kind], [data-follows='area']")) this.show();
      if (target.name === "objective") this.follow();
    });
    form.addEventListener("click", (event) => {
      if (event.target.matches("[data-draw]")) this.draw(!this.drawing);
      const { remove } = event.target.dataset;
      if (remove !== undefined) this.drop(Number(remove));
    });
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.draw(false));
    form.addEventListener("submit", () => {
      form.elements.left_out.value = JSON.stringify([...this.leftOut]);
      form.elements.points.value = JSON.stringify(this.points);
    });
  }

  get origins() {
    return [...this.form.querySelectorAll("[data-origin]")].filter((box) => box.checked).map((box) => box.dataset.origin);
  }

  used(site) {
    return this.origins.includes(site.origin) && !this.leftOut.has(site.key);
  }

  // Empty fields follow the standard, and say what that is.
  follow(changed) {
    for (const row of this.form.querySelectorAll("[data-function]")) {
      const usual = this.defaults[row.querySelector("[data-kind]").value];
      const [age, limit, area] = ["age", "limit", "area"].map((name) => row.querySelector(`[data-follows='${name}']`));
      if (changed && row.contains(changed)) [age.value, limit.value, area.value] = ["", "", ""];
      limit.placeholder = usual?.limit ?? "";
      area.placeholder = usual?.area ?? "";
      const named = usual && [...age.options].find((option) => option.value === usual.age);
      if (named) age.options[0].textContent = named.textContent;
    }
    const objective = this.form.querySelector("[name=objective]:checked")?.value;
    for (const part of this.form.querySelectorAll("[data-only-objective]")) part.hidden = part.dataset.onlyObjective !== objective;
    if (changed?.name === "kind-0") {
      const url = changed.value ? this.config.facilities_of.replace("KIND", encodeURIComponent(changed.value)) : collection([]);
      this.map?.getSource("facilities")?.setData(url);
    }
  }

  // The floor that the smallest of the functions needs.
  leastArea() {
    const rows = [...this.form.querySelectorAll("[data-function]")].filter((row) => row.querySelector("[data-kind]").value);
    const areas = rows.map((row) => row.querySelector("[data-follows='area']")).map((field) => Number(field.value || field.placeholder) || 0);
    return areas.length ? Math.min(...areas) : 0;
  }

  async refetch() {
    const query = new URLSearchParams(this.origins.map((origin) => ["origin", origin]));
    query.set("home", this.form.elements.home.value);
    const answer = await fetch(`${this.config.sites_url}?${query}`);
    if (!answer.ok) return;
    this.sites = (await answer.json()).sites;
    this.list();
    this.show();
  }

  // The table twin of the map.
  list() {
    const row = this.form.querySelector("[data-row]").content;
    const rows = this.sites.slice(0, this.config.shown).map((site) => {
      const line = row.cloneNode(true);
      const box = line.querySelector("input");
      [box.dataset.site, box.checked] = [site.key, this.used(site)];
      for (const name of ["name", "origin_name", "area", "note"]) line.querySelector(`[data-cell=${name}]`).textContent = site[name] ?? "—";
      return line;
    });
    this.form.querySelector("[data-sites]").replaceChildren(...rows);
  }

  toggle(key) {
    if (!this.leftOut.delete(key)) this.leftOut.add(key);
    this.show();
  }

  click(event) {
    const [hit] = this.map.queryRenderedFeatures(event.point, { layers: ["sites"] });
    if (hit?.properties.key !== undefined) this.toggle(hit.properties.key);
    else if (hit) this.drop(hit.properties.n);
    else if (this.drawing) this.add(event.lngLat);
  }

  draw(on) {
    this.drawing = on;
    this.form.querySelector("[data-draw]").setAttribute("aria-pressed", String(on));
    const told = this.form.querySelector("[data-drawing]");
    [told.hidden, told.textContent] = [!on, on ? this.says.drawing : ""];
    if (this.map) this.map.getCanvas().style.cursor = on ? "crosshair" : "";
  }

  add({ lng, lat }) {
    this.points.push([Number(lng.toFixed(6)), Number(lat.toFixed(6))]);
    this.show();
  }

  drop(n) {
    this.points.splice(n, 1);
    this.show();
  }

  show() {
    const named = (n) => this.says.point.replace("N", n + 1);
    const features = [
      ...this.sites.filter((site) => this.origins.includes(site.origin)).map((site) => {
        const used = this.used(site);
        return point(site.at, { key: site.key, used, label: `${site.name} · ${used ? this.says.in : this.says.out}` });
      }),
      ...this.points.map((at, n) => point(at, { n, used: true, label: named(n) })),
    ];
    this.map?.getSource("sites")?.setData(collection(features));
    for (const box of this.form.querySelectorAll("[data-site]")) {
      const site = this.sites.find((one) => one.key === box.dataset.site);
      box.checked = Boolean(site && this.used(site));
    }
    const taken = this.sites.filter((site) => this.used(site));
    const roomy = taken.filter((site) => site.area === null || site.area >= this.leastArea());
    const [count, fits] = [taken, roomy].map((some) => (some.length + this.points.length).toLocaleString());
    this.form.querySelector("[data-count]").textContent = this.says.count.replace("N", count).replace("M", fits);
    this.form.querySelector("[data-points-list]").replaceChildren(...this.points.map((at, n) => this.entry(at, n)));
  }

  entry([lng, lat], n) {
    const entry = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: this.says.remove.replace("N", n + 1) });
    button.dataset.remove = n;
    entry.append(`${lng.toFixed(5)}, ${lat.toFixed(5)} `, button);
    return entry;
  }
}

export const ask = (form) => new Question(form).open();
