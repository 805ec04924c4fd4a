// The list of calls at the side: mine, those that wait, those with the AI voice, those of others, those that are over.
import { asClock, now } from "./clock.js";
import { byId, fill, part, setAttribute, setHidden, setText, stamp } from "./page.js";
import { nameOfCaller } from "./ringcard.js";
import { lastText } from "./state.js";
import { isLed } from "./state/voice.js";

const SHOWN_FINISHED = 5;

export class Rail {
  #messages;
  #onAccept;
  #onWatch;

  constructor({ messages, onAccept, onWatch }) {
    this.#messages = messages;
    this.#onAccept = onAccept;
    this.#onWatch = onWatch;
  }

  render({ state, mine, ringing, waiting, assisted, others, finished, watched, supervisor }) {
    const busy = mine !== null;
    setHidden(byId("rail-mine"), !busy);
    this.#list("list-mine", busy ? [mine] : [], (call) => ({
      about: this.#about(call),
      seconds: now() - (call.answered_at ?? call.created_at),
      current: true,
    }));

    // Who is asked to join somebody's call has no caller who waits.
    const waits = [...ringing.filter(({ offer }) => offer.transfer === null), ...waiting];
    setText(byId("count-ringing"), waits.length ? String(waits.length) : "");
    setHidden(byId("ringing-empty"), waits.length > 0);
    this.#list("list-ringing", waits, (call) => {
      const reason = this.#whyNot(call, { state, busy, supervisor });
      return {
        about: [call.queue?.name, reason ?? this.#messages.call.take].filter(Boolean).join(" · "),
        seconds: now() - (call.waiting_since ?? call.answered_at ?? call.created_at),
        act: reason === null ? () => this.#onAccept(call.sid) : null,
      };
    });

    setHidden(byId("rail-assisted"), assisted.length === 0);
    setText(byId("count-assisted"), String(assisted.length));
    this.#list("list-assisted", assisted, (call) => ({
      about: fill(this.#messages.call[`led_${call.mode}`], { name: call.assistant?.name ?? "" }),
      words: lastText(call),
      seconds: now() - (call.answered_at ?? call.created_at),
      ...this.#watching(call, { busy, watched }),
    }));

    setHidden(byId("rail-others"), !supervisor);
    setText(byId("count-others"), others.length ? String(others.length) : "");
    setHidden(byId("others-empty"), others.length > 0);
    this.#list("list-others", others, (call) => ({
      name: call.agent.name,
      about: call.on_hold ? this.#about(call) : nameOfCaller(call, this.#messages.call),
      seconds: now() - (call.answered_at ?? call.created_at),
      ...this.#watching(call, { busy, watched }),
    }));

    setHidden(byId("rail-finished"), finished.length === 0);
    this.#list("list-finished", finished.slice(0, SHOWN_FINISHED), (call) => ({
      about: (call.ended ? this.#messages.status[call.status] : this.#messages.call.goes_on) ?? "",
      seconds: call.answered_at === null ? null : (call.ended_at ?? call.left_at) - call.answered_at,
      link: `/calls/${encodeURIComponent(call.sid)}/`,
    }));
  }

  #watching({ sid }, { busy, watched }) {
    return { act: busy ? null : () => this.#onWatch(sid), pressed: sid === watched, current: sid === watched };
  }

  #about(call) {
    if (call.on_hold) {
      return this.#messages.call.on_hold;
    }
    if (call.status !== "in-progress") {
      return this.#messages.call[call.status === "ringing" ? "ringing" : "dialling"];
    }
    if (isLed(call)) {
      return this.#messages.call.led;
    }
    return this.#messages.call[call.agent_connected ? "talking" : "connecting"];
  }

  /** Why this caller cannot be taken out of the list, or null. A call that rings at another desk is that one's. */
  #whyNot(call, { state, busy, supervisor }) {
    if (busy) {
      return this.#messages.call.later;
    }
    if (call.offer !== null || supervisor || call.offered_to.length === 0) {
      return null;
    }
    const name = state.people[call.offered_to[0]]?.name;
    return name ? fill(this.#messages.call.rings_at, { name }) : this.#messages.call.rings_elsewhere;
  }

  #list(id, calls, describe) {
    const root = byId(id);
    const known = new Map([...root.children].map((element) => [element.dataset.sid, element]));
    calls.forEach((call, index) => {
      const element = known.get(call.sid) ?? this.#make(call);
      known.delete(call.sid);
      if (root.children[index] !== element) {
        root.insertBefore(element, root.children[index] ?? null);
      }
      this.#fill(element, call, describe(call));
    });
    for (const gone of known.values()) {
      gone.remove();
    }
  }

  #make(call) {
    const element = stamp("rail-template");
    element.dataset.sid = call.sid;
    part(element, "button").addEventListener("click", () => element.act?.());
    return element;
  }

  #fill(element, call, { name, about, words = "", seconds, act = null, link = null, pressed, current }) {
    const title = name ?? nameOfCaller(call, this.#messages.call);
    const prefix = link ? "link-" : "";
    element.act = act;
    element.classList.toggle("is-current", Boolean(current));
    setHidden(part(element, "button"), link !== null);
    setHidden(part(element, "link"), link === null);
    setText(part(element, `${prefix}name`), title);
    setText(part(element, `${prefix}time`), seconds === null ? "" : asClock(seconds));
    setText(part(element, `${prefix}about`), about);
    setHidden(part(element, "words"), words === "");
    setText(part(element, "words"), words);
    part(element, `${prefix}about`).classList.toggle("is-action", act !== null && pressed === undefined);
    part(element, "button").disabled = act === null;
    setAttribute(part(element, "button"), "aria-pressed", pressed === undefined ? null : String(pressed));
    if (link) {
      setAttribute(part(element, "link"), "href", link);
    }
  }
}
