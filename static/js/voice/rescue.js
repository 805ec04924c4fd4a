// Words for the silence: a holding line for an agent who has not spoken for long while the caller waits.
import { now } from "../clock.js";
import { byId, fill, part, setHidden, setText } from "../page.js";
import { lastWords, rescue } from "../state.js";

export class Rescue {
  #messages;
  #root = byId("rescue");
  #told = byId("rescue-told");
  #offered = null;

  /** `onUse(suggestion)` says that the agent says it now. */
  constructor({ messages, onUse }) {
    this.#messages = messages.voice.rescue;
    byId("rescue-use").addEventListener("click", () => this.#offered && onUse(this.#offered));
  }

  /** `keyOf(id)` is the key that uses a suggestion, written as on a button, or "". */
  render(call, { mine, keyOf }) {
    this.#offered = call !== null && mine && !call.on_hold ? rescue(call) : null;
    setHidden(this.#root, this.#offered === null);
    if (this.#offered === null) {
      setText(this.#told, "");
      return;
    }
    const last = lastWords(call);
    const clock = now() - (call.answered_at ?? now());
    const waits = last === null || last.end === null ? null : Math.max(0, clock - last.end);
    const text = waits === null ? this.#messages.waits : fill(this.#messages.waits_for, { seconds: Math.round(waits) });
    setText(part(this.#root, "since"), text);
    setText(part(this.#root, "text"), this.#offered.text);
    const key = keyOf(this.#offered.id);
    setHidden(part(this.#root, "key"), key === "");
    setText(part(this.#root, "key"), key);
    setText(this.#told, `${this.#messages.waits} ${this.#offered.text}`); // without a figure that is read out every second
  }
}
