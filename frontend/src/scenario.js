// The scenario editor: edits are drawn on the map or typed in a form, and their effect is asked for while they move.
import { asker, post } from "./scenario-asking.js";
import { blank, draft } from "./scenario-draft.js";
import { form } from "./scenario-form.js";
import { gestures } from "./scenario-gestures.js";
import { base } from "./map.js";
import { panel, people, say } from "./scenario-panel.js";
import { surface } from "./scenario-surface.js";
import { walks } from "./scenario-walks.js";

const sent = ({ at, name, partial, ...edit }) => edit;
const STRETCH_CACHE = 64;

// Known places by layer and kind, fetched once each; the compounds also by the id that their tiles carry.
function places(config) {
  const cache = new Map();
  const byKey = new Map();
  const byPlace = new Map();
  return {
    async load(layer, kind) {
      const url = config.urls.known.replace("LAYER", layer) + (layer === "facilities" ? `?kind=${encodeURIComponent(kind)}` : "");
      if (!cache.has(url)) {
        const found = await (await fetch(url)).json();
        for (const { properties, geometry } of found.features) {
          const one = { target: properties.key, at: geometry.coordinates, name: properties.name };
          byKey.set(properties.key, one);
          if (properties.place) byPlace.set(properties.place, one);
        }
        cache.set(url, found);
      }
      return cache.get(url);
    },
    learn(spots) {
      for (const [key, [lon, lat, name]] of Object.entries(spots)) byKey.set(key, byKey.get(key) ?? { target: key, at: [lon, lat], name });
    },
    byKey: (key) => byKey.get(key),
    byPlace: (place) => byPlace.get(place),
  };
}

