"use strict";
/** Films by motion, as base64 WebP. @type {Record<string, string>} */
const films = JSON.parse(document.getElementById("films").textContent);
const cards = [...document.querySelectorAll("article")];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const all = document.getElementById("all");
const search = document.getElementById("search");
/** Cards in sight; only they play. */
const seen = new Set();
/** Cards that somebody started or stopped by hand. @type {Map<Element, boolean>} */
const wanted = new Map();
let still = calm.matches;

/** The address of a film, made when it is first played. */
const addresses = new Map();
function address(name) {
  if (!addresses.has(name)) {
    const bytes = Uint8Array.from(atob(films[name]), (letter) => letter.charCodeAt(0));
    addresses.set(name, URL.createObjectURL(new Blob([bytes], { type: "image/webp" })));
  }
  return addresses.get(name);
}

/** Let every card play or rest as it should. */
function update() {
  for (const card of cards) {
    const plays = wanted.get(card) ?? !still;
    const image = card.querySelector("img");
    const source = plays && seen.has(card) ? address(card.id) : image.dataset.still;
    if (image.src !== source) image.src = source;
    const button = card.querySelector(".stage");
    button.setAttribute("aria-pressed", String(plays));
  }
  all.textContent = still ? "Play all" : "Pause all";
  all.setAttribute("aria-pressed", String(still));
}

/** Show the cards that have every word of the search. */
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const card of cards) {
    const fits = words.every((word) => card.dataset.words.includes(word));
    card.parentElement.hidden = !fits;
    found += Number(fits);
  }
  for (const family of document.querySelectorAll("section")) {
    family.hidden = !family.querySelector("li:not([hidden])");
  }
  document.getElementById("found").value = words.length ? `${found} of ${cards.length} motions` : `${cards.length} motions`;
  document.getElementById("none").hidden = found > 0;
}

/** Copy a card's lines; where that is forbidden, select them. */
async function copy(card, button) {
  const lines = card.querySelector("pre");
  try {
    await navigator.clipboard.writeText(lines.textContent);
    button.textContent = "Copied";
  } catch {
    card.querySelector("details").open = true;
    getSelection().selectAllChildren(lines);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1600);
}

for (const card of cards) {
  const image = card.querySelector("img");
  image.dataset.still = image.src;
  card.querySelector(".stage").addEventListener("click", () => {
    wanted.set(card, !(wanted.get(card) ?? !still));
    update();
  });
  const button = card.querySelector(".copy");
  button.addEventListener("click", () => copy(card, button));
}
for (const choice of document.querySelectorAll("[name=ground]")) {
  choice.checked = choice.value === document.body.dataset.ground;
  choice.addEventListener("change", () => { document.body.dataset.ground = choice.value; });
}
all.addEventListener("click", () => { still = !still; wanted.clear(); update(); });
calm.addEventListener("change", () => { still = calm.matches; wanted.clear(); update(); });
search.addEventListener("input", filter);
document.getElementById("clear").addEventListener("click", () => { search.value = ""; filter(); search.focus(); });
addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target !== search) { event.preventDefault(); search.focus(); }
  if (event.key === "Escape" && event.target === search) { search.value = ""; filter(); }
});
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target);
  update();
}, { rootMargin: "120px" });
cards.forEach((card) => watcher.observe(card));
