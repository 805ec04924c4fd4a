// What came in while nobody was there: messages, callbacks, voicemails, missed calls; each with the one thing to do about it.
import { asClock, now } from "./clock.js";
import { byId, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";

const POLL_MS = 30_000;
// Several events come together, and the server writes a moment after it has told.
const SETTLE_MS = 600;
const TELLING = new Set(["call.ended", "call.created", "voicemail.left", "callback.requested"]);
const GROUPS = ["threads", "callbacks", "voicemails", "missed"];

export class Inbox {
  #words;
  #http;
  #customers;
  #desk;
  #box = byId("inbox-box");
  #lists = byId("inbox-lists");
  #content = null;
  #failed = false;
  #timer = null;
  #minute = null;
  #drawn = null;
  #going = new Set();

  constructor({ messages, http, customers, desk }) {
    this.#words = messages.inbox;
    this.#http = http;
    this.#customers = customers;
    this.#desk = desk;
    byId("inbox-again").addEventListener("click", () => this.#load());
    byId("inbox-toggle").addEventListener("click", ({ currentTarget }) => {
      setAttribute(currentTarget, "aria-expanded", String(currentTarget.getAttribute("aria-expanded") !== "true"));
    });
    setInterval(() => this.#load(), POLL_MS);
    this.#load();
  }

  receive({ type, name }) {
    if (type === "thread" || type === "snapshot" || TELLING.has(name)) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#load(), SETTLE_MS);
    }
  }

  render() {
    setAttribute(this.#box, "data-state", this.#stateName());
    const minute = Math.floor(now() / 60);
    const content = this.#content && shownOf(this.#content, this.#customers);
    const key = JSON.stringify([content, minute, [...this.#going]]);
    if (content && key !== this.#drawn) {
      this.#drawn = key;
      this.#draw(content);
    }
  }

  #stateName() {
    if (this.#content === null) {
      return this.#failed ? "failed" : "loading";
    }
    return countOf(shownOf(this.#content, this.#customers)) ? "full" : "clear";
  }

  async #load() {
    try {
      const content = await this.#http.get("/desk/inbox");
      this.#content = content;
      this.#customers.count(content.threads);
      this.#failed = false;
      this.#going.clear();
    } catch {
      this.#failed = true; // what was there stays; the next round asks again
    }
    this.#desk.changed();
  }

  #draw(content) {
    const count = countOf(content);
    setText(byId("inbox-count"), count ? String(count) : "");
    for (const name of GROUPS) {
      const group = this.#lists.querySelector(`[data-group="${name}"]`);
      const items = content[name].filter((item) => !this.#going.has(keyOf(name, item)));
      setHidden(group, items.length === 0);
      setText(part(group, "count"), items.length > 1 ? String(items.length) : "");
      this.#list(part(group, "list"), name, items);
    }
  }

  #list(root, name, items) {
    const known = new Map([...root.children].map((element) => [element.dataset.row, element]));
    items.forEach((item, index) => {
      const key = keyOf(name, item);
      const element = known.get(key) ?? this.#make(key, name);
      known.delete(key);
      if (root.children[index] !== element) {
        root.insertBefore(element, root.children[index] ?? null);
      }
      element.item = item;
      this.#fill(element, name, item);
    });
    for (const gone of known.values()) {
      gone.remove();
    }
  }

  #make(key, name) {
    const element = stamp("inbox-template");
    element.dataset.row = key;
    const acts = {
      who: () => this.#open(element.item, name === "threads" ? "thread" : "customer"),
      write: () => this.#open(element.item, "thread"),
      call: () => this.#desk.call({ to: element.item.number, callback: name === "callbacks" ? element.item.id : null }),
      done: () => this.#done(name, element),
    };
    for (const [act, doIt] of Object.entries(acts)) {
      part(element, act).addEventListener("click", doIt);
    }
    setHidden(part(element, "call"), name !== "missed" && name !== "callbacks");
    setHidden(part(element, "listen"), name !== "voicemails");
    setHidden(part(element, "write"), name !== "threads");
    setHidden(part(element, "done"), name !== "voicemails" && name !== "callbacks");
    return element;
  }

  #fill(element, name, item) {
    const who = nameOf(item) || (/\d/.test(item.number) ? readable(item.number) : this.#words.number_withheld);
    setText(part(element, "who"), who);
    setText(part(element, "when"), ago(now() - item.at, this.#words));
    setAttribute(part(element, "when"), "datetime", new Date(item.at * 1000).toISOString());
    setText(part(element, "about"), this.#about(name, item));
    setAttribute(part(element, "who"), "aria-label", fill(this.#words.about_them, { name: who }));
    setAttribute(part(element, "who"), "aria-disabled", customerOf(item) === null ? "true" : null);
    setAttribute(part(element, "call"), "aria-label", fill(this.#words.call_them, { name: who }));
    setAttribute(part(element, "write"), "aria-label", fill(this.#words.write_to, { name: who }));
    setAttribute(part(element, "done"), "aria-label", fill(this.#words.done_with, { name: who }));
    setAttribute(part(element, "listen"), "aria-label", fill(this.#words.listen_to, { name: who }));
    if (name === "voicemails") {
      setAttribute(part(element, "listen"), "href", `/calls/${encodeURIComponent(item.sid)}/`);
    }
  }

  #about(name, item) {
    if (name === "threads") {
      return `${item.unread === 1 ? this.#words.unread_one : fill(this.#words.unread, { count: item.unread })}: ${item.last || this.#words.media}`;
    }
    if (name === "voicemails") {
      const about = fill(this.#words.voicemail, { duration: asClock(item.duration) });
      return item.transcript ? `${about}: ${item.transcript}` : about;
    }
    if (name === "callbacks" && item.queue) {
      return fill(this.#words.callback_queue, { queue: item.queue.name ?? item.queue });
    }
    return this.#words[name === "callbacks" ? "callback" : "missed"];
  }

  #open(item, tab) {
    const customer = customerOf(item);
    if (customer !== null) {
      this.#desk.openCustomer(customer, tab);
    }
  }

  /** Goes at once and comes back when the server refuses; the focus goes to the next one. */
  async #done(name, element) {
    const key = keyOf(name, element.item);
    const next = element.nextElementSibling ?? element.previousElementSibling;
    this.#going.add(key);
    this.#desk.changed();
    (next ? part(next, "done") : byId("inbox-toggle")).focus();
    try {
      await this.#http.post(`/desk/${name}/${element.item.id}/handled`);
    } catch (error) {
      this.#going.delete(key);
      this.#desk.complain(error);
    }
    this.#load();
  }
}

/** The inbox with what has been read meanwhile left out. */
export function shownOf({ threads, ...rest }, customers) {
  const unread = threads.map((one) => ({ ...one, unread: customers.unread(one.customer) }));
  return { ...rest, threads: unread.filter((one) => one.unread > 0) };
}

export function countOf(content) {
  return GROUPS.reduce((sum, name) => sum + content[name].length, 0);
}

/** "now", "3 min", "2 h", "4 d" */
export function ago(seconds, words) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) {
    return words.now;
  }
  if (minutes < 60) {
    return fill(words.minutes, { count: minutes });
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? fill(words.hours, { count: hours }) : fill(words.days, { count: Math.floor(hours / 24) });
}

function keyOf(name, item) {
  return `${name}-${item.id ?? item.sid ?? item.customer}`;
}

function customerOf({ customer }) {
  return typeof customer === "object" ? (customer?.id ?? null) : customer;
}

function nameOf({ name, customer }) {
  return name || customer?.name || "";
}
