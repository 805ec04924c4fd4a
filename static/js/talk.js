// The head of the conversation: who it is, how the call stands, and what is in its way.
import { asClock, now } from "./clock.js";
import { byId, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";
import { nameOfCaller, numberOfCaller } from "./ringcard.js";
import { isLed } from "./state/voice.js";

export class Talk {
  #messages;

  constructor({ messages }) {
    this.#messages = messages;
  }

  /** `role`: mine ("agent"), asked to join ("guest"), or read along (null). */
  render(call, { role, rejoin }) {
    const name = nameOfCaller(call, this.#messages.call);
    const number = numberOfCaller(call, this.#messages.call);
    setText(byId("talk-number"), name);
    setText(byId("talk-about"), [name === number ? "" : number, this.#about(call, role)].filter(Boolean).join(" · "));
    const [text, mood] = this.#chip(call);
    setText(byId("talk-state"), text);
    setAttribute(byId("talk-state"), "class", `chip ${mood}`);
    this.#answeredBy(call);
    this.#leave(call, role);
    this.#rejoin(rejoin, role);
    this.#secure(call, role);
    this.#troubles(call);
  }

  #about(call, role) {
    if (role !== "agent" && call.agent) {
      return fill(this.#messages.call[role === "guest" ? "with_guest" : "with"], { agent: call.agent.name });
    }
    if (role === null && isLed(call)) {
      return fill(this.#messages.call.with_assistant, { name: call.assistant?.name ?? "" });
    }
    const outbound = call.direction === "outbound";
    const line = call.line || readable(outbound ? call.from : call.to);
    return [fill(this.#messages.call[outbound ? "about_out" : "about_in"], { line }), call.queue?.name].filter(Boolean).join(" · ");
  }

  #chip(call) {
    const { call: words, status } = this.#messages;
    if (call.ended) {
      return [status[call.status], ""];
    }
    if (call.status !== "in-progress") {
      return [words[call.status === "ringing" ? "ringing" : "dialling"], ""];
    }
    if (call.on_hold) {
      return [words.on_hold, "warn"];
    }
    if (isLed(call)) {
      return [words.led, "assistant"];
    }
    return call.agent_connected ? [words.talking, "good"] : [words.connecting, ""];
  }

  /** Reading along can be ended; a call that the AI leads and that is mine can be left to it. */
  #leave(call, role) {
    const mine = role === "agent" && isLed(call);
    setHidden(byId("stop-watching"), !(role === null || mine));
    setText(part(byId("stop-watching"), "text"), this.#messages.call[mine ? "leave_to_assistant" : "stop_watching"]);
  }

  #answeredBy(call) {
    const kind = /^(?:machine|fax)/.exec(call.answered_by)?.[0];
    setHidden(byId("talk-machine"), kind === undefined);
    setText(byId("talk-machine"), kind ? this.#messages.answered_by[kind] : "");
  }

  #rejoin({ needed, elsewhere }, role) {
    setHidden(byId("rejoin"), !(role !== null && (needed || elsewhere)));
    setHidden(byId("rejoin-now"), !needed);
    setText(part(byId("rejoin"), "text"), this.#messages.rejoin[elsewhere ? "elsewhere" : "here"]);
  }

  #secure(call, role) {
    const since = call.recording_paused;
    setHidden(byId("secured"), since === null);
    setText(byId("secured-time"), since === null ? "" : asClock(now() - since));
    setHidden(byId("secured-how"), role !== "agent");
  }

  #troubles(call) {
    const root = byId("troubles");
    const told = Object.values(call.trouble);
    while (root.children.length > told.length) {
      root.lastElementChild.remove();
    }
    told.forEach((text, index) => {
      if (!root.children[index]) {
        root.append(stamp("banner-template"));
      }
      setText(root.children[index], text);
    });
  }
}
