// Every edit by keyboard and screen reader: a table of the edits, and a form that adds one or changes the chosen one.
import { blank } from "./scenario-draft.js";
import { make, say } from "./scenario-panel.js";

const number = (input) => (input.value === "" ? null : Number(input.value));
const toPoints = (text) =>
  text.split(/[\n;;]+/).flatMap((each) => {
    const [lon, lat] = each.split(/[,,\s]+/).filter(Boolean).map(Number);
    return Number.isFinite(lon) && Number.isFinite(lat) ? [[lon, lat]] : [];
  });

// Whole persons by age in the shares of the district: the largest remainders get what rounding leaves.
function byAge(total, shares) {
  const exact = shares.map((share) => share * total);
  const whole = exact.map(Math.floor);
  const order = exact.map((each, n) => [each - whole[n], n]).sort((a, b) => b[0] - a[0]);
  for (let left = total - whole.reduce((a, b) => a + b, 0), n = 0; left > 0; left -= 1, n += 1) whole[order[n % order.length][1]] += 1;
  return whole;
}

export function form(root, config, edits, { known, look }) {
  const { words } = config;
  const fields = root.querySelector("[data-edit-form]");
  const table = root.querySelector("[data-edit-rows]");
  const input = (name) => fields.elements[name];
  const asked = (kind) => config.tools[kind]?.asks ?? [];
  let refusals = new Map();

  function options() {
    const kind = input("kind").value;
    const wants = new Set(asked(kind));
    const total = number(input("people")) ?? 0;
    return {
      facility_kind: wants.has("facility_kind") ? input("facility_kind").value : "",
      capacity: wants.has("capacity") ? number(input("capacity")) : null,
      area_m2: wants.has("area_m2") ? number(input("area_m2")) : null,
      people: wants.has("people") ? byAge(total, config.age_shares) : [],
      dwellings: wants.has("dwellings") ? number(input("dwellings")) ?? 0 : 0,
      open_to: wants.has("open_to") ? input("open_to").value : "all",
      slices: wants.has("slices") ? [...fields.querySelectorAll("[name=slices]:checked")].map((box) => box.value) : [],
      cost_fen: input("cost").value === "" ? null : Math.round(Number(input("cost").value) * 100),
      note: input("note").value.trim(),
    };
  }

  // What the form says as an edit; a place is named by its key, or by points.
  function edit() {
    const kind = input("kind").value;
    const found = known.byKey(input("target").value.trim());
    const gesture = config.tools[kind].gesture;
    const line = gesture === "pick" ? [] : toPoints(input("points").value);
    return {
      ...blank(kind), ...options(), line: line.length || !found?.at || gesture !== "pick_or_point" ? line : [found.at],
      target: input("target").value.trim(), at: found?.at ?? null, name: found?.name,
    };
  }

  function fit() {
    const kind = input("kind").value;
    const { gesture, layer } = config.tools[kind];
    const shown = new Set([...asked(kind), ...(layer ? ["target"] : []), ...(gesture === "pick" ? [] : ["points"])]);
    fields.querySelectorAll("[data-field]").forEach((field) => (field.hidden = !shown.has(field.dataset.field)));
    const at = edits.chosen;
    const own = at >= 0 && edits.edits[at]?.kind === kind;
    if (!config.may) return;
    fields.querySelector("[data-form-change]").hidden = !own;
    root.querySelector("[data-form-title]").textContent = own ? say(words.change_edit, { n: at + 1 }) : words.add_edit;
  }

  // The chosen edit fills the form.
  function fill() {
    const one = edits.edits[edits.chosen];
    if (one && fields.dataset.filled !== JSON.stringify([edits.chosen, one])) {
      fields.dataset.filled = JSON.stringify([edits.chosen, one]);
      input("kind").value = one.kind;
      if (one.facility_kind) input("facility_kind").value = one.facility_kind;
      input("capacity").value = one.capacity ?? "";
      input("area_m2").value = one.area_m2 ?? "";
      if (one.people.length) input("people").value = one.people.reduce((a, b) => a + b, 0);
      if (one.dwellings) input("dwellings").value = one.dwellings;
      input("open_to").value = one.open_to;
      fields.querySelectorAll("[name=slices]").forEach((box) => (box.checked = one.slices.includes(box.value)));
      input("cost").value = one.cost_fen === null ? "" : one.cost_fen / 100;
      input("note").value = one.note;
      input("target").value = one.target;
      input("points").value = one.line.map((point) => point.join(", ")).join("\n");
    }
    fit();
  }

  const where = (one) => {
    if (one.name) return one.name;
    if (one.target) return known.byKey(one.target)?.name || one.target;
    const [lon, lat] = one.line[0] ?? [];
    return lon === undefined ? "" : `${lon.toFixed(5)}, ${lat.toFixed(5)}`;
  };
  const what = (one) => [config.tools[one.kind].label, config.kinds[one.facility_kind]].filter(Boolean).join(" · ");

  function row(one, n) {
    const refusal = refusals.get(n);
    const chosen = n === edits.chosen;
    const at = [make("td", { "data-label": words.edit }, make("button", { type: "button", class: "link", "aria-pressed": String(chosen), onclick: () => (edits.choose(n), look(one)) }, `${n + 1}. ${what(one)}`))];
    at.push(make("td", { "data-label": words.where, class: "break" }, where(one), one.note ? make("span", { class: "small quiet d-block" }, one.note) : null, refusal ? make("span", { class: "error d-block", role: "alert" }, refusal) : null));
    at.push(make("td", { "data-label": words.when }, one.slices.length ? one.slices.map((key) => config.slices[key] ?? key).join(words.comma) : words.always));
    at.push(make("td", { "data-label": words.acts, class: "acts-cell" }, config.may ? make("button", { type: "button", class: "btn btn-sm", "aria-label": say(words.remove_edit, { n: n + 1 }), onclick: () => edits.remove(n) }, words.remove) : ""));
    return make("tr", { class: `${chosen ? "chosen" : ""}${refusal ? " refused" : ""}` }, ...at);
  }

  function draw() {
    const rows = edits.edits.map(row);
    table.replaceChildren(...(rows.length ? rows : [make("tr", {}, make("td", { colspan: 4, class: "empty" }, words.no_edits))]));
    fill();
  }

  if (!config.may) {
    fields.querySelectorAll("input, select, textarea, button").forEach((each) => (each.disabled = true));
  }
  fields.addEventListener("submit", (event) => {
    event.preventDefault();
    edits.add(edit());
  });
  fields.querySelector("[data-form-change]")?.addEventListener("click", () => {
    const at = edits.chosen;
    const old = edits.edits[at];
    const next = edit();
    edits.change(at, { ...next, at: next.at ?? old.at, name: next.target === old.target ? old.name : next.name });
  });
  edits.listen(draw);
  draw();

  return {
    options,
    fit,
    draw,
    set kind(kind) {
      input("kind").value = kind;
      fit();
    },
    get kind() {
      return input("kind").value;
    },
    get facilityKind() {
      return input("facility_kind").value;
    },
    on: (name, act) => input(name).addEventListener("change", act),
    refuse(found) {
      refusals = found;
      draw();
    },
  };
}
