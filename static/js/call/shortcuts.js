// The keys of the player: silent while somebody types, chooses or a dialog is open; Space stays the button's in focus.
import { nameOf } from "../keys.js";

const KEYS = {
  k: "play",
  " ": "play",
  j: "back",
  ArrowLeft: "back",
  l: "forward",
  ArrowRight: "forward",
  ",": "slower",
  ".": "faster",
  p: "previous",
  n: "next",
  f: "follow",
  "?": "keys",
};
// Whoever is in one of these is writing or choosing.
const WRITES = "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]:not([contenteditable='false'])";
// These have a use of their own for Space and the arrows.
const USES_THEM = "input, button, summary, a, [tabindex='0']";
const COMMON = new Set([" ", "ArrowLeft", "ArrowRight"]);

/** The action of a key as it was pressed there, or null. */
export const actionOf = (event) => {
  const { key, target, ctrlKey, altKey, metaKey, shiftKey } = event;
  if (target.closest?.(WRITES)) {
    return null;
  }
  if (COMMON.has(key)) {
    const isFree = !ctrlKey && !altKey && !metaKey && !shiftKey && !target.closest?.(USES_THEM);
    return isFree ? KEYS[key] : null;
  }
  return KEYS[nameOf(event)] ?? null;
};

/** Calls `act` with the action of each key that has one. */
export const listen = (act) => {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) {
      return;
    }
    const action = actionOf(event);
    if (action) {
      event.preventDefault();
      act(action);
    }
  });
};
