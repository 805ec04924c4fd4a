// The card of a call that rings here: who it is, what is known of them, until when it rings, and what happens then.
import { now } from "./clock.js";
import { byId, fill, part, readable, setAttribute, setHidden, setText } from "./page.js";
import { asksForHuman } from "./state/voice.js";

export class RingCard {
  #messages;
  #customers;
  #ring;
  #root = byId("ring");
  #seen = null;
  #began = new Map();

  constructor({ messages, customers, ring }) {
    this.#messages = messages;
    this.#customers = customers;
    this.#ring = ring;
  }

  /** `calls` ring here; `accepting` is true while one is being taken. */
  render(calls, { accepting }) {
    const [call] = calls;
    const wasHidden = this.#root.hidden;
    setHidden(this.#root, !call);
    if (!call) {
      this.#seen = null;
      this.#began.clear();
      this.#ring.stop();
      return;
    }
    const { title, name } = this.#tell(call);
    setHidden(byId("ring-more"), calls.length < 2);
    setText(byId("ring-more"), fill(this.#messages.ring.more, { count: calls.length - 1 }));
    this.#count(call);
    byId("accept").disabled = byId("decline").disabled = accepting;
    setText(part(byId("accept"), "text"), this.#messages.ring[accepting ? "accepting" : "accept"]);
    if (accepting) {
      this.#ring.stop();
    } else {
      this.#ring.start({ sid: call.sid, title: fill(this.#messages.ring.title, { number: name }), body: title });
    }
    if ((wasHidden || this.#seen !== call.sid) && !document.activeElement?.closest("input, textarea, select, dialog")) {
      this.#root.focus({ preventScroll: true });
    }
    this.#seen = call.sid;
  }

  #tell(call) {
    const { ring } = this.#messages;
    const invited = call.offer.transfer !== null && call.transfer !== null;
    const name = nameOfCaller(call, this.#messages.call);
    const number = numberOfCaller(call, this.#messages.call);
    const asked = asksForHuman(call) ? fill(ring.from_assistant, { name: call.assistant?.name ?? "" }) : ring.incoming;
    const title = invited ? fill(ring.invited, { name: call.transfer.by.name }) : asked;
    const way = [call.queue?.name, call.line && fill(ring.about, { line: call.line })].filter(Boolean).join(" · ");
    setAttribute(this.#root, "data-kind", invited ? "invitation" : "call");
    setText(byId("ring-label"), title);
    setText(byId("ring-name"), name);
    setHidden(byId("ring-number"), name === number);
    setText(byId("ring-number"), number);
    setText(byId("ring-way"), way || fill(ring.about, { line: readable(call.to) }));
    this.#known(call);
    setText(byId("ring-then"), ring[invited ? "then_invited" : "then"]);
    return { title, name };
  }

  /** What is known of the customer, as soon as it is fetched. */
  #known(call) {
    const fetched = this.#customers.get(call.customer?.id);
    const earlier = fetched?.timeline?.filter(({ kind, sid }) => kind === "call" && sid !== call.sid);
    const calls = earlier?.length ?? null;
    const notes = fetched?.customer?.notes ?? "";
    const texts = this.#messages.ring.earlier;
    setText(byId("ring-earlier"), calls === null ? "" : fill(texts[Math.min(calls, 2)], { count: calls }));
    setHidden(byId("ring-note"), notes === "");
    setText(byId("ring-note"), notes);
  }

  #count(call) {
    const began = this.#began.get(call.offer.until) ?? now();
    this.#began.set(call.offer.until, began);
    const left = Math.max(0, call.offer.until - now());
    const whole = Math.max(1, call.offer.until - began);
    this.#root.style.setProperty("--left", (left / whole).toFixed(3));
    setText(byId("ring-left"), `${Math.ceil(left)} s`);
  }
}

/** The name of whoever is on the telephone, or the number where nobody knows it. */
export function nameOfCaller(call, words) {
  return call.customer?.name || numberOfCaller(call, words);
}

export function numberOfCaller(call, words) {
  const number = call.direction === "outbound" ? call.to : call.from;
  return /\d/.test(number) ? readable(number) : words.unknown_number;
}
