// From keys to actions: single keys that everybody may change for themselves, silent while somebody types or a dialog is open.

const TYPES = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";

export const DEFAULT_KEYS = {
  accept: "a",
  decline: "d",
  available: "g",
  call: "c",
  mute: "m",
  hold: "h",
  keypad: "k",
  secure: "s",
  transfer: "t",
  complete: "f",
  merge: "j",
  cancel: "b",
  leave: "v",
  end: "e",
  takeover: "o",
  auto: "i",
  approve: "p",
  release: "y",
  reword: "r",
  discard: "q",
  whisper: "u",
  use1: "1",
  use2: "2",
  use3: "3",
  dismiss1: "shift+1",
  dismiss2: "shift+2",
  dismiss3: "shift+3",
  dismiss: "x",
  latest: "l",
  notes: "n",
  thread: "w",
  help: "?",
};

/** Which key does what; only what differs from the usual is kept, under a name of the user's own. */
export class Keymap {
  #storage;
  #name;
  #own;

  constructor({ storage, user }) {
    this.#storage = storage;
    this.#name = `keys.${user}`;
    this.#own = this.#read();
  }

  keyOf(action) {
    return this.#own[action] ?? DEFAULT_KEYS[action];
  }

  actionOf(key) {
    return Object.keys(DEFAULT_KEYS).find((action) => this.keyOf(action) === key) ?? null;
  }

  /** Null when done, or the other action that has this key. */
  assign(action, key) {
    const holder = this.actionOf(key);
    if (holder !== null && holder !== action) {
      return holder;
    }
    this.#own = { ...this.#own, [action]: key };
    this.#keep();
    return null;
  }

  /** Everything as it was. */
  reset() {
    this.#own = {};
    this.#keep();
  }

  get changed() {
    return Object.keys(DEFAULT_KEYS).some((action) => this.keyOf(action) !== DEFAULT_KEYS[action]);
  }

  #keep() {
    const own = Object.entries(this.#own).filter(([action, key]) => key !== DEFAULT_KEYS[action]);
    try {
      this.#storage.setItem(this.#name, JSON.stringify(Object.fromEntries(own)));
    } catch {
      // storage is full or forbidden: the keys hold until the page goes
    }
  }

  /** What was kept, without what is no key or no action any more, and without two of a kind. */
  #read() {
    const own = {};
    const taken = new Set();
    for (const [action, key] of Object.entries(kept(this.#storage, this.#name))) {
      if (action in DEFAULT_KEYS && isKey(key) && !taken.has(key)) {
        own[action] = key;
        taken.add(key);
      }
    }
    for (const action of Object.keys(DEFAULT_KEYS)) {
      // A default that came later gives way to nobody: the kept one goes.
      const rival = Object.keys(own).find((each) => own[each] === DEFAULT_KEYS[action]);
      if (rival && rival !== action && !(action in own)) {
        delete own[rival];
      }
    }
    return own;
  }
}

/** Calls `actions[name]` for the key that `keymap` gives that name. */
export function listen(actions, keymap) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || document.querySelector("dialog[open]") || event.target.closest?.(TYPES)) {
      return;
    }
    const action = actions[keymap.actionOf(nameOf(event))];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}

/** "a", "shift+1", "?"; null for what cannot be a shortcut, such as Enter, Tab and anything with Ctrl. */
export function nameOf({ key, code = "", shiftKey, ctrlKey, altKey, metaKey, isComposing }) {
  if (ctrlKey || altKey || metaKey || isComposing) {
    return null;
  }
  const plain = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1] ?? key.toLowerCase();
  const name = shiftKey && /^[\p{L}\d]$/u.test(plain) ? `shift+${plain}` : plain;
  return isKey(name) ? name : null;
}

/** The key as it is written on a button: M, ⇧ 1, ?. */
export function labelOf(name) {
  return name.replace("shift+", "⇧").toUpperCase();
}

/** The key in the words of aria-keyshortcuts. */
export function shortcutOf(name) {
  return name.replace("shift+", "Shift+");
}

function isKey(name) {
  return typeof name === "string" && /^(?:shift\+[\p{L}\d]|[^\s\p{C}])$/u.test(name);
}

function kept(storage, name) {
  try {
    const own = JSON.parse(storage.getItem(name));
    return own !== null && typeof own === "object" ? own : {};
  } catch {
    return {};
  }
}
