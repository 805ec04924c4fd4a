// What was asked for and is not done yet: each wish until the call shows it, or until it is given up.
import { part, setAttribute, setText } from "./page.js";

const GIVE_UP_MS = 12_000;

export class Pending {
  #wishes = new Map();
  #onChange;

  constructor({ onChange }) {
    this.#onChange = onChange;
  }

  has(what) {
    return this.#wishes.has(what);
  }

  /** `done(call)` says when the call shows it; `ask()` returns the answer's promise, which may refuse. */
  begin(what, { ask, done }) {
    if (this.has(what)) {
      return;
    }
    const wish = { done, timer: setTimeout(() => this.#end(what, wish), GIVE_UP_MS) };
    this.#wishes.set(what, wish);
    this.#onChange();
    ask().catch(() => this.#end(what, wish)); // whoever asks tells why
  }

  /** A wish is done when the call says so, not when the server has heard of it. */
  look(call) {
    for (const [what, { done, timer }] of this.#wishes) {
      if (done(call)) {
        clearTimeout(timer);
        this.#wishes.delete(what);
      }
    }
  }

  forget() {
    for (const { timer } of this.#wishes.values()) {
      clearTimeout(timer);
    }
    this.#wishes.clear();
  }

  #end(what, wish) {
    if (this.#wishes.get(what) === wish) {
      clearTimeout(wish.timer);
      this.#wishes.delete(what);
      this.#onChange();
    }
  }
}

/** How a button stands: on or off, at work, or not to be used and why. */
export function drawButton(button, { text = null, on = null, why = null, pending = false }) {
  setAttribute(button, "aria-pressed", on === null ? null : String(on));
  setAttribute(button, "aria-busy", pending ? "true" : null);
  setAttribute(button, "aria-disabled", why === null ? null : "true");
  setAttribute(button, "title", why);
  button.classList.toggle("is-on", on === true);
  button.classList.toggle("is-pending", pending);
  if (text !== null) {
    setText(part(button, "text"), text);
  }
}

export function isUsable(button) {
  return !button.closest("[hidden]") && button.getAttribute("aria-disabled") !== "true";
}
