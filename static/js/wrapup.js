// The card after a call: what became of it, notes, the time that is left for both, and how far the work on its recording is.
import { asClock, now } from "./clock.js";
import { DraftField } from "./drafts.js";
import { byId, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";
import { myCall, STEPS } from "./state.js";

const KEPT = "wrapup";
const UNREACHED = new Set(["busy", "no-answer", "failed", "canceled"]);
const ASK_AGAIN_MS = 2000;
const TYPES = "input:not([type=radio]), textarea, select, dialog, [role=menu]";

export class WrapUp {
  #messages;
  #words;
  #socket;
  #http;
  #desk;
  #notes;
  #onDone;
  #field;
  #card = byId("wrap-card");
  /** {sid, byMe, dispositions, required, chosen, notes, call}: an ended call is in no snapshot any more. */
  #kept;
  #closed = null;
  #loaded = true; // and nothing was heard of how things stand
  #state = null;
  #finishing = false;
  #asked = false;
  #rows = new Map();
  #drawnChoices = null;
  #askedFor = null;

  constructor({ messages, socket, http, desk, notes, onDone }) {
    this.#messages = messages;
    this.#words = messages.wrapup;
    this.#socket = socket;
    this.#http = http;
    this.#desk = desk;
    this.#notes = notes;
    this.#onDone = onDone;
    this.#kept = JSON.parse(sessionStorage.getItem(KEPT));
    this.#field = new DraftField({ area: byId("wrap-notes"), state: byId("wrap-notes-state"), drafts: notes, words: messages.saved });
    for (const step of STEPS) {
      const row = stamp("step-template");
      setText(part(row, "name"), messages.steps[step] ?? step);
      byId("wrap-steps").append(row);
      this.#rows.set(step, row);
    }
    this.#card.addEventListener("submit", (event) => {
      event.preventDefault();
      this.finish();
    });
    byId("wrap-again").addEventListener("click", () => this.#desk.call({ to: this.callIn(this.#state).to }));
    byId("wrap-next-call").addEventListener("click", () => this.finish({ next: true }));
    byId("wrap-outcome-list").addEventListener("change", ({ target }) => this.#choose(Number(target.value)));
    // Before the desk's own keys: here the digits mean something else.
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true });
  }

  /** `byMe`: I asked for the end. */
  open(sid, { byMe }) {
    if (this.sid !== sid && this.#closed !== sid) {
      this.#keep({ sid, byMe, dispositions: [], required: false, chosen: null, notes: "", call: null });
      this.#asked = false;
    }
  }

  close() {
    this.#closed = this.sid ?? this.#closed;
    this.#kept = null;
    sessionStorage.removeItem(KEPT);
  }

  /** After a reload the ended call is no longer in the snapshot: ask for its events, unless that wrap-up is over. */
  recall(state, ask) {
    if (this.#loaded && isPast(state.me)) {
      this.#kept = null;
      sessionStorage.removeItem(KEPT);
    }
    this.#loaded = false;
    if (this.sid && !state.calls[this.sid]) {
      ask(this.sid);
    }
  }

  get sid() {
    return this.#kept?.sid ?? null;
  }

  isOpen(state) {
    const call = this.callIn(state);
    return call !== null && isOver(call);
  }

  focusNotes() {
    byId("wrap-notes").focus();
  }

  render(state) {
    this.#state = state;
    const { me } = state;
    if (this.#closed !== null && myCall(state)?.sid === this.#closed) {
      this.#closed = null; // it came back: there is something to say again
    }
    this.#ask(me);
    const call = this.callIn(state);
    if (!call || !isOver(call)) {
      return;
    }
    this.#remember(call);
    const wrapping = isWrapping(me);
    setAttribute(this.#card, "data-wrapping", String(wrapping));
    this.#drawHead(call);
    this.#drawClock(me);
    this.#drawChoices();
    this.#field.render(call.sid, this.#saved(call));
    this.#drawActions(me, wrapping);
    setHidden(byId("wrap-again"), call.direction !== "outbound" || !UNREACHED.has(call.status));
    this.#drawSteps(call);
  }

  /** Tells what became of it and goes back to the status of before; `next`: available at once. */
  async finish({ next = false } = {}) {
    const call = this.#state && this.callIn(this.#state);
    if (!call || this.#finishing) {
      return;
    }
    const { sid, required, dispositions, chosen } = this.#kept;
    // Whoever is quick is quicker than the news that the wrap-up has begun.
    const wrapping = isWrapping(this.#state.me) || this.#state.me.presence === "busy";
    if (wrapping && isMissing({ required, dispositions, chosen })) {
      this.#asked = true;
      this.#onDone();
      byId("wrap-outcome-list").querySelector("input")?.focus();
      return;
    }
    this.#finishing = true;
    this.#onDone();
    try {
      const notes = this.#notes.text(sid, this.#saved(call));
      const written = !["", "saved"].includes(this.#notes.state(sid));
      if (wrapping || chosen !== null || written) {
        await this.#socket.command("wrap_up", sid, { disposition: chosen, notes });
        this.#notes.done(sid);
      }
      this.close();
      if (next) {
        this.#desk.goAvailable();
      }
    } catch (error) {
      this.#asked = error.code === "disposition_required";
      if (!this.#asked || this.#kept.dispositions.length === 0) {
        this.#desk.complain(error);
      }
    }
    this.#finishing = false;
    this.#onDone();
  }

  /** The call that the card is for, as far as it is known; null without one. */
  callIn(state) {
    return state.calls[this.sid] ?? this.#kept?.call ?? null;
  }

  /** Once for each wrap-up: which call it is for, and what may be chosen; the events do not say. */
  async #ask(me) {
    if (!isWrapping(me) || this.#askedFor === me.since) {
      return;
    }
    this.#askedFor = me.since;
    try {
      const { call } = await this.#http.get("/desk/wrap-up");
      if (call) {
        this.open(call.sid, { byMe: true });
        this.#learn(call);
      }
    } catch {
      setTimeout(() => {
        this.#askedFor = null;
        this.#onDone();
      }, ASK_AGAIN_MS);
    }
  }

  #learn(call) {
    if (this.sid !== call.sid) {
      return; // finished meanwhile
    }
    const chosen = this.#kept.chosen ?? call.disposition?.id ?? null;
    this.#keep({
      ...this.#kept,
      call: { ...call, ended: call.ended_at !== null },
      dispositions: call.dispositions,
      required: call.disposition_required,
      notes: this.#kept.notes || call.notes,
      chosen,
    });
    this.#onDone();
  }

  /** A call that is known from its events alone brings no notes: what was saved must not be lost by that. */
  #saved(call) {
    return call.notes || this.#kept.notes;
  }

  #remember(call) {
    const notes = this.#notes.text(call.sid, this.#saved(call));
    if (notes !== this.#kept.notes) {
      this.#keep({ ...this.#kept, notes });
    }
  }

  #keep(kept) {
    this.#kept = kept;
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  }

  #choose(id) {
    this.#keep({ ...this.#kept, chosen: id });
    this.#asked = false;
    this.#onDone();
  }

  #key(event) {
    if (!this.#card.checkVisibility?.() || event.isComposing || document.querySelector("dialog[open]")) {
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const elsewhere = event.target.closest?.("input, textarea, [role=menu]") && !this.#card.contains(event.target);
      if (!elsewhere) {
        event.preventDefault();
        this.finish();
      }
      return;
    }
    const one = this.#kept?.dispositions[digitOf(event) - 1];
    if (one && !event.target.closest?.(TYPES)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#choose(one.id);
    }
  }

  #drawHead(call) {
    const number = readable(call.direction === "outbound" ? call.to : call.from);
    setText(byId("wrap-label"), this.#howItEnded(call));
    setText(byId("wrap-title"), call.customer?.name || number);
    setHidden(byId("wrap-number"), !call.customer?.name);
    setText(byId("wrap-number"), number);
    const length = (call.ended_at ?? call.left_at) - call.answered_at;
    setText(byId("wrap-time"), call.answered_at === null ? "" : asClock(length));
    setAttribute(byId("wrap-link"), "href", `/calls/${encodeURIComponent(call.sid)}/`);
  }

  #drawClock(me) {
    const clock = byId("wrap-clock");
    const { text, share } = clockOf(me, now(), this.#kept.required, this.#words);
    setHidden(clock, text === "");
    setText(part(clock, "text"), text);
    setHidden(part(clock, "bar"), share === null);
    part(clock, "bar").style.setProperty("--left", (share ?? 0).toFixed(3));
  }

  #drawChoices() {
    const { dispositions, required, chosen } = this.#kept;
    setHidden(byId("wrap-outcomes"), dispositions.length === 0);
    if (this.#drawnChoices !== dispositions) {
      this.#drawnChoices = dispositions;
      byId("wrap-outcome-list").replaceChildren(...dispositions.map(outcome));
    }
    for (const input of byId("wrap-outcome-list").querySelectorAll("input")) {
      input.checked = Number(input.value) === chosen;
      input.required = required;
    }
    const missing = isMissing({ required, dispositions, chosen });
    byId("wrap-outcomes").classList.toggle("is-missing", missing && this.#asked);
    setText(byId("wrap-required"), missing ? this.#words.required : "");
  }

  #drawActions(me, wrapping) {
    const done = byId("wrap-done");
    const text = wrapping ? (this.#finishing ? "finishing" : "finish") : "done";
    setText(part(done, "text"), this.#words[text]);
    setAttribute(done, "aria-busy", this.#finishing ? "true" : null);
    setHidden(part(done, "next"), !wrapping || !me.next);
    setText(part(done, "next"), fill(this.#words.back_to, { next: this.#messages.presence.labels[me?.next] ?? "" }));
    setHidden(byId("wrap-next-call"), !wrapping || me.next === "available");
  }

  #drawSteps(call) {
    // Of a call that nobody answered there is no recording to work on.
    setHidden(byId("wrap-steps"), call.answered_at === null);
    for (const [step, row] of this.#rows) {
      const { state: at, reason } = call.steps?.[step] ?? { state: "waiting", reason: "" };
      setAttribute(row, "data-state", at);
      const word = this.#messages.step_states[at] ?? at;
      setText(part(row, "state"), reason && at === "failed" ? `${word}: ${reason}` : word);
    }
  }

  #howItEnded(call) {
    if (!call.ended) {
      return this.#words.left;
    }
    if (call.status === "canceled" && call.direction === "outbound") {
      return this.#messages.canceled_by_us;
    }
    if (call.status === "completed" && !this.#kept.byMe) {
      return this.#messages.ended_by_caller;
    }
    return this.#messages.status[call.status] ?? "";
  }
}

/** Whether a disposition must be chosen and is not. */
export function isMissing({ required, dispositions, chosen }) {
  return required && !dispositions.some(({ id }) => id === chosen);
}

/** What the clock of the wrap-up says, and the share of time that is left (null: no bar). */
export function clockOf(me, at, required, words) {
  if (!isWrapping(me)) {
    return { text: "", share: null };
  }
  if (!me.until) {
    return { text: required ? words.no_end : "", share: null };
  }
  const left = Math.max(0, me.until - at);
  return {
    text: fill(words.ends_in, { time: asClock(Math.ceil(left)) }),
    share: Math.min(1, left / Math.max(1, me.until - me.since)),
  };
}

/** The digit of a key press without modifiers, from 1 to 9; 0 for any other. */
export function digitOf({ key, code = "", shiftKey, ctrlKey, altKey, metaKey, repeat }) {
  if (shiftKey || ctrlKey || altKey || metaKey || repeat) {
    return 0;
  }
  return Number(/^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] ?? (/^[1-9]$/.test(key) ? key : 0));
}

function isOver(call) {
  return call.ended || (call.left_at ?? null) !== null;
}

/** Whether a card that was kept over a reload is of a wrap-up that has ended; whoever is busy may be about to begin it. */
export function isPast(me) {
  return me?.presence !== "wrap-up" && me?.presence !== "busy";
}

function isWrapping(me) {
  return me?.presence === "wrap-up";
}

function outcome({ id, name }, index) {
  const element = stamp("outcome-template");
  element.querySelector("input").value = String(id);
  setText(part(element, "name"), name);
  setHidden(part(element, "key"), index > 8);
  setText(part(element, "key"), String(index + 1));
  return element;
}
