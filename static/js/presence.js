// My status: what it is and for how long, and a menu to choose another one, or the one after this call.
import { asClock, now } from "./clock.js";
import { byId, fill, part, setAttribute, setHidden, setText } from "./page.js";
import { toast } from "./toast.js";

const BUSY = "busy";
const WRAP_UP = "wrap-up";

export class Presence {
  #messages;
  #socket;
  #desk;
  #me = null;
  #button = byId("presence-button");
  #menu = byId("presence-menu");
  #choices = [...this.#menu.querySelectorAll("[data-choice]")];

  /** `desk.goAvailable()` unlocks sound and microphone too. */
  constructor({ messages, socket, desk }) {
    this.#messages = messages.presence;
    this.#socket = socket;
    this.#desk = desk;
    byId("go-available").addEventListener("click", desk.goAvailable);
    this.#button.addEventListener("click", () => this.#toggle());
    this.#button.addEventListener("keydown", (event) => this.#openByKey(event));
    this.#menu.addEventListener("keydown", (event) => this.#walk(event));
    for (const choice of this.#choices) {
      choice.addEventListener("click", () => this.#choose(choice.dataset.choice));
    }
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("#presence")) {
        this.#close({ focus: false });
      }
    });
    this.#menu.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !relatedTarget.closest("#presence")) {
        this.#close({ focus: false });
      }
    });
  }

  /** A status that nobody chose is explained once. */
  receive({ type, id, reason }) {
    if (type === "presence" && id === this.#me?.id && this.#messages.reasons[reason]) {
      toast(this.#messages.reasons[reason]);
    }
  }

  render({ state }) {
    const { me } = state;
    this.#me = me;
    if (!me) {
      return;
    }
    const { label, seconds, then } = statusOf(me, now());
    setAttribute(this.#button, "data-presence", me.presence);
    setText(part(this.#button, "label"), this.#messages.labels[label]);
    setText(part(this.#button, "time"), seconds === null ? "" : asClock(seconds));
    setHidden(part(this.#button, "then"), then === null);
    setText(part(this.#button, "then"), then === null ? "" : fill(this.#messages.then, { next: this.#messages.labels[then] }));
    setText(byId("away-title"), this.#messages.titles[me.presence] ?? this.#messages.titles.away);
    setHidden(byId("go-available"), me.presence !== "away" && me.presence !== "offline");
    setHidden(byId("presence-after"), me.presence !== BUSY);
    const checked = me.presence === BUSY ? (me.next ?? "available") : me.presence;
    for (const choice of this.#choices) {
      setAttribute(choice, "aria-checked", String(choice.dataset.choice === checked));
    }
  }

  #toggle() {
    if (this.#menu.hidden) {
      this.#open();
    } else {
      this.#close();
    }
  }

  #open(index = Math.max(0, this.#choices.findIndex((one) => one.getAttribute("aria-checked") === "true"))) {
    setHidden(this.#menu, false);
    setAttribute(this.#button, "aria-expanded", "true");
    this.#choices.at(index).focus();
  }

  #close({ focus = true } = {}) {
    if (this.#menu.hidden) {
      return;
    }
    setHidden(this.#menu, true);
    setAttribute(this.#button, "aria-expanded", "false");
    if (focus) {
      this.#button.focus();
    }
  }

  #choose(presence) {
    this.#close();
    // During a call it is for afterwards: no sample ring, no question for the microphone.
    if (presence === "available" && this.#me?.presence !== BUSY) {
      this.#desk.goAvailable();
    } else {
      this.#socket.command("set_presence", "", { presence }).catch(this.#desk.complain);
    }
  }

  #openByKey(event) {
    const index = { ArrowDown: 0, ArrowUp: -1 }[event.key];
    if (index !== undefined) {
      event.preventDefault();
      this.#open(index);
    }
  }

  /** While the menu is open its keys are its own. */
  #walk(event) {
    event.stopPropagation();
    const at = this.#choices.indexOf(document.activeElement);
    const last = this.#choices.length - 1;
    const to = { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#choices[to].focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#close();
    } else if (event.key === "Tab") {
      this.#close({ focus: false });
    } else if (/^[1-3]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      this.#choose(this.#choices[event.key - 1].dataset.choice);
    }
  }
}

/**
 * What the button says: a label, the seconds in this status or those left of a wrap-up (null: no clock),
 * and what comes afterwards where it is not the usual.
 */
export function statusOf({ presence, since, until, next }, at) {
  const isAfter = (presence === BUSY || presence === WRAP_UP) && Boolean(next) && next !== "available";
  const left = presence === WRAP_UP && until ? Math.max(0, until - at) : null;
  const passed = since === undefined || since === null ? null : Math.max(0, at - since);
  return { label: presence, seconds: left ?? passed, then: isAfter ? next : null };
}
