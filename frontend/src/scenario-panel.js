// The effect in figures and words beside the map: who gains and who loses, shortfalls, grades, equity, cost.
const count = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 0 });
const share = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 3, maximumFractionDigits: 3 });

export const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
export const people = (n) => count.format(n);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const DASH = "—";
const told = (value, format) => (value === null || value === undefined || Number.isNaN(value) ? DASH : format.format(value));
export const signed = (n, mark) => (n ? `${mark}${people(n)}` : "0");
const tone = (n, kind) => (n ? `effect-${kind}` : "effect-none");
const percent = ([part, all]) => (all ? `${share.format((100 * part) / all)}%` : DASH);

// The figure of a sentence stands out; a zero bears no sign.
const emphasized = (text, n) => {
  const found = text.match(/[+−]?[\d,.]+/);
  if (!found) return [text];
  const rest = text.slice(found.index + found[0].length);
  return [text.slice(0, found.index), make("b", {}, n ? found[0] : "0"), rest];
};

export function panel(root, config, { show }) {
  const { words } = config;
  const rows = root.querySelector("[data-effect-rows]");
  const sections = root.querySelector("[data-effect-more]");
  const head = root.querySelector("[data-effect-head]");

  function headline(one) {
    if (!one) return [make("p", { class: "quiet mb-0" }, words.no_change)];
    const { gain, loss } = config.indicators[one.key];
    const line = (n, kind, text, what) => make("p", { class: tone(n, kind) }, ...emphasized(say(text, { n: n ? people(n) : "0", what }), n));
    return [line(one.gained, "gain", words.gained, gain), line(one.lost, "loss", words.lost, loss)];
  }

  function row(one, shown) {
    const { name } = config.indicators[one.key];
    const chosen = one.key === shown;
    return make(
      "tr", { class: chosen ? "chosen" : "" },
      make("td", {}, make("button", { type: "button", class: "link", "aria-pressed": String(chosen), onclick: () => show(one.key) }, name)),
      make("td", { class: `num ${tone(one.gained, "gain")}` }, signed(one.gained, "+")),
      make("td", { class: `num ${tone(one.lost, "loss")}` }, signed(one.lost, "−")),
      make("td", { class: "num" }, one.covered ? `${percent([one.covered[0], one.people[0]])} → ${percent([one.covered[1], one.people[1]])}` : DASH),
    );
  }

  function ages(one) {
    if (!one || !config.ages_known || (!one.gained && !one.lost)) return null;
    const body = config.ages.flatMap((name, n) =>
      one.gained_by[n] || one.lost_by[n]
        ? [make("tr", {}, make("td", {}, name), make("td", { class: `num ${tone(one.gained_by[n], "gain")}` }, signed(one.gained_by[n], "+")), make("td", { class: `num ${tone(one.lost_by[n], "loss")}` }, signed(one.lost_by[n], "−")))]
        : [],
    );
    return make("section", {}, make("h3", {}, words.by_age), make("table", { class: "list tight" }, make("tbody", {}, ...body)));
  }

  function list(title, items, mark) {
    if (!items.length) return null;
    const lines = items.slice(0, 8).map((text) => make("li", {}, text));
    if (items.length > 8) lines.push(make("li", { class: "quiet" }, say(words.and_more, { n: items.length - 8 })));
    return make("section", {}, make("h3", {}, `${mark} ${title} (${items.length})`), make("ul", { class: "ps-3 mb-2" }, ...lines));
  }

  const shortfall = ({ community, indicator, people: n }) =>
    say(words.shortfall, { community: config.communities[community] ?? community, indicator: config.indicators[indicator]?.name ?? indicator, n: people(n) });
  const grade = (key) => (key === null ? words.untold : config.grades[key] ?? words.no_grade);
  const verdict = ({ community, before, after }) =>
    say(words.verdict, { community: config.communities[community] ?? community, before: grade(before), after: grade(after) });

  function equity(one) {
    if (!one?.mean) return null;
    const line = (name, [before, after], format) =>
      make("tr", {}, make("td", {}, name), make("td", { class: "num" }, told(before, format)), make("td", { class: "num" }, told(after, format)));
    return make(
      "section", {}, make("h3", {}, words.equity, make("span", { class: "small quiet" }, ` ${config.indicators[one.key].name}`)),
      make("table", { class: "list tight" },
        make("thead", {}, make("tr", {}, make("th", {}, ""), make("th", { class: "num" }, words.before), make("th", { class: "num" }, words.after))),
        make("tbody", {}, line(words.mean, one.mean, count), line(words.worst_tenth, one.worst, count), line(words.gini, one.gini, fine))),
    );
  }

  function cost(effect) {
    if (!effect.cost_fen && !effect.cost_unknown) return null;
    const known = effect.cost_fen ? say(words.cost, { n: count.format(effect.cost_fen / 100) }) : "";
    const unknown = effect.cost_unknown ? say(words.cost_unknown, { n: effect.cost_unknown }) : "";
    return make("section", {}, make("h3", {}, words.cost_title), make("p", { class: "mb-0" }, [known, unknown].filter(Boolean).join(words.semicolon)));
  }

  return {
    draw(effect) {
      const changed = effect.access.filter((one) => one.gained || one.lost);
      const one = effect.access.find((each) => each.key === effect.shown);
      head.replaceChildren(...headline(one && (one.gained || one.lost) ? one : changed.length ? one : null));
      rows.replaceChildren(...changed.map((each) => row(each, effect.shown)));
      rows.closest("table").hidden = !changed.length;
      sections.replaceChildren(
        ...[
          ages(one),
          list(words.closed, effect.closed.map(shortfall), "✓"),
          list(words.opened, effect.opened.map(shortfall), "✕"),
          list(words.grades, effect.verdicts.map(verdict), "⇅"),
          equity(one),
          cost(effect),
        ].filter(Boolean),
      );
    },
    clear(text) {
      head.replaceChildren(make("p", { class: "quiet mb-0" }, text));
      rows.replaceChildren();
      rows.closest("table").hidden = true;
      sections.replaceChildren();
    },
  };
}
