// The call's buttons: each says when it cannot be used, when it is at work and when it is done; ending takes two presses.
import { byId, part, setAttribute, setHidden, setText } from "./page.js";

const CONFIRM_MS = 2000;
const GIVE_UP_MS = 8000;

export class Controls {
  #messages;
  #root = byId("controls");
  #mute = byId("mute");
  #hold = byId("hold");
  #end = byId("end");
  #pending = {};
  #armed = null;
  #actions;

  /** `actions`: mute(on), hold(on), end(); hold and end return promises. */
  constructor({ messages, actions }) {
    this.#messages = messages.controls;
    this.#actions = actions;
    this.#mute.addEventListener("click", () => this.mute());
    this.#hold.addEventListener("click", () => this.hold());
    this.#end.addEventListener("click", () => this.end());
  }

  /** `call` is my live call or null; `telephone` is this tab's. */
  render(call, telephone) {
    setHidden(this.#root, call === null);
    if (call === null) {
      this.#forget();
      return;
    }
    const talking = telephone.sid === call.sid && telephone.status === "connected";
    this.#confirmHold(call);
    this.#draw(this.#mute, {
      on: telephone.muted,
      text: telephone.muted ? "unmute" : "mute",
      usable: talking,
      why: "no_telephone",
    });
    this.#draw(this.#hold, {
      on: call.on_hold,
      text: call.on_hold ? "resume" : "hold",
      usable: call.agent_connected,
      why: "not_connected",
      pending: "hold" in this.#pending,
    });
    this.#draw(this.#end, {
      on: this.#armed !== null,
      text: this.#armed === null ? "end" : "end_confirm",
      usable: true,
      pending: "end" in this.#pending,
    });
  }

  mute() {
    if (isUsable(this.#mute)) {
      this.#actions.mute(this.#mute.getAttribute("aria-pressed") !== "true");
    }
  }

  hold() {
    if (isUsable(this.#hold) && !("hold" in this.#pending)) {
      const on = this.#hold.getAttribute("aria-pressed") !== "true";
      this.#begin("hold", on);
      this.#actions.hold(on).catch(() => this.#done("hold"));
    }
  }

  /** The first press arms, a second one within two seconds ends the call. */
  end() {
    if (this.#root.hidden || "end" in this.#pending) {
      return;
    }
    if (this.#armed === null) {
      this.#arm(setTimeout(() => this.#arm(null), CONFIRM_MS));
      return;
    }
    clearTimeout(this.#armed);
    this.#armed = null;
    this.#begin("end", true);
    this.#actions.end().catch(() => this.#done("end"));
  }

  /** Whether "hold" or "end" was asked for here and is not done yet. */
  asked(what) {
    return what in this.#pending;
  }

  #arm(timer) {
    this.#armed = timer;
    this.#actions.changed();
  }

  #begin(what, wanted) {
    const timer = setTimeout(() => this.#done(what), GIVE_UP_MS);
    this.#pending[what] = { wanted, timer };
    this.#actions.changed();
  }

  #done(what) {
    clearTimeout(this.#pending[what]?.timer);
    delete this.#pending[what];
    this.#actions.changed();
  }

  /** A hold is done when the conference says so, not when the server has heard of it. */
  #confirmHold(call) {
    const pending = this.#pending.hold;
    if (pending && pending.wanted === call.on_hold) {
      clearTimeout(pending.timer);
      delete this.#pending.hold;
    }
  }

  #forget() {
    clearTimeout(this.#armed);
    this.#armed = null;
    for (const { timer } of Object.values(this.#pending)) {
      clearTimeout(timer);
    }
    this.#pending = {};
  }

  #draw(button, { on, text, usable, why, pending = false }) {
    setAttribute(button, "aria-pressed", button === this.#end ? null : String(on));
    button.classList.toggle("is-on", on);
    button.classList.toggle("is-pending", pending);
    setAttribute(button, "aria-busy", pending ? "true" : null);
    setAttribute(button, "aria-disabled", usable ? null : "true");
    setAttribute(button, "title", usable ? null : this.#messages[why]);
    setText(part(button, "text"), this.#messages[pending ? `${text}_pending` : text]);
  }
}

function isUsable(button) {
  return !button.closest("[hidden]") && button.getAttribute("aria-disabled") !== "true";
}
