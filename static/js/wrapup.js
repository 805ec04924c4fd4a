// The card after a call: how it ended, and how far the work on its recording is.
import { asClock } from "./clock.js";
import { byId, part, readable, setAttribute, setText, stamp } from "./page.js";
import { STEPS } from "./state.js";

const KEPT = "wrapup";

export class WrapUp {
  #messages;
  #sid;
  #byMe;
  #rows = new Map();

  constructor({ messages, onDone }) {
    this.#messages = messages;
    [this.#sid, this.#byMe] = JSON.parse(sessionStorage.getItem(KEPT)) ?? [null, false];
    for (const step of STEPS) {
      const row = stamp("step-template");
      setText(part(row, "name"), messages.steps[step]);
      byId("wrap-steps").append(row);
      this.#rows.set(step, row);
    }
    byId("wrap-done").addEventListener("click", () => {
      this.close();
      onDone();
    });
  }

  /** `byMe`: I asked for the end. */
  open(sid, { byMe }) {
    if (this.#sid === sid) {
      return; // told again after a reload
    }
    this.#sid = sid;
    this.#byMe = byMe;
    sessionStorage.setItem(KEPT, JSON.stringify([sid, byMe]));
  }

  close() {
    this.#sid = null;
    sessionStorage.removeItem(KEPT);
  }

  /** After a reload the ended call is no longer in the snapshot: ask for its events. */
  recall(state, ask) {
    if (this.#sid && !state.calls[this.#sid]) {
      ask(this.#sid);
    }
  }

  get sid() {
    return this.#sid;
  }

  isOpen(state) {
    return Boolean(state.calls[this.#sid]?.ended);
  }

  render(state) {
    const call = state.calls[this.#sid];
    if (!call?.ended) {
      return;
    }
    setText(byId("wrap-label"), this.#howItEnded(call));
    setText(byId("wrap-title"), readable(call.direction === "outbound" ? call.to : call.from));
    setText(byId("wrap-time"), asClock(call.ended_at - (call.answered_at ?? call.ended_at)));
    setAttribute(byId("wrap-link"), "href", `/calls/${encodeURIComponent(call.sid)}/`);
    for (const [step, row] of this.#rows) {
      const { state: at, reason } = call.steps[step] ?? { state: "waiting", reason: "" };
      setAttribute(row, "data-state", at);
      const word = this.#messages.step_states[at] ?? at;
      setText(part(row, "state"), reason && at === "failed" ? `${word}: ${reason}` : word);
    }
  }

  #howItEnded(call) {
    if (call.status === "completed" && !this.#byMe) {
      return this.#messages.ended_by_caller;
    }
    return this.#messages.status[call.status] ?? "";
  }
}
