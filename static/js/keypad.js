// The keypad: digits that the telephone at the other end is to hear. What was pressed is never shown, and forgotten on closing.
import { byId, setText } from "./page.js";

const TOGETHER_MS = 300;
const DIGITS = /^[0-9*#]$/;
const MOST_DOTS = 24;

export class Keypad {
  #dialog = byId("keypad-dialog");
  #sent = byId("keypad-sent");
  #error = byId("keypad-error");
  #send;
  #explain;
  #waiting = "";
  #timer = null;
  #count = 0;

  /** `send(digits)` returns a promise; `explain(error)` is its refusal in words. */
  constructor({ send, explain }) {
    this.#send = send;
    this.#explain = explain;
    this.#dialog.addEventListener("click", ({ target }) => this.#press(target.closest("[data-digit]")?.dataset.digit));
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#dialog.addEventListener("close", () => this.#closed());
  }

  open() {
    this.#dialog.showModal();
    this.#show();
  }

  /** The call is over. */
  close() {
    if (this.#dialog.open) {
      this.#dialog.close();
    }
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !DIGITS.test(event.key)) {
      return;
    }
    event.preventDefault();
    const button = this.#dialog.querySelector(`[data-digit="${CSS.escape(event.key)}"]`);
    button.focus();
    this.#press(event.key);
  }

  /** Digits that come quickly one after the other travel together. */
  #press(digit) {
    if (digit === undefined) {
      return;
    }
    setText(this.#error, "");
    this.#waiting += digit;
    this.#count += 1;
    this.#show();
    this.#timer ??= setTimeout(() => this.#flush(), TOGETHER_MS);
  }

  async #flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const digits = this.#waiting;
    this.#waiting = "";
    if (!digits) {
      return;
    }
    try {
      await this.#send(digits);
    } catch (error) {
      this.#count = Math.max(0, this.#count - digits.length);
      this.#show();
      setText(this.#error, this.#explain(error));
    }
  }

  #show() {
    setText(this.#sent, "•".repeat(Math.min(this.#count, MOST_DOTS)));
  }

  #closed() {
    this.#flush();
    this.#count = 0;
    setText(this.#sent, "");
    setText(this.#error, "");
  }
}
