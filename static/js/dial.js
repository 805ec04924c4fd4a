// Placing a call: a number that may be pasted as it is, the line that is shown to the other side, and refusals in their place.
import { byId, fill, readable, setHidden, setText } from "./page.js";
import { cleanNumber, cleanTyped } from "./numbers.js";

const KEPT = "dial.line";

export class Dial {
  #messages;
  #http;
  #start;
  #explain;
  #dialog = byId("dial");
  #number = byId("dial-number");
  #line = byId("dial-line");
  #error = byId("dial-error");
  #go = byId("dial-go");
  #callback = null;
  #dialling = false;

  /** `start({to, from, callback})` places the call and returns a promise; `explain(error)` is its refusal in words. */
  constructor({ messages, http, start, explain }) {
    this.#messages = messages.dial;
    this.#http = http;
    this.#start = start;
    this.#explain = explain;
    this.#number.addEventListener("input", () => this.#typed());
    byId("dial-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#dial();
    });
    this.#line.addEventListener("change", () => sessionStorage.setItem(KEPT, this.#line.value));
    byId("dial-cancel").addEventListener("click", () => this.#dialog.close());
  }

  /** `to` is filled in; `callback` is the request that this call answers. */
  open({ to = "", callback = null } = {}) {
    this.#callback = callback;
    this.#number.value = cleanNumber(to);
    this.#complain("");
    this.#dialog.showModal();
    this.#number.select();
    this.#loadLines();
  }

  #typed() {
    const { value, caret } = cleanTyped(this.#number.value, this.#number.selectionStart);
    if (value !== this.#number.value) {
      this.#number.value = value;
      this.#number.setSelectionRange(caret, caret);
    }
    this.#complain("");
  }

  async #dial() {
    const to = cleanNumber(this.#number.value);
    if (this.#dialling) {
      return;
    }
    if (!to) {
      this.#complain(this.#messages.empty);
      return;
    }
    this.#working(true);
    try {
      await this.#start({
        to,
        ...(this.#line.value && { from: this.#line.value }),
        ...(this.#callback !== null && { callback: this.#callback }),
      });
      this.#dialog.close();
    } catch (error) {
      this.#complain(this.#explain(error));
      this.#number.focus();
    }
    this.#working(false);
  }

  #working(on) {
    this.#dialling = on;
    this.#go.classList.toggle("is-pending", on);
    this.#go.setAttribute("aria-busy", String(on));
    this.#number.readOnly = on;
    setText(this.#go.querySelector('[data-part="text"]'), this.#messages[on ? "dialling" : "dial"]);
  }

  #complain(text) {
    setText(this.#error, text);
    this.#number.setAttribute("aria-invalid", String(text !== ""));
  }

  /** With one line there is nothing to choose. */
  async #loadLines() {
    const { lines } = await this.#http.get("/desk/directory").catch(() => ({ lines: [] }));
    const chosen = this.#line.value || sessionStorage.getItem(KEPT);
    this.#line.replaceChildren(
      ...lines.map(({ number, name }) => new Option(fill(this.#messages.line, { name, number: readable(number) }), number)),
    );
    if (lines.some(({ number }) => number === chosen)) {
      this.#line.value = chosen;
    }
    setHidden(byId("dial-line-field"), lines.length < 2);
  }
}
