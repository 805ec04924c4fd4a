// Who speaks to the caller, and how far the AI voice may go: three modes, one of which is always on, and one big button.
import { byId, fill, part, setAttribute, setHidden, setText } from "../page.js";
import { drawButton, isUsable, Pending } from "../pending.js";
import { asksForHuman, isLed } from "../state/voice.js";

const MODES = ["human", "approve", "auto"];

export class Leash {
  #messages;
  #actions;
  #root = byId("leash");
  #pending;
  #call = null;
  #may = false;

  /**
   * `actions`: takeOver(sid) and order(sid, name, data) return promises that refuse what was refused, and tell why;
   * changed() asks for a new drawing.
   */
  constructor({ messages, actions }) {
    this.#messages = messages.voice.leash;
    this.#actions = actions;
    this.#pending = new Pending({ onChange: actions.changed });
    for (const mode of MODES) {
      byId(`mode-${mode}`).addEventListener("click", () => this.press(mode));
    }
    byId("take-over").addEventListener("click", () => this.press("human"));
    byId("hand-back").addEventListener("click", () => this.press("auto"));
  }

  /** `call` is the one in view, or null; `role` is my part in it; `steer`: it is mine to take from the AI. */
  render(call, { role, steer }) {
    const shown = call !== null && call.assistant !== null && !call.ended;
    setHidden(this.#root, !shown);
    if (!shown || call.sid !== this.#call?.sid) {
      this.#pending.forget();
    }
    this.#call = shown ? call : null;
    if (!shown) {
      return;
    }
    this.#pending.look(call);
    this.#may = steer || (role === "agent" && !isLed(call)) || (role === null && asksForHuman(call));
    this.#tell(call, role);
    this.#draw(call);
  }

  /** Instant: what is asked for last counts. */
  press(mode) {
    const call = this.#call;
    if (call === null || isIn(call, mode) || this.#pending.has(mode) || !isUsable(byId(`mode-${mode}`))) {
      return;
    }
    this.#pending.forget();
    this.#pending.begin(mode, { ask: () => this.#ask(call, mode), done: (now) => isIn(now, mode) });
  }

  #ask({ sid, ...call }, mode) {
    if (mode === "human") {
      return this.#actions.takeOver(sid);
    }
    return this.#actions.order(sid, isLed(call) ? "set_mode" : "hand_back", { mode });
  }

  #tell(call, role) {
    const who = whoSpeaks(call);
    const state = `${who}${call.mode === "approve" ? "_approve" : ""}`;
    const name = { assistant: call.assistant.name, agent: call.agent?.name ?? "" }[who] ?? "";
    const you = who === "agent" && role === "agent";
    setAttribute(this.#root, "data-who", who);
    setAttribute(this.#root, "data-mode", call.mode);
    setAttribute(this.#root, "data-sounding", isSounding(call, who) ? "true" : null);
    setText(part(this.#root, "who"), fill(you ? this.#messages.you : this.#messages.who[who], { name }));
    setText(part(this.#root, "how"), fill(this.#howOf(call, state), { name: call.assistant.name }));
  }

  #howOf(call, state) {
    if (call.status !== "in-progress") {
      return this.#messages.how.dialling;
    }
    if (state === "agent" && !call.agent_connected) {
      return this.#messages.how.connecting;
    }
    if (state === "nobody" && !asksForHuman(call)) {
      return this.#messages.how.waiting;
    }
    return this.#messages.how[state];
  }

  #draw(call) {
    for (const mode of MODES) {
      drawButton(byId(`mode-${mode}`), { on: isIn(call, mode), why: this.#whyNot(call, mode), pending: this.#pending.has(mode) });
    }
    const takes = !isIn(call, "human");
    setHidden(byId("take-over"), !takes);
    setHidden(byId("hand-back"), takes);
    const [button, mode, text] = takes ? [byId("take-over"), "human", "take_over"] : [byId("hand-back"), "auto", "hand_back"];
    const pending = this.#pending.has(mode);
    drawButton(button, { why: this.#whyNot(call, mode), pending, text: this.#messages[pending ? `${text}_pending` : text] });
  }

  #whyNot(call, mode) {
    const back = mode !== "human" && !isLed(call);
    switch (true) {
      case !this.#may:
        return this.#messages.not_yours;
      case call.status !== "in-progress":
        return this.#messages.not_answered;
      case call.transfer !== null:
        return this.#messages.transfer_open;
      case back && !call.agent_connected:
        return this.#messages.not_connected;
      case back && call.recording_paused !== null:
        return this.#messages.recording_paused;
      default:
        return null;
    }
  }
}

/** "human" is the call's mode too while it waits for one: then nobody has it. */
function isIn(call, mode) {
  return call.mode === mode && (mode !== "human" || call.agent !== null);
}

/** "assistant", "agent", or "nobody" while the caller waits for one. */
function whoSpeaks(call) {
  if (isLed(call)) {
    return "assistant";
  }
  return call.agent === null ? "nobody" : "agent";
}

function isSounding(call, who) {
  const speaks = Object.values(call.partials).some(({ speaker }) => speaker === who);
  return speaks || (who === "assistant" && call.lines.some(({ state }) => state === "speaking"));
}
