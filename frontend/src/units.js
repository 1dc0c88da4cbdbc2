// A proposal of units on the map: atoms in the color of their unit, borders between units, moving an atom to the unit
// next to it. The map answers at once; every rule is checked by the server, and nothing is kept before it is saved.
import { base, hoverNames } from "./map.js";

const INK = "#1d2b2a";
const NONE = { type: "FeatureCollection", features: [] };
const state = (name) => ["feature-state", name];

const wide = (at10, at15) => ["interpolate", ["linear"], ["zoom"], 10, at10, 15, at15];

function layersOf(palette) {
  const colors = palette.flatMap((color, n) => [n, color]);
  return [
    { id: "atoms", type: "fill", source: "atoms", paint: { "fill-color": ["match", ["coalesce", state("color"), -1], ...colors, "#ffffff"], "fill-opacity": wide(0.85, 0.62) } },
    { id: "atom-lines", type: "line", source: "borders", minzoom: 12.5, paint: { "line-color": "#ffffff", "line-width": 0.8, "line-opacity": 0.8 } },
    { id: "unit-lines", type: "line", source: "borders", layout: { "line-cap": "round" }, paint: { "line-color": INK, "line-width": wide(1, 3), "line-opacity": ["case", ["boolean", state("cut"), false], 0.75, 0] } },
    { id: "unit-chosen", type: "line", source: "borders", layout: { "line-cap": "round" }, paint: { "line-color": INK, "line-width": wide(3, 7), "line-opacity": ["case", ["boolean", state("chosen"), false], 1, 0] } },
    { id: "atoms-broken", type: "fill", source: "atoms", paint: { "fill-color": "#b3261e", "fill-opacity": ["case", ["boolean", state("broken"), false], 0.28, 0] } },
    { id: "atom-moved", type: "line", source: "atoms", paint: { "line-color": INK, "line-width": 2, "line-dasharray": [2, 1.4], "line-opacity": ["case", ["boolean", state("moved"), false], 1, 0] } },
    { id: "atom-chosen", type: "line", source: "atoms", paint: { "line-color": "#d55e00", "line-width": 4, "line-opacity": ["case", ["boolean", state("chosen"), false], 1, 0] } },
    { id: "unit-names", type: "symbol", source: "names", layout: { "text-field": ["get", "label"], "text-size": wide(11, 15), "text-line-height": 1.15 }, paint: { "text-color": ["case", ["get", "holds"], INK, "#b3261e"], "text-halo-color": "#ffffff", "text-halo-width": 1.8 } },
  ];
}

