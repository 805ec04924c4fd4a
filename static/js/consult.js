// A transfer on its way: who is asked, whether they talk, and what can be done now; for the one who asked and for the guest.
import { byId, fill, part, readable, setAttribute, setHidden, setText } from "./page.js";
import { drawButton, isUsable, Pending } from "./pending.js";

const BUTTONS = {
  complete: { command: "complete_transfer", states: ["consulting", "merged"], role: "agent" },
  merge: { command: "merge_transfer", states: ["consulting"], role: "agent" },
  cancel: { command: "cancel_transfer", states: ["ringing", "consulting", "merged"], role: "agent" },
  leave: { command: "leave", states: ["ringing", "consulting", "merged"], role: "guest" },
};

export class Consult {
  #messages;
  #order;
  #root = byId("consult");
  #pending;
  #call = null;

  /** `order(command)` gives a command on my call and tells refusals. */
  constructor({ messages, order, onChange }) {
    this.#messages = messages.consult;
    this.#order = order;
    this.#pending = new Pending({ onChange });
    for (const name of Object.keys(BUTTONS)) {
      byId(name).addEventListener("click", () => this.press(name));
    }
  }

  press(name) {
    const { command } = BUTTONS[name];
    if (this.#call === null || !isUsable(byId(name))) {
      return;
    }
    const { id, state } = this.#call.transfer;
    this.#pending.begin(name, {
      ask: () => this.#order(command),
      done: ({ transfer }) => transfer?.id !== id || transfer.state !== state,
    });
  }

  /** `call` is the one that I am on as `role`, or null. */
  render(call, role) {
    const transfer = call?.transfer ?? null;
    this.#call = transfer === null ? null : call;
    setHidden(this.#root, transfer === null);
    if (transfer === null) {
      this.#pending.forget();
      return;
    }
    this.#pending.look(call);
    setAttribute(this.#root, "data-state", transfer.state);
    const [title, about] = this.#told(transfer, role, call);
    setText(part(this.#root, "title"), title);
    setText(part(this.#root, "about"), about);
    for (const [name, { states, role: whose }] of Object.entries(BUTTONS)) {
      // Handed on at once: nothing can be taken back.
      const shown = role === whose && transfer.kind === "warm" && states.includes(transfer.state);
      setHidden(byId(name), !shown);
      if (shown) {
        this.#drawButton(name, transfer);
      }
    }
  }

  #drawButton(name, { state }) {
    const pending = this.#pending.has(name);
    const text = this.#messages.buttons[`${name}_${state}`] ?? this.#messages.buttons[name];
    drawButton(byId(name), { pending, text: pending ? this.#messages.buttons[`${name}_pending`] : text });
  }

  #told({ kind, state, by, to, agent }, role, call) {
    const name = nameOf(agent ?? to);
    if (kind === "cold") {
      return [fill(this.#messages.cold, { name }), ""];
    }
    if (role === "guest") {
      const title = state === "merged" ? this.#messages.guest_merged : this.#messages.guest;
      const about = call.on_hold ? this.#messages.guest_about : this.#messages.guest_merged_about;
      return [fill(title, { name: by.name }), about];
    }
    const about = {
      ringing: this.#messages[call.on_hold ? "ringing_about" : "holding_about"],
      consulting: this.#messages.consulting_about,
      merged: this.#messages.merged_about,
    };
    return [fill(this.#messages[state], { name }), about[state]];
  }
}

/** A number is read in groups, everybody else by name. */
export function nameOf({ kind, name }) {
  return kind === "number" ? readable(name) : name;
}
