// The sheet of keys: what each does, and how to have another one for it; the same keys are painted on the page's buttons.
import { DEFAULT_KEYS, labelOf, nameOf, shortcutOf } from "./keys.js";
import { byId, fill, setAttribute, setHidden, setText } from "./page.js";

export class Shortcuts {
  #messages;
  #keymap;
  #dialog = byId("shortcuts");
  #told = byId("shortcuts-told");
  #choosing = null; // the action that waits for a key

  constructor({ messages, keymap }) {
    this.#messages = messages.shortcuts;
    this.#keymap = keymap;
    this.#dialog.addEventListener("click", ({ target }) => this.#choose(target.closest("[data-action]")));
    this.#dialog.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    this.#dialog.addEventListener("cancel", (event) => this.#cancel(event));
    this.#dialog.addEventListener("close", () => this.#rest());
    byId("shortcuts-reset").addEventListener("click", () => this.#reset());
    addEventListener("storage", () => this.#paint());
    this.#paint();
  }

  open() {
    setText(this.#told, "");
    this.#paint();
    this.#dialog.showModal();
  }

  #paint() {
    paintKeys(document, this.#keymap);
    for (const button of this.#dialog.querySelectorAll("[data-action]")) {
      const { action } = button.dataset;
      const choosing = action === this.#choosing;
      setText(button.querySelector("kbd"), choosing ? "…" : labelOf(this.#keymap.keyOf(action)));
      setAttribute(button, "aria-pressed", String(choosing));
      button.classList.toggle("is-own", this.#keymap.keyOf(action) !== DEFAULT_KEYS[action]);
      setAttribute(button, "aria-label", fill(this.#messages.change, { what: this.#nameOf(action), key: labelOf(this.#keymap.keyOf(action)) }));
    }
    setHidden(byId("shortcuts-reset"), !this.#keymap.changed);
  }

  #choose(button) {
    if (!button) {
      return;
    }
    this.#choosing = button.dataset.action;
    setText(this.#told, fill(this.#messages.press, { what: this.#nameOf(this.#choosing) }));
    this.#paint();
  }

  #key(event) {
    if (this.#choosing === null || ["Tab", "Shift", "Escape", "Control", "Alt", "Meta"].includes(event.key)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const key = nameOf(event);
    if (key === null) {
      setText(this.#told, this.#messages.no_key);
      return;
    }
    const holder = this.#keymap.assign(this.#choosing, key);
    if (holder !== null) {
      setText(this.#told, fill(this.#messages.taken, { key: labelOf(key), what: this.#nameOf(holder) }));
      return;
    }
    setText(this.#told, fill(this.#messages.changed, { what: this.#nameOf(this.#choosing), key: labelOf(key) }));
    this.#rest();
  }

  /** Esc gives the choice up first, and closes the sheet only then. */
  #cancel(event) {
    if (this.#choosing !== null) {
      event.preventDefault();
      setText(this.#told, "");
      this.#rest();
    }
  }

  #rest() {
    this.#choosing = null;
    this.#paint();
  }

  #reset() {
    this.#keymap.reset();
    setText(this.#told, this.#messages.reset);
    this.#rest();
    this.#dialog.querySelector("[data-action]").focus();
  }

  #nameOf(action) {
    const button = this.#dialog.querySelector(`[data-action="${CSS.escape(action)}"]`);
    return button.closest("div").querySelector("dd").textContent;
  }
}

/** Everywhere below `root`: the key on the button, and its name for screen readers. */
export function paintKeys(root, keymap) {
  for (const element of root.querySelectorAll("[data-key]")) {
    const key = keymap.keyOf(element.dataset.key);
    if (element.matches("kbd")) {
      setText(element, labelOf(key));
    } else {
      setAttribute(element, "aria-keyshortcuts", shortcutOf(key));
    }
  }
}
