// To whom a call is handed on: agents with their status, queues, or a number; found by typing, chosen with the arrows.
import { byId, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";
import { cleanNumber, looksDialable } from "./numbers.js";

const RANK = { available: 0, "wrap-up": 1, busy: 2, away: 3, offline: 4 };

export class TransferDialog {
  #messages;
  #http;
  #send;
  #explain;
  #dialog = byId("transfer-dialog");
  #search = byId("transfer-search");
  #list = byId("transfer-list");
  #error = byId("transfer-error");
  #directory = null;
  #people = {};
  #me = null;
  #targets = [];
  #at = 0;
  #sending = false;

  /** `send({kind, agent|queue|number})` returns a promise; `explain(error)` is its refusal in words. */
  constructor({ messages, http, send, explain }) {
    this.#messages = messages.transfer;
    this.#http = http;
    this.#send = send;
    this.#explain = explain;
    this.#search.addEventListener("input", () => this.#draw({ from: 0 }));
    this.#search.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", ({ target }) => this.#pick(target.closest("[role=option]")));
    byId("transfer-warm").addEventListener("click", () => this.#go("warm"));
    byId("transfer-cold").addEventListener("click", () => this.#go("cold"));
  }

  open() {
    this.#search.value = "";
    this.#directory = null;
    setText(this.#error, "");
    this.#dialog.showModal();
    this.#draw({ from: 0 });
    this.#load();
  }

  close() {
    if (this.#dialog.open) {
      this.#dialog.close();
    }
  }

  /** Statuses change while the list is open; `people` by id is newer than the directory. */
  render(state) {
    this.#me = state.me?.id ?? null;
    if (this.#dialog.open && this.#people !== state.people) {
      this.#people = state.people;
      this.#draw();
    }
    this.#people = state.people;
  }

  async #load() {
    try {
      this.#directory = await this.#http.get("/desk/directory");
    } catch (error) {
      this.#directory = { agents: [], queues: [] };
      setText(this.#error, this.#explain(error));
    }
    this.#draw();
  }

  #draw({ from } = {}) {
    const before = this.#targets[this.#at]?.key;
    this.#targets = found(this.#all(), this.#search.value);
    const same = this.#targets.findIndex(({ key }) => key === before);
    this.#at = from ?? Math.max(0, same);
    this.#list.replaceChildren(...this.#targets.map((target, index) => this.#option(target, index)));
    setHidden(byId("transfer-empty"), this.#targets.length > 0);
    setText(byId("transfer-empty"), this.#messages[this.#directory === null ? "loading" : "nobody"]);
    this.#mark();
  }

  #all() {
    const { agents = [], queues = [] } = this.#directory ?? {};
    const typed = this.#search.value;
    const people = agents
      .filter(({ id }) => id !== this.#me)
      .map(({ id, name, presence }) => this.#agent(id, name, this.#people[id]?.presence ?? presence))
      .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name));
    const places = queues.map(({ id, name, waiting, available }) => ({
      key: `queue${id}`,
      kind: "queue",
      to: { queue: id },
      name,
      about: fill(this.#messages.queue, { waiting, available }),
      presence: available > 0 ? "available" : "away",
    }));
    const number = cleanNumber(typed);
    const dialled = { key: "number", kind: "number", to: { number }, name: readable(number), about: this.#messages.number };
    return [...people, ...places, ...(looksDialable(typed) ? [dialled] : [])];
  }

  #agent(id, name, presence) {
    return {
      key: `agent${id}`,
      kind: "agent",
      to: { agent: id },
      name,
      presence,
      rank: RANK[presence] ?? RANK.offline,
      about: this.#messages.presence[presence] ?? presence,
    };
  }

  #option(target, index) {
    const element = stamp("transfer-template");
    element.id = `transfer-${index}`;
    element.dataset.index = index;
    setAttribute(element, "data-kind", target.kind);
    setAttribute(element, "data-presence", target.presence ?? null);
    setText(part(element, "name"), target.name);
    setText(part(element, "about"), target.about);
    return element;
  }

  #mark() {
    for (const [index, element] of [...this.#list.children].entries()) {
      setAttribute(element, "aria-selected", String(index === this.#at));
    }
    const current = this.#list.children[this.#at];
    current?.scrollIntoView({ block: "nearest" });
    setAttribute(this.#search, "aria-activedescendant", current?.id ?? null);
    for (const id of ["transfer-warm", "transfer-cold"]) {
      byId(id).disabled = !current || this.#sending;
    }
  }

  #pick(element) {
    if (element) {
      this.#at = Number(element.dataset.index);
      setText(this.#error, "");
      this.#mark();
      this.#search.focus();
    }
  }

  #key(event) {
    const last = this.#targets.length - 1;
    const to = { ArrowDown: Math.min(last, this.#at + 1), ArrowUp: Math.max(0, this.#at - 1) }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#at = to;
      setText(this.#error, "");
      this.#mark();
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.#go(event.shiftKey ? "cold" : "warm");
    }
  }

  async #go(kind) {
    const target = this.#targets[this.#at];
    if (!target || this.#sending) {
      return;
    }
    this.#work(kind);
    try {
      await this.#send({ kind, ...target.to });
      this.#dialog.close();
    } catch (error) {
      setText(this.#error, this.#explain(error));
    }
    this.#work(null);
  }

  #work(kind) {
    this.#sending = kind !== null;
    setText(this.#error, "");
    for (const each of ["warm", "cold"]) {
      byId(`transfer-${each}`).classList.toggle("is-pending", each === kind);
    }
    this.#mark();
  }
}

/** Those in whose name every typed word begins a word. */
export function found(targets, typed) {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return targets.filter(
    ({ kind, name }) => kind === "number" || words.every((word) => ` ${plain(name)}`.includes(` ${word}`)),
  );
}

/** Without accents and capitals. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
