// What the server knows of customers, fetched when somebody is shown and kept right by the socket's news; no page here.

const WINDOW_SECONDS = 24 * 3600;
// A call that has just ended is written down a moment after it was told.
const AFTERWARDS_MS = 1500;

export class Customers {
  #http;
  #onChange;
  #known = new Map();
  #unread = new Map();
  #shown = null;
  #sent = 0;

  constructor({ http, onChange }) {
    this.#http = http;
    this.#onChange = onChange;
  }

  /** {state: "loading" | "ready" | "failed", customer, timeline, window, templates}, or undefined. */
  get(id) {
    return this.#known.get(id);
  }

  unread(id) {
    return this.#unread.get(id) ?? 0;
  }

  /** The threads of the inbox say what nobody has read yet. */
  count(threads) {
    this.#unread = new Map(threads.map(({ customer, unread }) => [customer, unread]));
  }

  render({ customer }) {
    if (customer && customer !== this.#shown) {
      this.load(customer);
    }
    this.#shown = customer;
  }

  receive(message) {
    if (message.type === "thread") {
      this.#hear(message);
    } else if (message.name === "call.ended" || message.name === "call.wrapped_up") {
      setTimeout(() => this.#shown && this.load(this.#shown), AFTERWARDS_MS);
    }
  }

  /** Fetches; what is shown already stays meanwhile. */
  async load(id) {
    const known = this.#known.get(id);
    const one = known?.state === "ready" ? known : { state: "loading" };
    const heard = [];
    this.#known.set(id, { ...one, heard });
    this.#onChange();
    try {
      const answer = await this.#http.get(`/desk/customers/${id}`);
      const timeline = heard.reduce(merged, answer.timeline.map(keyed));
      const local = (this.#known.get(id).timeline ?? []).filter(isLocal);
      this.#put(id, { state: "ready", ...answer, timeline: [...local, ...timeline], heard: null });
    } catch (error) {
      this.#put(id, { state: one.state === "ready" ? "ready" : "failed", error, heard: null });
    }
  }

  /** The next page of what was earlier. */
  async earlier(id) {
    const { timeline, more } = this.#known.get(id);
    const answer = await this.#http.get(`/desk/customers/${id}?before=${encodeURIComponent(more)}`);
    const known = new Set(timeline.map(({ key }) => key));
    const older = answer.timeline.map(keyed).filter(({ key }) => !known.has(key));
    this.#put(id, { timeline: [...this.#known.get(id).timeline, ...older], more: answer.more });
  }

  /** Changes of the customer's own fields; shown at once, taken back when they are refused. */
  async change(id, changes) {
    const before = this.#known.get(id)?.customer;
    this.#put(id, { customer: { ...before, ...changes } });
    try {
      await this.#http.post(`/desk/customers/${id}`, changes);
    } catch (error) {
      const undone = Object.fromEntries(Object.keys(changes).map((name) => [name, before?.[name]]));
      this.#put(id, { customer: { ...this.#known.get(id)?.customer, ...undone } });
      throw error;
    }
  }

  saveNotes(id, notes) {
    return this.#http.post(`/desk/customers/${id}`, { notes });
  }

  /** `content` is {body} or {template, variables}; `shown` is what stands in the bubble until the answer comes. */
  async send(id, content, { shown, at }) {
    this.#sent += 1;
    const local = { id: `local-${this.#sent}`, direction: "outbound", body: shown, status: "waiting", error: "", at };
    this.#take(id, local);
    try {
      const message = await this.#http.post(`/desk/customers/${id}/messages`, content);
      this.#drop(id, local.id);
      this.#take(id, message);
    } catch (error) {
      this.#drop(id, local.id);
      throw error;
    }
  }

  /** An agent has the customer's messages before their eyes. */
  seen(id) {
    this.#unread.set(id, 0);
    this.#onChange();
    this.#http.post(`/desk/customers/${id}/read`).catch(() => undefined); // the next look says it again
  }

  #hear({ customer: id, name, message }) {
    const one = this.#known.get(id);
    if (one?.customer && name && one.customer.name !== name) {
      this.#put(id, { customer: { ...one.customer, name } }); // WhatsApp knew it
    }
    one?.heard?.push(message);
    const isNew = message.direction === "inbound" && !one?.timeline?.some(({ key }) => key === keyOf(message));
    if (isNew) {
      this.#unread.set(id, this.unread(id) + 1);
    }
    if (one?.timeline) {
      this.#take(id, message);
    }
    this.#onChange();
  }

  #take(id, message) {
    const { timeline = [], window } = this.#known.get(id) ?? {};
    this.#put(id, { timeline: merged(timeline, message), window: reopened(window, message) });
  }

  #drop(id, message) {
    const { timeline = [] } = this.#known.get(id) ?? {};
    this.#put(id, { timeline: timeline.filter((one) => one.id !== message) });
  }

  #put(id, changed) {
    this.#known.set(id, { ...this.#known.get(id), ...changed });
    this.#onChange();
  }
}

/** A message told to a timeline (newest first): by its id, so that the same news twice is one entry. */
export function merged(timeline, message) {
  const news = keyed({ kind: "message", ...message });
  const rest = timeline.filter(({ key }) => key !== news.key);
  const known = timeline.find(({ key }) => key === news.key);
  const own = known ? rest : withoutEcho(rest, news);
  return [...own, { ...known, ...news }].sort((a, b) => b.at - a.at);
}

/** The bubble that waits for its answer goes when the socket is quicker with the message itself. */
function withoutEcho(timeline, { direction, body, id }) {
  if (direction !== "outbound" || isLocal({ id })) {
    return timeline;
  }
  const echo = timeline.findLast((one) => isLocal(one) && one.body === body);
  return timeline.filter((one) => one !== echo);
}

/** The messages alone, the oldest first. */
export function conversation(timeline) {
  return timeline.filter(({ kind }) => kind === "message").sort((a, b) => a.at - b.at);
}

/** [{day, entries}] in the order given; `dayOf(at)` names the day of a moment. */
export function byDay(entries, dayOf) {
  const days = [];
  for (const entry of entries) {
    const day = dayOf(entry.at);
    if (days.at(-1)?.day !== day) {
      days.push({ day, entries: [] });
    }
    days.at(-1).entries.push(entry);
  }
  return days;
}

/** How long free text may still be sent: {hours, minutes}, or null when it may not. */
export function timeLeft(window, now) {
  if (!window?.open || window.until <= now) {
    return null;
  }
  const minutes = Math.ceil((window.until - now) / 60);
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60 };
}

/** A template's text with its variables; `blank(name)` stands for one that is empty. */
export function filledIn({ body, variables }, values, blank) {
  return body.replace(/\{\{(\d+)\}\}/g, (whole, place) => {
    const name = variables[place - 1];
    return name === undefined ? whole : values[name]?.trim() || blank(name);
  });
}

function reopened(window, { direction, at }) {
  const until = at + WINDOW_SECONDS;
  return direction === "inbound" && !(window?.until > until) ? { open: true, until } : window;
}

function keyed(entry) {
  return { ...entry, key: keyOf(entry) };
}

function keyOf({ kind = "message", id, sid, at }) {
  return `${kind}-${id ?? sid ?? at}`;
}

function isLocal({ id }) {
  return String(id).startsWith("local-");
}