export async function open(root) {
  const config = JSON.parse(document.getElementById(root.dataset.units).textContent);
  const element = root.querySelector("[data-units-map]");
  const shapes = fetch(config.atoms).then((answer) => answer.json());
  const map = await base(element, config);
  const ready = new Promise((resolve) => map.once("load", resolve));
  const { atoms, borders } = await shapes;
  await ready;
  delete document.body.dataset.mapIdle;

  const first = config.unit;
  let unit = [...first];
  let units = new Map(config.units.map((one) => [one.number, one]));
  let moves = [];
  // How many moves each step made, for undoing it as a whole.
  const steps = [];
  let chosen = chosenInAddress();
  let asked = 0;

  // Borders of each atom, so that a move touches only what it changes.
  const around = first.map(() => []);
  borders.features.forEach(({ id, properties }) => {
    around[properties.a].push(id);
    around[properties.b].push(id);
  });
  const ends = new Map(borders.features.map(({ id, properties }) => [id, [properties.a, properties.b]]));

  const paintAtom = (n) =>
    map.setFeatureState({ source: "atoms", id: n }, {
      color: units.get(unit[n])?.color ?? -1,
      broken: units.get(unit[n])?.holds === false,
      moved: unit[n] !== first[n],
      chosen: chosen.atom === n,
    });
  function paintBorder(id) {
    const [a, b] = ends.get(id);
    const cut = unit[a] !== unit[b];
    map.setFeatureState({ source: "borders", id }, { cut, chosen: cut && (unit[a] === chosen.unit || unit[b] === chosen.unit) });
  }
  function paintAll() {
    first.forEach((_, n) => paintAtom(n));
    ends.forEach((_, id) => paintBorder(id));
  }
  function paintNames() {
    const features = [...units.values()].map((one) => ({
      type: "Feature", geometry: { type: "Point", coordinates: one.at }, properties: { label: one.label, holds: one.holds },
    }));
    map.getSource("names")?.setData({ ...NONE, features });
  }

  const sheet = root.querySelector("[data-units-sheet]");
  const summary = root.querySelector("[data-units-summary]");
  const save = root.querySelector("[data-units-save]");
  const adopt = root.querySelector("[data-units-adopt]");
  const table = document.querySelector("[data-units-table]");

  function showDraft() {
    if (!save) return;
    save.moves.value = JSON.stringify(moves);
    save.querySelector(".btn-primary").disabled = !moves.length;
    save.querySelector("[data-units-undo]").disabled = !moves.length;
    const count = save.querySelector("[data-units-count]");
    count.textContent = moves.length ? count.dataset.some.replace("COUNT", steps.length) : count.dataset.none;
    if (adopt) {
      adopt.disabled = moves.length > 0;
      adopt.title = moves.length ? adopt.dataset.unsaved : "";
    }
  }

  // The table follows the moves: rows that differ from the page's own, and back again.
  const kept = new Map();
  function showRows(rows) {
    if (!table) return;
    for (const [number, html] of kept) {
      if (!(number in rows)) setRow(number, html);
    }
    for (const [number, html] of Object.entries(rows)) {
      if (!kept.has(number)) kept.set(number, table.querySelector(`[data-row="${number}"]`)?.outerHTML ?? "");
      setRow(number, html);
    }
  }
  function setRow(number, html) {
    const row = table.querySelector(`[data-row="${number}"]`);
    if (row && html) row.outerHTML = html;
    else if (row) row.hidden = true;
    else if (html) table.querySelector("tbody").insertAdjacentHTML("beforeend", html);
    if (html) table.querySelector(`[data-row="${number}"]`).hidden = false;
  }

  // Asks for every rule after the moves so far; an answer that comes after a newer question is dropped.
  async function check({ focus = false } = {}) {
    asked += 1;
    const mine = asked;
    const body = new URLSearchParams({ moves: JSON.stringify(moves) });
    if (chosen.atom >= 0) body.set("atom", chosen.atom);
    else if (chosen.unit >= 0) body.set("unit", chosen.unit);
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const began = performance.now();
    let told;
    try {
      const answer = await fetch(config.check, { method: "POST", headers: { "X-CSRFToken": token }, body });
      told = await answer.json();
    } catch {
      told = { fault: config.words.failed };
    }
    if (mine !== asked) return;
    const notices = document.querySelector("#notices");
    notices.textContent = told.fault ?? "";
    if (told.fault) return;
    units = new Map(told.units.map((one) => [one.number, one]));
    summary.innerHTML = told.summary;
    showRows(told.rows);
    if (told.sheet) sheet.innerHTML = told.sheet;
    paintAll();
    paintNames();
    showDraft();
    const at = chosen.unit >= 0 ? units.get(chosen.unit)?.at : null;
    if (at && !map.getBounds().contains(at)) map.easeTo({ center: at });
    if (focus) sheet.querySelector("button:not([disabled])")?.focus({ preventScroll: true });
    root.dataset.checkedMs = Math.round(performance.now() - began);
  }

  function chosenInAddress() {
    const query = new URLSearchParams(window.location.search);
    const number = (key) => (/^\d+$/.test(query.get(key) ?? "") ? Number(query.get(key)) : -1);
    const atom = number("atom");
    return atom >= 0 && atom < first.length ? { atom, unit: first[atom] } : { atom: -1, unit: number("unit") };
  }

  function choose(next, options) {
    chosen = next;
    const address = new URL(window.location.href);
    address.searchParams.delete("atom");
    address.searchParams.delete("unit");
    if (chosen.atom >= 0) address.searchParams.set("atom", chosen.atom);
    else if (chosen.unit >= 0) address.searchParams.set("unit", chosen.unit);
    window.history.replaceState(null, "", address);
    paintAll();
    return check(options);
  }
  const chooseAtom = (atom, options) => choose({ atom, unit: unit[atom] }, options);
  const chooseUnit = (number, options) => choose({ atom: -1, unit: number }, options);

  function lay(atom, to) {
    unit[atom] = to;
    paintAtom(atom);
    around[atom].forEach(paintBorder);
  }
  function move(atom, to) {
    if (!config.may || unit[atom] === to) return;
    moves.push([atom, to]);
    steps.push(1);
    chosen = { atom, unit: to };
    lay(atom, to);
    showDraft();
    check({ focus: sheet.contains(document.activeElement) });
  }
  // All atoms of a unit go to another, as one step.
  function merge(from, to) {
    if (!config.may) return;
    const members = unit.flatMap((number, n) => (number === from ? [n] : []));
    members.forEach((atom) => {
      moves.push([atom, to]);
      lay(atom, to);
    });
    steps.push(members.length);
    chosen = { atom: -1, unit: to };
    paintAll();
    showDraft();
    check({ focus: sheet.contains(document.activeElement) });
  }
  function undo() {
    if (!steps.length) return;
    const [last] = moves.splice(-steps.pop());
    unit = [...first];
    for (const [atom, to] of moves) unit[atom] = to;
    chosen = { atom: last[0], unit: unit[last[0]] };
    paintAll();
    showDraft();
    check();
  }

  map.addSource("atoms", { type: "geojson", data: atoms });
  map.addSource("borders", { type: "geojson", data: borders });
  map.addSource("names", { type: "geojson", data: NONE });
  const above = map.getLayer("barrier-water") ? "barrier-water" : undefined;
  for (const layer of layersOf(config.palette)) {
    map.addLayer(layer, layer.id === "atoms" ? above : undefined);
  }
  // Names of communities give way to those of units until there is room for both.
  map.setLayerZoomRange("areas-name", 14.5, 24);
  paintAll();
  paintNames();
  hoverNames(map, element, ["atoms"], ({ id, properties }) =>
    [properties.name, config.words.people.replace("PEOPLE", properties.people.toLocaleString()), units.get(unit[id])?.name].filter(Boolean).join(" · "));
  map.on("click", (event) => {
    const [hit] = map.queryRenderedFeatures(event.point, { layers: ["atoms"] });
    if (!hit) return;
    // The first click tells of the unit, the second within it of the atom.
    if (unit[hit.id] === chosen.unit) chooseAtom(hit.id);
    else chooseUnit(unit[hit.id]);
  });
  if (chosen.atom >= 0 || chosen.unit >= 0) check();

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-atom], [data-unit], [data-move], [data-merge]");
    if (!button || button.dataset.units) return;
    const focus = event.detail === 0;
    if (button.dataset.move) move(Number(button.dataset.move), Number(button.dataset.to));
    else if (button.dataset.merge) merge(Number(button.dataset.merge), Number(button.dataset.to));
    else if (button.dataset.atom) chooseAtom(Number(button.dataset.atom), { focus });
    else if (button.dataset.unit) chooseUnit(Number(button.dataset.unit), { focus });
  });
  save?.querySelector("[data-units-undo]").addEventListener("click", undo);
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select")) return;
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      undo();
    } else if (event.key === "Escape" && chosen.atom >= 0) {
      chooseUnit(chosen.unit);
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && /^[1-9nN]$/.test(event.key)) {
      sheet.querySelector(`[aria-keyshortcuts="${event.key.toUpperCase()}"]`)?.click();
    }
  });
  let saving = false;
  save?.addEventListener("submit", () => (saving = true));
  window.addEventListener("beforeunload", (event) => {
    if (moves.length && !saving) event.preventDefault();
  });
  showDraft();
  return map;
}
