// From keys to actions: single keys, silent while somebody types, while a dialog is open and with modifiers.

const TYPES = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";

/** `actions` by name of the key: {a: () => …, "1": …, "shift+1": …, "?": …}. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) {
      return;
    }
    if (event.target.closest?.(TYPES) || document.querySelector("dialog[open]")) {
      return;
    }
    const action = actions[nameOf(event)];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}

function nameOf({ key, code, shiftKey }) {
  const digit = /^(?:Digit|Numpad)([1-3])$/.exec(code)?.[1];
  if (digit) {
    return shiftKey ? `shift+${digit}` : digit;
  }
  if (key === "?") {
    return key;
  }
  return shiftKey ? `shift+${key.toLowerCase()}` : key.toLowerCase();
}
