// The call's buttons: each says when it cannot be used, when it is at work and when it is done; ending takes two presses.
import { byId, setAttribute, setHidden } from "./page.js";
import { drawButton, isUsable, Pending } from "./pending.js";
import { isLed } from "./state/voice.js";

const CONFIRM_MS = 2000;
const NAMES = ["mute", "hold", "keypad", "secure", "transfer", "end"];

export class Controls {
  #messages;
  #actions;
  #root = byId("controls");
  #buttons = {};
  #pending;
  #armed = null;
  #call = null;
  #role = null;
  #telephone = null;

  /**
   * `actions`: mute(on), hold(on), secure(on), end() and leave() return promises; keypad() and transfer() open
   * something; changed() asks for a new drawing.
   */
  constructor({ messages, actions }) {
    this.#messages = messages.controls;
    this.#actions = actions;
    this.#pending = new Pending({ onChange: actions.changed });
    for (const name of NAMES) {
      this.#buttons[name] = byId(name);
      byId(name).addEventListener("click", () => this[name]());
    }
  }

  /** `call` is the live call that I am on as `role`, or null; `telephone` is this tab's. */
  render(call, { role, telephone }) {
    this.#call = call;
    this.#role = role;
    this.#telephone = telephone;
    setHidden(this.#root, call === null);
    if (call === null) {
      this.#forget();
      return;
    }
    this.#pending.look(call);
    this.#drawMute(call);
    this.#draw("hold", { on: call.on_hold, off: "hold", undo: "resume", why: this.#whyNot(call, role) });
    this.#draw("secure", {
      on: call.recording_paused !== null,
      off: "secure",
      undo: "record",
      why: this.#whyNot(call, role),
    });
    drawButton(this.#buttons.keypad, { why: this.#whyNot(call, role) });
    const busy = call.transfer === null ? null : this.#messages.transfer_open;
    drawButton(this.#buttons.transfer, { why: this.#whyNot(call, role) ?? busy });
    this.#drawEnd(call);
  }

  /** At once here, and told to the conference, so that everybody knows. */
  mute() {
    if (isUsable(this.#buttons.mute)) {
      this.#actions.mute(!this.#isMuted()).catch(() => undefined); // told where it is asked
    }
  }

  hold() {
    this.#toggle("hold", (call) => call.on_hold);
  }

  /** The secure moment: nothing is recorded or written down while card data are spoken. */
  secure() {
    this.#toggle("secure", (call) => call.recording_paused !== null);
  }

  keypad() {
    if (isUsable(this.#buttons.keypad)) {
      this.#actions.keypad();
    }
  }

  transfer() {
    if (isUsable(this.#buttons.transfer)) {
      this.#actions.transfer();
    }
  }

  /** The first press arms, a second one within two seconds ends the call for everybody; a guest only leaves it. */
  end() {
    if (this.#root.hidden || this.#pending.has("end")) {
      return;
    }
    if (this.#armed === null) {
      this.#arm(setTimeout(() => this.#arm(null), CONFIRM_MS));
      return;
    }
    clearTimeout(this.#armed);
    this.#armed = null;
    const leaves = this.#role === "guest";
    this.#pending.begin("end", { ask: () => (leaves ? this.#actions.leave() : this.#actions.end()), done: (call) => call.ended });
  }

  /** Whether the end was asked for here and is not done yet. */
  asked(what) {
    return this.#pending.has(what);
  }

  #toggle(name, isOn) {
    if (!isUsable(this.#buttons[name])) {
      return;
    }
    const wanted = !isOn(this.#call);
    this.#pending.begin(name, {
      ask: () => this.#actions[name](wanted),
      done: (call) => isOn(call) === wanted,
    });
  }

  #whyNot(call, role) {
    if (role === "guest") {
      return this.#messages.not_yours;
    }
    if (call.status !== "in-progress") {
      return this.#messages.not_answered;
    }
    if (isLed(call)) {
      return this.#messages.led;
    }
    return call.agent_connected ? null : this.#messages.not_connected;
  }

  #isMuted() {
    return this.#telephone.muted || (this.#role === "agent" && this.#call.muted);
  }

  #drawMute(call) {
    const talking = this.#telephone.sid === call.sid && this.#telephone.status !== "connecting";
    const on = this.#isMuted();
    drawButton(this.#buttons.mute, {
      on,
      text: this.#messages[on ? "unmute" : "mute"],
      why: talking || on ? null : this.#messages[isLed(call) ? "led" : "no_telephone"],
    });
  }

  #draw(name, { on, off, undo, why }) {
    const pending = this.#pending.has(name);
    const text = on ? undo : off;
    drawButton(this.#buttons[name], { on, why, pending, text: this.#messages[pending ? `${text}_pending` : text] });
  }

  #drawEnd(call) {
    const armed = this.#armed !== null;
    const pending = this.#pending.has("end");
    const together = call.transfer?.state === "merged" || call.transfer?.state === "consulting";
    const live = together ? "end_all" : "end";
    const plain = call.status === "in-progress" ? live : "cancel";
    const guest = this.#role === "guest";
    const asked = pending ? (guest ? "leave_pending" : "end_pending") : (guest ? "leave" : plain);
    drawButton(this.#buttons.end, { pending, text: this.#messages[armed ? "end_confirm" : asked] });
    this.#buttons.end.classList.toggle("is-on", armed);
  }

  #arm(timer) {
    this.#armed = timer;
    this.#actions.changed();
  }

  #forget() {
    clearTimeout(this.#armed);
    this.#armed = null;
    this.#pending.forget();
    setAttribute(this.#buttons.mute, "aria-disabled", "true");
  }
}
