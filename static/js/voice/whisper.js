// A word in the AI's ear: guidance that the caller never hears.
import { asClock } from "../clock.js";
import { byId, fill, part, setAttribute, setHidden, setText } from "../page.js";
import { isLed } from "../state/voice.js";
import { onClock } from "../state/marks.js";

export class Whisper {
  #messages;
  #order;
  #root = byId("whisper");
  #text = byId("whisper-text");
  #send = byId("whisper-send");
  #call = null;
  #sending = false;

  /** `order(sid, name, data)` gives a command and tells refusals. */
  constructor({ messages, order }) {
    this.#messages = messages.voice.whisper;
    this.#order = order;
    this.#root.addEventListener("submit", (event) => this.#submit(event));
    this.#text.addEventListener("keydown", (event) => this.#key(event));
  }

  render(call, { steer }) {
    if (call?.sid !== this.#call?.sid) {
      this.#text.value = "";
    }
    this.#call = call;
    setHidden(this.#root, !(call !== null && isLed(call) && steer));
    if (this.#root.hidden) {
      return;
    }
    setAttribute(this.#text, "placeholder", fill(this.#messages.placeholder, { name: call.assistant?.name ?? "" }));
    const last = call.guidance.at(-1);
    setText(part(this.#root, "last"), last ? fill(this.#messages.last, { time: asClock(onClock(call, last.at)), text: last.text }) : this.#messages.never_heard);
    this.#send.classList.toggle("is-pending", this.#sending);
  }

  focus() {
    if (!this.#root.hidden) {
      this.#text.focus();
    }
  }

  #key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.#text.blur();
    }
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text || this.#sending) {
      this.#text.focus();
      return;
    }
    this.#sending = true;
    const { sid } = this.#call;
    try {
      await this.#order(sid, "guide", { text });
      if (this.#text.value.trim() === text && this.#call?.sid === sid) {
        this.#text.value = "";
      }
    } catch {
      // told where it is asked; the words stay
    }
    this.#sending = false;
  }
}