export async function open(root) {
  const config = JSON.parse(document.getElementById(root.dataset.scenario).textContent);
  const { words } = config;
  const find = (name) => root.querySelector(`[data-${name}]`);
  const state = find("plan-state");
  const chip = find("plan-chip");
  const tell = (text, busy = false) => {
    state.textContent = text;
    root.toggleAttribute("data-busy", busy);
  };

  const edits = draft(config.edits.map((edit) => ({ ...blank(edit.kind), ...edit })));
  const known = places(config);
  const map = await base(find("plan-map"), config);
  await new Promise((done) => (map.loaded() ? done() : map.once("load", done)));

  let tool = "";
  let ready = false;
  let shown = find("plan-shown").value;
  let cursor = null;
  let told = "";

  const body = () => ({ ...config.base, slice: find("plan-slice").value, shown, edits: edits.shown.filter((edit) => !edit.partial).map(sent) });

  // --- The effect: asked for on every change, drawn when it comes --------------------------------
  const figures = panel(root, config, {
    show(key) {
      shown = key;
      find("plan-shown").value = key;
      ask(body());
    },
  });

  function drawCounts(homes) {
    for (const each of root.querySelectorAll("[data-count]")) {
      const sum = homes ? homes.change.reduce((n, kind, i) => n + (kind === each.dataset.count ? homes.people[i] : 0), 0) : 0;
      each.textContent = people(sum);
    }
  }

  // How many walk less, and how many more, without crossing a limit.
  function lessOrMore(effect) {
    return ["closer", "farther"]
      .map((change) => [change, effect.communities.reduce((n, each) => n + each[change], 0)])
      .filter(([, n]) => n)
      .map(([change, n]) => say(words[change], { n: people(n) }));
  }

  function drawChip(effect) {
    const one = effect?.access.find((each) => each.key === effect.shown);
    if (!cursor || !effect || edits.shown === edits.edits) {
      chip.hidden = true;
      return;
    }
    chip.querySelector("[data-chip-gain]").textContent = one?.gained ? say(words.gained, { n: people(one.gained), what: config.indicators[one.key].gain }) : "";
    chip.querySelector("[data-chip-loss]").textContent = one?.lost ? say(words.lost, { n: people(one.lost), what: config.indicators[one.key].loss }) : "";
    const none = chip.querySelector("[data-chip-none]");
    none.hidden = Boolean(one?.gained || one?.lost);
    none.textContent = [words.no_change, ...lessOrMore(effect)].join(" ");
    chip.hidden = false;
    // Beside the cursor, on the side that has room, so that it hides neither the place nor itself.
    const { clientWidth, clientHeight } = find("plan-map");
    const below = cursor.y + 18;
    chip.style.left = `${Math.max(4, Math.min(cursor.x + 18, clientWidth - chip.offsetWidth - 8))}px`;
    chip.style.top = `${below + chip.offsetHeight > clientHeight - 8 ? Math.max(4, cursor.y - 18 - chip.offsetHeight) : below}px`;
  }

  function mark(asked, effect) {
    map.once("render", () => {
      performance.measure("linli-edit-to-map", { start: asked.at, detail: { server: effect.ms } });
      document.body.dataset.effect = String(Number(document.body.dataset.effect ?? 0) + 1);
    });
  }

  function refusalsOf(effect) {
    const found = new Map();
    for (const { edit, text } of effect.refusals) found.set(edit, text);
    // What the hand holds is not yet an edit; its refusal stands in the chip's place, beside the cursor.
    list.refuse(new Map([...found].filter(([n]) => n < edits.edits.length)));
    drawn.refuse(new Set(found.keys()));
    return found;
  }

  function answered(effect, asked) {
    const refused = refusalsOf(effect);
    if (refused.size) {
      tell([...refused.values()][0]);
      drawChip(null);
      if (effect.access.length === 0) return;
    } else tell(edits.edits.length ? words.up_to_date : words.ready);
    mark(asked, effect);
    told = effect.shown;
    if (edits.shown === edits.edits) walked.again();
    drawn.homes(effect.homes);
    figures.draw(effect);
    drawCounts(effect.homes);
    drawChip(effect);
    drawCommunities(effect);
  }

  // The table twin of the map: the homes that change, summed by community.
  function drawCommunities(effect) {
    const rows = find("plan-communities");
    if (!rows) return;
    const cells = (one) => [config.communities[one.community] ?? one.community, ...["gain", "loss", "closer", "farther"].map((key) => people(one[key]))];
    rows.replaceChildren(
      ...effect.communities.map((one) => {
        const line = document.createElement("tr");
        cells(one).forEach((text, n) => {
          const cell = line.insertCell();
          cell.textContent = text;
          if (n) cell.className = "num";
        });
        return line;
      }),
    );
  }

  const ask = asker(config.urls.effect, {
    answered,
    failed(told) {
      if (told.refusals?.length) refusalsOf(told);
      tell(told.detail ?? words.failed);
      drawChip(null);
    },
    busy: (on) => root.toggleAttribute("data-asking", on),
  });

  // --- Map, form and list ------------------------------------------------------------------------
  let dragging = false;
  const drawn = surface(map, config, edits, {
    moved(n, vertex, marker, byHand) {
      dragging = true;
      const edit = edits.edits[n];
      const snaps = edit.kind === "add_way" && byHand;
      const at = snaps ? hands.moveTo(marker.getLngLat()) : marker.getLngLat().toArray();
      if (snaps) marker.setLngLat(at);
      cursor = map.project(at);
      edits.hold({ ...edit, line: edit.line.map((point, v) => (v === vertex ? at : point)) }, n);
    },
    dropped(n) {
      dragging = false;
      cursor = null;
      chip.hidden = true;
      if (edits.shown !== edits.edits) edits.change(n, edits.shown[n]);
    },
    removed(n, vertex) {
      const edit = edits.edits[n];
      if (vertex >= 0 && edit.line.length > 2) edits.change(n, { ...edit, line: edit.line.filter((_point, v) => v !== vertex) });
      else edits.remove(n);
    },
  });
  const list = form(root, config, edits, {
    known,
    look(edit) {
      const at = edit.line[0] ?? edit.at ?? known.byKey(edit.target)?.at;
      if (at) map.easeTo({ center: at, zoom: Math.max(map.getZoom(), 14.5) });
    },
  });
  const stretches = new Map();
  const hands = gestures(map, config, edits, drawn, {
    options: () => list.options(),
    known: (place) => known.byPlace(place),
    chosenTool: () => tool,
    said: (text) => text && tell(text),
    async stretch({ lng, lat }) {
      const key = `${lng.toFixed(5)},${lat.toFixed(5)}`;
      if (!stretches.has(key)) {
        if (stretches.size > STRETCH_CACHE) stretches.clear();
        const answer = await fetch(`${config.urls.way}?lon=${lng}&lat=${lat}`);
        stretches.set(key, answer.ok ? (await answer.json()).line : null);
      }
      return stretches.get(key);
    },
  });

  const walked = walks(root, map, config, {
    body: () => ({ ...config.base, slice: find("plan-slice").value, shown, edits: edits.edits.map(sent) }),
    shown: () => shown || told || Object.keys(config.indicators).find((key) => config.indicators[key].kinds.length),
    tell,
  });
  map.on("click", (event) => walked.listens && !tool && walked.at(event.lngLat));

  async function showKnown() {
    const layer = config.tools[tool]?.layer ?? "";
    drawn.compounds(layer === "compounds" || tool === "open_gate");
    const kind = list.facilityKind;
    if (!layer || (layer === "facilities" && !kind)) return drawn.known(null);
    const found = await known.load(layer, kind);
    if (config.tools[tool]?.layer === layer) drawn.known(layer === "compounds" ? null : found);
    fillTargets(found);
    list.draw();
    return undefined;
  }

  function fillTargets({ features }) {
    const options = features.slice(0, 3000).map(({ properties }) => {
      const option = document.createElement("option");
      option.value = properties.key;
      option.label = [properties.name, properties.community].filter(Boolean).join(" · ");
      return option;
    });
    find("plan-targets").replaceChildren(...options);
  }

  function choose(next) {
    hands.stop();
    tool = config.may && config.tools[next] ? next : "";
    root.querySelectorAll("[data-tool]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.tool === tool)));
    map.getCanvas().style.cursor = tool ? "crosshair" : "";
    map.doubleClickZoom[tool ? "disable" : "enable"]();
    root.toggleAttribute("data-drawing", Boolean(tool));
    if (tool) list.kind = tool;
    tell(tool ? config.tools[tool].hint : ready ? words.ready : words.preparing);
    showKnown();
  }

  map.on("mousemove", (event) => (cursor = event.point));
  map.getCanvas().addEventListener("mouseleave", () => {
    cursor = null;
    chip.hidden = true;
  });
  map.on("touchmove", (event) => (cursor = event.point));

  edits.listen(() => {
    for (const [button, can] of [[find("plan-undo"), edits.canUndo], [find("plan-redo"), edits.canRedo]]) if (button) button.disabled = !can;
    if (find("plan-save")) find("plan-save").disabled = !edits.edits.length;
    if (!dragging && edits.shown === edits.edits) chip.hidden = true;
    if (ready) ask(body());
  });

  root.querySelectorAll("[data-tool]").forEach((button) => button.addEventListener("click", () => choose(button.dataset.tool === tool ? "" : button.dataset.tool)));
  // Whoever may only look has no tools, no undo and no form.
  find("plan-undo")?.addEventListener("click", edits.undo);
  find("plan-redo")?.addEventListener("click", edits.redo);
  find("plan-slice").addEventListener("change", prepare);
  find("plan-pack").addEventListener("change", (event) => {
    const address = new URL(window.location.href);
    address.searchParams.set("pack", event.target.value);
    window.location.assign(address);
  });
  find("plan-shown").addEventListener("change", (event) => {
    shown = event.target.value;
    ask(body());
  });
  list.on("kind", () => config.tools[list.kind].layer && known.load(config.tools[list.kind].layer, list.facilityKind).then(fillTargets).catch(() => {}) && list.fit());
  list.on("kind", list.fit);
  list.on("facility_kind", showKnown);

  // --- Keys ---------------------------------------------------------------------------------------
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (typing(event.target)) return;
    if (command && event.key.toLowerCase() === "z") {
      event.preventDefault();
      if (event.shiftKey) edits.redo();
      else edits.undo();
    } else if (command && event.key.toLowerCase() === "y") {
      event.preventDefault();
      edits.redo();
    } else if (command || event.altKey) {
      return;
    } else if (event.key === "Escape") {
      walked.stop();
      if (!hands.stop()) choose("");
    } else if (event.target === map.getCanvas() && walked.listens && !tool && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      walked.at(map.getCenter());
    } else if (event.target === map.getCanvas() && tool && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      if (event.key === "Enter" && hands.finish()) return;
      hands.setAtMiddle();
    } else if (event.key === "Enter" && tool && hands.isDrawing) {
      hands.finish();
    } else if (config.may && (event.key === "Delete" || event.key === "Backspace") && event.target === document.body && edits.chosen >= 0) {
      edits.remove(edits.chosen);
    } else if (config.may) {
      const kind = Object.keys(config.tools).find((each) => config.tools[each].key === event.key.toUpperCase());
      if (kind) choose(kind === tool ? "" : kind);
    }
  });

  // --- Saving -------------------------------------------------------------------------------------
  const saving = find("plan-save-form");
  saving?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(saving));
    const { ok, told } = await post(config.urls.save, { ...config.base, ...data, revision: config.revision, edits: edits.edits.map(sent) });
    if (ok) {
      edits.kept();
      window.location.assign(told.url);
      return;
    }
    saving.querySelector("[data-save-error]").textContent = told.detail ?? words.failed;
    if (told.refusals) refusalsOf(told);
  });
  window.addEventListener("beforeunload", (event) => {
    if (edits.isChanged && config.may) event.preventDefault();
  });

  // --- The base: the first answer may take seconds, and says so ------------------------------------
  async function prepare() {
    ready = false;
    tell(words.preparing, true);
    figures.clear(words.preparing);
    const { ok, told } = await post(config.urls.warm, { ...config.base, slice: find("plan-slice").value, targets: edits.edits.map(({ target }) => target).filter(Boolean) });
    if (!ok) {
      tell(told.detail ?? words.failed);
      figures.clear(told.detail ?? words.failed);
      return;
    }
    Object.assign(config, told);
    known.learn(told.spots);
    edits.place((edit) => (edit.at || !told.spots[edit.target] ? edit : { ...edit, at: told.spots[edit.target].slice(0, 2), name: told.spots[edit.target][2] }));
    ready = true;
    root.dataset.ready = "1";
    tell(words.ready);
    figures.clear(words.nothing_yet);
    if (edits.shown.length) ask(body());
  }
  await prepare();
  const spots = edits.edits.flatMap((edit) => (edit.line.length ? edit.line : edit.at ? [edit.at] : []));
  if (spots.length) {
    const [x, y] = [spots.map(([lon]) => lon), spots.map(([, lat]) => lat)];
    map.fitBounds([[Math.min(...x), Math.min(...y)], [Math.max(...x), Math.max(...y)]], { padding: 120, maxZoom: 15, animate: false });
  }
  for (const layer of new Set(edits.edits.map(({ kind }) => config.tools[kind].layer).filter((layer) => layer && layer !== "facilities"))) {
    known.load(layer, "").then(list.draw);
  }
}
