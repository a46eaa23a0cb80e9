// Keys, and the list of them.

/** @type {[string, string][]}  what it does, its keys as a person reads them */
const KEYS = [
  ["play, pause", "Space or K"],
  ["one frame back, forward", "← →"],
  ["ten frames back, forward", "Shift ← →"],
  ["first, last frame", "Home End"],
  ["slower, faster", ", ."],
  ["select the layer above, below", "↑ ↓"],
  ["solo, mute the selected layer", "S M"],
  ["show all layers again: no solo, no mute", "A"],
  ["loop on, off", "L"],
  ["next background", "B"],
  ["regions of the layers", "R"],
  ["seam of the loop", "E"],
  ["composite as exported, or stacked here", "C"],
  ["this list", "?"],
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
