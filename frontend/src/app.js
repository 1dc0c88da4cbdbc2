// Loaded on every page: htmx with the few events that pages need, and keys.
import htmx from "htmx.org";

window.htmx = htmx;

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !typing(event.target)) {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
  if (event.key === "Escape") {
    document.querySelectorAll("details.drop[open]").forEach((menu) => menu.removeAttribute("open"));
  }
});

// A menu closes when something else is clicked.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.drop[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  });
});

// A filter form that says so is sent as soon as a choice is made.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form) form.requestSubmit();
});

// On a narrow screen the rail folds; on a wide one it is always open.
const rail = document.querySelector(".rail > details");
if (rail) {
  const wide = window.matchMedia("(min-width: 992px)");
  const settle = () => rail.toggleAttribute("open", wide.matches);
  wide.addEventListener("change", settle);
  settle();
}

// A figure given in data becomes a width or a color: the content policy allows no inline styles in the page.
const paint = (root) => {
  root.querySelectorAll?.("[data-width]").forEach((bar) => (bar.style.width = `${bar.dataset.width}%`));
  root.querySelectorAll?.("[data-color]").forEach((swatch) => (swatch.style.background = swatch.dataset.color));
};
paint(document);
document.body.addEventListener("htmx:afterSwap", (event) => paint(event.target));

// A page answered with an error shows the sentence the server sent.
document.body.addEventListener("htmx:responseError", (event) => {
  const place = document.querySelector("#notices");
  if (place) place.textContent = event.detail.xhr.responseText.slice(0, 300) || place.dataset.failed;
});

for (const element of document.querySelectorAll("[data-chart]")) {
  import("./charts.js").then(({ draw }) => draw(element));
}
for (const element of document.querySelectorAll("[data-scenario]")) {
  import("./scenario.js").then(({ open }) => open(element));
}
for (const form of document.querySelectorAll("form[data-siting-ask]")) {
  import("./siting.js").then(({ ask }) => ask(form));
}
for (const element of document.querySelectorAll("[data-siting-answer]")) {
  import("./siting.js").then(({ answer }) => answer(element));
}
for (const element of document.querySelectorAll("[data-units]")) {
  import("./units.js").then(({ open }) => open(element));
}
for (const element of document.querySelectorAll("[data-compare]")) {
  import("./scenario-compare.js").then(({ open }) => open(element));
}
for (const element of document.querySelectorAll("[data-map]")) {
  import("./map.js").then(({ open }) => open(element));
}
