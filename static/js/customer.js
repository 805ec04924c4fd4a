// The customer's card: who it is, what we agreed, notes, and everything that happened before.
import { asClock } from "./clock.js";
import { DraftField, Drafts } from "./drafts.js";
import { byId, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";
import { when } from "./when.js";

const FIRST_SHOWN = 8;

export class Customer {
  #messages;
  #customers;
  #desk;
  #id = null;
  #call = null;
  #limit = FIRST_SHOWN;
  #root = byId("customer");
  #name = byId("customer-name");
  #callNotes;
  #notes;
  #drafts;
  #asking = false;
  #drawn = null;

  /** `notes` are the drafts of notes on calls, which the card after a call shows too. */
  constructor({ messages, customers, notes, desk }) {
    this.#messages = messages.customer;
    this.#customers = customers;
    this.#desk = desk;
    this.#drafts = new Drafts({
      name: "customer",
      save: (id, text) => customers.saveNotes(id, text),
      onChange: desk.changed,
    });
    const words = messages.saved;
    this.#callNotes = new DraftField({ area: byId("call-notes"), state: byId("call-notes-state"), drafts: notes, words });
    this.#notes = new DraftField({ area: byId("customer-notes"), state: byId("customer-notes-state"), drafts: this.#drafts, words });
    byId("customer-again").addEventListener("click", () => customers.load(this.#id));
    byId("customer-call").addEventListener("click", () => this.#callThem());
    byId("past-more").addEventListener("click", () => this.#more());
    this.#name.addEventListener("change", () => this.#change({ name: this.#name.value.trim() }));
    this.#name.addEventListener("keydown", (event) => this.#nameKey(event));
    byId("customer-do-not-call").addEventListener("change", ({ target }) => this.#change({ do_not_call: target.checked }));
    byId("customer-consent").addEventListener("change", ({ target }) => {
      this.#change({ whatsapp_opt_in: { true: true, false: false }[target.value] ?? null });
    });
  }

  /** Notes on the call where there is one, else those on the customer. */
  focusNotes() {
    byId(byId("call-note").hidden ? "customer-notes" : "call-notes").focus();
  }

  /** `customer` is an id, 0 where the number is withheld, or null. */
  render({ state, call, customer }) {
    if (customer !== this.#id) {
      this.#id = customer;
      this.#limit = FIRST_SHOWN;
      this.#drawn = null;
    }
    this.#call = call;
    const mine = call !== null && !call.ended && call.agent?.id === state.me?.id;
    setHidden(byId("call-note"), !mine);
    this.#callNotes.render(mine ? call.sid : null, call?.notes ?? "");
    const known = this.#customers.get(customer);
    setAttribute(this.#root, "data-state", customer === 0 ? "unknown" : (known?.state ?? "none"));
    if (known?.state === "ready") {
      this.#draw(customer, known, state);
    } else if (known?.state === "failed") {
      setText(part(this.#root, "why"), this.#messages.errors[known.error?.code] ?? "");
    }
  }

  #draw(id, { customer, timeline, more }, state) {
    this.#drawName(customer);
    setText(byId("customer-number"), readable(customer.number));
    setHidden(byId("customer-warning"), !customer.do_not_call);
    const hindrance = this.#hindrance(customer, state.me);
    setAttribute(byId("customer-call"), "aria-disabled", hindrance === null ? null : "true");
    setAttribute(byId("customer-call"), "title", hindrance && this.#messages.no_call[hindrance]);
    byId("customer-do-not-call").checked = customer.do_not_call;
    const agreed = customer.whatsapp_opt_in === null ? "" : String(customer.whatsapp_opt_in);
    for (const choice of byId("customer-consent").querySelectorAll("input")) {
      choice.checked = choice.value === agreed;
    }
    this.#notes.render(id, customer.notes);
    this.#drawPast(timeline, more);
  }

  /** Why this customer cannot be called now, or null. */
  #hindrance({ do_not_call: forbidden }, me) {
    const isTaken = (this.#call !== null && !this.#call.ended) || me?.presence === "busy" || me?.presence === "wrap-up";
    if (forbidden) {
      return "do_not_call";
    }
    return isTaken ? "busy" : null;
  }

  #drawName({ name }) {
    if (document.activeElement !== this.#name && this.#name.value !== name) {
      this.#name.value = name;
    }
  }

  /** Only when it differs: the desk draws five times a second. */
  #drawPast(timeline, more) {
    const key = [timeline, more, this.#limit, this.#call?.sid, new Date().getHours()];
    if (this.#drawn?.every((one, index) => one === key[index])) {
      return;
    }
    this.#drawn = key;
    const past = timeline.filter(({ sid, kind }) => !(kind === "call" && sid === this.#call?.sid && !this.#call.ended));
    setHidden(byId("customer-first"), past.length > 0);
    setHidden(byId("past-empty"), past.length > 0);
    setHidden(byId("past-more"), past.length <= this.#limit && !more);
    byId("past-list").replaceChildren(...past.slice(0, this.#limit).map((entry) => this.#entry(entry)));
  }

  #entry(entry) {
    const element = stamp("past-template");
    const { text, about, link } = told(entry, this.#messages.past);
    setAttribute(element, "data-kind", entry.kind);
    setAttribute(element, "data-direction", entry.direction ?? null);
    setAttribute(element, "data-failed", isFailed(entry) ? "" : null);
    const what = part(element, link ? "link" : "text");
    setText(what, text);
    setHidden(what, false);
    if (link) {
      setAttribute(what, "href", link);
    }
    setText(part(element, "about"), about);
    setText(part(element, "when"), when(entry.at, this.#messages.when));
    setAttribute(part(element, "when"), "datetime", new Date(entry.at * 1000).toISOString());
    return element;
  }

  async #more() {
    const { timeline, more } = this.#customers.get(this.#id);
    this.#limit += FIRST_SHOWN * 2;
    if (more && timeline.length < this.#limit && !this.#asking) {
      this.#asking = true;
      await this.#customers.earlier(this.#id).catch(this.#desk.complain);
      this.#asking = false;
    }
    this.#desk.changed();
  }

  async #change(changes) {
    const id = this.#id;
    try {
      await this.#customers.change(id, changes);
    } catch (error) {
      this.#desk.complain(error);
      return;
    }
    if ("name" in changes) {
      this.#desk.renamed(id, changes.name);
    }
  }

  #nameKey(event) {
    if (event.isComposing) {
      return;
    }
    if (event.key === "Enter") {
      this.#name.blur();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.#name.value = this.#customers.get(this.#id).customer.name;
      this.#name.blur();
    }
  }

  #callThem() {
    const { customer } = this.#customers.get(this.#id);
    if (byId("customer-call").getAttribute("aria-disabled") !== "true") {
      this.#desk.call({ to: customer.number });
    }
  }
}

/** One entry of the timeline in words: {text, about, link}. */
export function told(entry, words) {
  switch (entry.kind) {
    case "call":
      return toldCall(entry, words);
    case "voicemail":
      return {
        text: fill(words.voicemail, { duration: asClock(entry.duration ?? 0) }),
        about: entry.transcript || words[entry.handled ? "handled" : "open"],
        link: pageOf(entry),
      };
    case "callback":
      return { text: words.callback, about: words[entry.handled ? "handled" : "open"], link: pageOf(entry) };
    default:
      return {
        text: entry.body || words.media,
        about: entry.direction === "inbound" ? words.from_them : [entry.by?.name ?? words.by_itself, words.states[entry.status]].filter(Boolean).join(" · "),
        link: null,
      };
  }
}

function toldCall(entry, words) {
  const outcome = words.outcomes[entry.outcome] ?? words.live;
  const length = entry.duration ? asClock(entry.duration) : "";
  return {
    text: words[entry.direction === "outbound" ? "call_out" : "call_in"],
    about: [entry.disposition || outcome, entry.agent?.name, length].filter(Boolean).join(" · "),
    link: pageOf(entry),
  };
}

/** Agents read their own calls' pages; where the server names no page there is none to link to. */
function pageOf({ sid, readable: mayRead = true }) {
  return sid && mayRead ? `/calls/${encodeURIComponent(sid)}/` : null;
}

function isFailed({ kind, status, outcome }) {
  return kind === "message" ? status === "failed" || status === "undelivered" : outcome === "abandoned";
}
