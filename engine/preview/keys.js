// Keys, and the list of them.

/** @type {[string, string, string][]}  what it does, its keys as a person reads them, as the browser names them */
const KEYS = [
  ["play, pause", "Space or K", " k"],
  ["one frame back, forward", "← →", "ArrowLeft ArrowRight"],
  ["ten frames back, forward", "Shift ← →", ""],
  ["first, last frame", "Home End", "Home End"],
  ["slower, faster", ", .", ", ."],
  ["select the layer above, below", "↑ ↓", "ArrowUp ArrowDown"],
  ["solo, mute the selected layer", "S M", "s m"],
  ["show all layers again: no solo, no mute", "A", "a"],
  ["loop on, off", "L", "l"],
  ["next background", "B", "b"],
  ["regions of the layers", "R", "r"],
  ["seam of the loop", "E", "e"],
  ["composite as exported, or stacked here", "C", "c"],
  ["this list", "?", "?"],
];

/**
 * @param {Record<string, (event: KeyboardEvent) => void>} actions  by the browser's name of the key
 */
function listenToKeys(actions) {
  element("key-list").append(...KEYS.flatMap(([does, keys]) => [
    make("dt", {}, [make("kbd", {}, [keys])]), make("dd", {}, [does]),
  ]));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || element("help").hasAttribute("open")) return;
    const at = /** @type {HTMLElement} */ (event.target);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (at.matches("select, input:not([type=range])")) return;
    if (key === " " && at.matches("button, a")) return; // it presses what has the focus
    const action = actions[key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}
