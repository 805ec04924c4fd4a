// The WhatsApp thread of the customer that is shown: bubbles, how far each got, and a composer that keeps to the 24 hours.
import { now } from "./clock.js";
import { byDay, conversation, filledIn, timeLeft } from "./customers.js";
import { byId, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";
import { toast } from "./toast.js";
import { dayName, dayOf, timeOf } from "./when.js";

const KEPT = "thread.";
const NEAR_PX = 80;
const NARROW = matchMediaOf("(max-width: 56rem), (max-height: 34rem)");
// Nothing behind a thread that fills the screen can be reached; a ring still can.
const BEHIND = ".topbar, .rail, .stage, .meter, .tabs";
// The server may have taken the message all the same.
const UNANSWERED = new Set(["offline", "timeout", "other"]);

export class Thread {
  #words;
  #days;
  #customers;
  #desk;
  #id = null;
  #me = null;
  #root = byId("thread");
  #scroll = byId("thread-scroll");
  #text = byId("write-text");
  #choice = byId("template-choice");
  #values = {};
  #error = "";
  #drawn = null;
  #templates = null;
  #fields = null;

  constructor({ messages, customers, desk }) {
    this.#words = messages.thread;
    this.#days = messages.customer.when;
    this.#customers = customers;
    this.#desk = desk;
    byId("thread-again").addEventListener("click", () => customers.load(this.#id));
    byId("thread-earlier").addEventListener("click", () => customers.earlier(this.#id).catch(desk.complain));
    byId("thread-close").addEventListener("click", () => desk.toggleThread());
    this.#root.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => sessionStorage.setItem(KEPT + this.#id, this.#text.value));
    byId("write-free").addEventListener("submit", (event) => this.#sendText(event));
    byId("write-template").addEventListener("submit", (event) => this.#sendTemplate(event));
    this.#choice.addEventListener("change", () => desk.changed());
  }

  /** Where one writes: the text, or the choice of a template. */
  focus() {
    (byId("write-free").hidden ? this.#choice : this.#text).focus();
  }

  /** News of somebody who is not before my eyes, softly. */
  receive({ type, customer, name, number, message }) {
    if (type !== "thread" || message.direction !== "inbound" || message.status !== "received") {
      return;
    }
    if (!(this.#isSeen() && customer === this.#id) && message.at > now() - 60) {
      toast(fill(this.#words.news, { name: name || readable(number) }));
    }
  }

  render({ state, customer }) {
    this.#me = state.me;
    this.#drawTab(customer);
    const full = !byId("panel-thread").hidden && NARROW.matches;
    for (const element of document.querySelectorAll(BEHIND)) {
      element.inert = full;
    }
    if (customer !== this.#id) {
      this.#begin(customer);
    }
    const known = this.#customers.get(customer);
    setAttribute(this.#root, "data-state", customer === 0 ? "unknown" : (known?.state ?? "none"));
    if (known?.state === "ready") {
      this.#drawHead(known.customer);
      this.#drawRows(known);
      this.#drawWrite(known);
    }
    if (this.#isSeen() && this.#customers.unread(customer) > 0) {
      this.#customers.seen(customer);
    }
  }

  #begin(customer) {
    this.#id = customer;
    this.#text.value = sessionStorage.getItem(KEPT + customer) ?? "";
    this.#values = {};
    this.#templates = null;
    this.#drawn = null;
    this.#complain("");
    byId("thread-rows").replaceChildren();
  }

  #isSeen() {
    return !byId("panel-thread").hidden && document.visibilityState === "visible";
  }

  #drawTab(customer) {
    const count = this.#customers.unread(customer);
    setHidden(byId("tab-thread-count"), count === 0);
    setText(byId("tab-thread-count"), count ? String(count) : "");
    setAttribute(byId("tab-thread-count"), "aria-label", count ? fill(this.#words.unread, { count }) : null);
  }

  #drawHead({ name, number }) {
    setText(byId("thread-name"), name || readable(number));
    setText(byId("thread-number"), name ? readable(number) : "");
  }

  // Bubbles

  #drawRows({ timeline, more }) {
    const shown = conversation(timeline);
    setHidden(byId("thread-none"), shown.length > 0);
    setHidden(byId("thread-earlier"), !more);
    const today = dayOf(Date.now() / 1000);
    if (this.#drawn?.timeline === timeline && this.#drawn.today === today && this.#drawn.shown === this.#isSeen()) {
      return;
    }
    const first = this.#drawn === null || !this.#drawn.shown;
    const follows = first || this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < NEAR_PX;
    this.#drawn = { timeline, today, shown: this.#isSeen() };
    const rows = byDay(shown, dayOf).flatMap(({ day, entries }) => [{ key: day, at: entries[0].at }, ...entries]);
    this.#place(rows);
    if (follows) {
      this.#scroll.scrollTop = this.#scroll.scrollHeight;
    }
  }

  #place(rows) {
    const root = byId("thread-rows");
    const known = new Map([...root.children].map((element) => [element.dataset.row, element]));
    rows.forEach((row, index) => {
      const element = known.get(row.key) ?? this.#make(row);
      known.delete(row.key);
      if (root.children[index] !== element) {
        root.insertBefore(element, root.children[index] ?? null);
      }
      if (row.direction) {
        this.#drawBubble(element, row);
      } else {
        setText(part(element, "name"), dayName(row.at, this.#days));
      }
    });
    for (const gone of known.values()) {
      gone.remove();
    }
  }

  #make({ key, direction, id, media = [] }) {
    const element = stamp(direction ? "bubble-template" : "day-template");
    element.dataset.row = key;
    (direction ? media : []).forEach((one, index) => {
      part(element, "media").append(this.#file(one, `/desk/messages/${encodeURIComponent(id)}/media/${index}`));
      setHidden(part(element, "media"), false);
    });
    return element;
  }

  /** A link to what came along; a picture is seen as soon as it is there. */
  #file(one, address) {
    const item = stamp("media-template");
    const kind = kindOf(one);
    setText(part(item, "name"), this.#words.media[kind]);
    setAttribute(part(item, "link"), "href", address);
    if (kind !== "image") {
      return item;
    }
    const picture = part(item, "picture");
    picture.addEventListener("load", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
      const follows = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      setHidden(picture, false);
      item.classList.add("is-seen");
      if (follows) {
        this.#scroll.scrollTop = this.#scroll.scrollHeight;
      }
    });
    picture.src = address;
    return item;
  }

  #drawBubble(element, message) {
    const { direction, body, status, at } = message;
    setAttribute(element, "data-direction", direction);
    setAttribute(element, "data-status", status);
    setText(part(element, "by"), whoOf(message, this.#me, this.#words.by));
    // Their side of the page says who wrote; only a screen reader is told in words.
    part(element, "by").classList.toggle("aside-text", direction === "inbound");
    setText(part(element, "text"), body);
    setHidden(part(element, "text"), body === "");
    setText(part(element, "time"), timeOf(at));
    setAttribute(part(element, "time"), "datetime", new Date(at * 1000).toISOString());
    setText(part(element, "mark"), direction === "outbound" ? (this.#words.marks[status] ?? "") : "");
    setText(part(element, "state"), stateOf(message, this.#words));
  }

  // Composer

  #drawWrite({ customer, window, templates, timeline }) {
    const left = timeLeft(window, now());
    setHidden(byId("write-free"), left === null);
    setHidden(byId("write-template"), left !== null || templates.length === 0);
    setText(byId("thread-window"), this.#windowText(left, templates, timeline));
    setAttribute(byId("thread-window"), "data-open", String(left !== null));
    const consent = { false: this.#words.no_consent, null: left === null ? this.#words.never_asked : "" }[String(customer.whatsapp_opt_in)] ?? "";
    setHidden(byId("thread-consent"), consent === "");
    setText(byId("thread-consent"), consent);
    setText(byId("write-error"), this.#error);
    if (left === null && templates.length) {
      this.#drawTemplate(templates, customer);
    }
  }

  #windowText(left, templates, timeline) {
    if (left !== null) {
      const { hours, minutes } = left;
      const unit = hours ? "hours" : "minutes";
      return fill(this.#words.window[minutes ? unit : "day"], left);
    }
    if (templates.length === 0) {
      return this.#words.no_templates;
    }
    return timeline.some(({ kind, direction }) => kind === "message" && direction === "inbound") ? this.#words.closed : this.#words.closed_new;
  }

  #drawTemplate(templates, customer) {
    if (this.#templates !== templates) {
      this.#templates = templates;
      const chosen = this.#choice.value;
      this.#choice.replaceChildren(...templates.map(({ id, name }) => new Option(name, id)));
      this.#choice.value = templates.some(({ id }) => String(id) === chosen) ? chosen : String(templates[0].id);
      this.#fields = null;
    }
    const template = this.#template();
    if (this.#fields !== template) {
      this.#fields = template;
      byId("template-fields").replaceChildren(...template.variables.map((name) => this.#field(template, name, customer)));
    }
    setText(byId("template-preview"), this.#filled(template));
  }

  #field({ id }, name, customer) {
    const element = stamp("variable-template");
    const input = element.querySelector("input");
    input.id = `variable-${id}-${name}`;
    part(element, "label").htmlFor = input.id;
    setText(part(element, "label"), name.replaceAll("_", " "));
    this.#values[name] ??= name === "name" ? customer.name : "";
    input.value = this.#values[name];
    input.required = true;
    input.addEventListener("input", () => {
      this.#values[name] = input.value;
      this.#desk.changed();
    });
    return element;
  }

  #template() {
    return this.#templates.find(({ id }) => String(id) === this.#choice.value);
  }

  #filled(template) {
    return filledIn(template, this.#values, (name) => fill(this.#words.blank, { name: name.replaceAll("_", " ") }));
  }

  // Sending

  #key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.#desk.toggleThread();
    } else if (event.key === "Enter" && event.target === this.#text && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId("write-free").requestSubmit();
    }
  }

  async #sendText(event) {
    event.preventDefault();
    const body = this.#text.value.trim();
    if (!body) {
      return;
    }
    const id = this.#id;
    this.#text.value = "";
    await this.#send(id, { body }, body, () => {
      const unsent = [body, sessionStorage.getItem(KEPT + id)].filter(Boolean).join("\n");
      sessionStorage.setItem(KEPT + id, unsent);
      if (this.#id === id) {
        this.#text.value = unsent;
      }
    });
  }

  async #sendTemplate(event) {
    event.preventDefault();
    const template = this.#template();
    const given = template.variables.map((name) => [name, this.#values[name]?.trim() ?? ""]);
    const variables = Object.fromEntries(given.filter(([, value]) => value !== ""));
    await this.#send(this.#id, { template: template.id, variables }, this.#filled(template), () => undefined);
  }

  async #send(id, content, shown, giveBack) {
    this.#complain("");
    sessionStorage.removeItem(KEPT + id);
    try {
      this.#scroll.scrollTop = this.#scroll.scrollHeight;
      await this.#customers.send(id, content, { shown, at: now() });
    } catch (error) {
      giveBack();
      if (UNANSWERED.has(error.code)) {
        this.#complain(this.#words.unanswered);
      } else {
        this.#complain(error.message === error.code ? this.#words.refused : error.message);
      }
      this.#customers.load(id); // what is true now: the window, or a message that went out all the same
    }
  }

  #complain(text) {
    this.#error = text;
    setText(byId("write-error"), text);
  }
}

/** How far a message got, in words; a failure with its reason. */
export function stateOf({ direction, status, error }, words) {
  if (direction === "inbound") {
    return "";
  }
  const state = words.states[status] ?? status;
  if (status !== "failed" && status !== "undelivered") {
    return state;
  }
  return fill(words.failed_because, { state, reason: error || words.no_reason });
}

/** image, audio, video, application or other, from a content type. */
export function kindOf({ content_type: type = "" }) {
  const kind = type.split("/")[0];
  return ["image", "audio", "video", "application"].includes(kind) ? kind : "other";
}

function whoOf({ direction, by, id }, me, words) {
  if (direction === "inbound") {
    return words.them;
  }
  if (String(id).startsWith("local-") || by?.id === me?.id) {
    return words.you;
  }
  return by?.name ?? words.itself;
}

function matchMediaOf(query) {
  return globalThis.matchMedia?.(query) ?? { matches: false };
}
