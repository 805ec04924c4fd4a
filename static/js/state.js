// What the desk knows: a snapshot, then numbered events. Pure functions; no page, no socket, no clock.
import { closed, joined, mark, moment, onClock } from "./state/marks.js";
import { besides, heardOf, isLed, momentsOf, newsOf, SILENT, VOICE, writeLine } from "./state/voice.js";

export const STEPS = ["fetch", "transcribe", "measure", "redact", "judge", "follow_up"];

// A call that somebody else has is silent here except for these.
const HEARD_OF_OTHERS = new Set([
  "call.accepted",
  "call.ended",
  "call.mode",
  "call.released",
  "offer.ended",
  "transfer.completed",
  "transfer.ended",
]);
// What is told again, after a reload or a lost line, is no news when it is this old.
const NEWS_SECONDS = 30;
const OVER = new Set(["completed", "busy", "failed", "no-answer", "canceled"]);

export function initial() {
  return {
    ready: false,
    me: null,
    people: {},
    calls: {},
    missed: null, // {sid}: it rang here in vain, and I was set to away
    unnamed: [], // live calls that the last beacon did not name
    notices: [],
    noticed: 0,
  };
}

/**
 * The state after one message of the server, and the calls to ask for: {state, sync: [{sid, after}]}.
 * An event with an old number changes nothing; one that skips a number is asked for instead of applied.
 */
export function reduce(state, message) {
  switch (message.type) {
    case "snapshot":
      return plain(begin(state, message));
    case "event":
      return onEvent(state, message);
    case "partial":
      return plain(change(state, message.sid, (call) => hear(call, message)));
    case "suggestion_partial":
      return plain(
        change(state, message.sid, (call) => write(call, message)),
      );
    case "line_partial":
      return plain(change(state, message.sid, (call) => writeLine(call, message)));
    case "beacon":
      return { state: forgotten(state, message), sync: behind(state, message.calls) };
    case "presence":
      return plain(present(state, message));
    case "customer":
    case "thread":
      return plain(named(state, message));
    default:
      return plain(state);
  }
}

/**
 * The live call that I am on, as its agent or as a guest. An earlier one of mine that is told again, from its beginning,
 * seems to be live for a moment: the newest counts.
 */
export function myCall(state) {
  return shown(state).findLast((call) => roleIn(state, call) !== null && !call.ended) ?? null;
}

/** The live call that my telephone belongs to: mine, and no AI voice speaks on it. */
export function talking(state) {
  const call = myCall(state);
  return call !== null && !isLed(call) ? call : null;
}

/** "agent": the call is mine; "guest": I was asked to join it and did; null: neither. */
export function roleIn(state, call) {
  if (!state.me) {
    return null;
  }
  if (call.agent?.id === state.me.id) {
    return "agent";
  }
  return call.transfer?.agent?.id === state.me.id && call.offer === null ? "guest" : null;
}

/** Calls and invitations that ring at this desk, the first one first. */
export function ringing(state) {
  return shown(state)
    .filter((call) => isOffered(state, call))
    .sort((a, b) => a.offer.until - b.offer.until);
}

/** Callers who wait and do not ring here, the longest waiting first. */
export function waiting(state) {
  return shown(state)
    .filter((call) => isWaiting(call) && !isOffered(state, call))
    .sort((a, b) => a.waiting_since - b.waiting_since);
}

/** Live calls that an AI voice leads and nobody has: everybody may read along and take over, the longest first. */
export function withAssistant(state) {
  return shown(state).filter((call) => isLed(call) && call.agent === null && !isOffered(state, call));
}

/** A call that I may read along, by its sid, or null. */
export function openCall(state, sid) {
  return shown(state).find((call) => call.sid === sid) ?? null;
}

/** Whether I may take this call from the AI voice, and decide about its lines. */
export function maySteer(state, call) {
  const role = roleIn(state, call);
  return isLed(call) && role !== "guest" && (role === "agent" || call.agent === null || isSupervisor(state));
}

/** Live calls of others, which a supervisor may watch. */
export function others(state) {
  return shown(state).filter(
    (call) => call.agent && roleIn(state, call) === null && !isOffered(state, call) && !call.ended,
  );
}

/** Calls that I was on while this page was open, the latest first. */
export function finished(state) {
  return Object.values(state.calls)
    .filter((call) => call.left_at !== null)
    .sort((a, b) => b.left_at - a.left_at);
}

export function isSupervisor(state) {
  return Boolean(state.me?.supervisor);
}

function isOffered(state, call) {
  return call.offer !== null && call.offered_to.includes(state.me.id) && !call.ended;
}

function isWaiting(call) {
  return call.agent === null && call.waiting_since !== null && !call.ended;
}

/** The lines of a transcript in the order of the call's clock: words, marks where words may be missing or a hold was, tools. */
export function timeline(call) {
  return [...call.utterances, ...call.marks, ...besides(call)].sort(
    (a, b) => a.start - b.start || String(a.key).localeCompare(String(b.key)),
  );
}

/** Words for the silence while the caller waits for an answer to their last words, or null: {id, text}. */
export function rescue(call) {
  const offered = call.suggestions.findLast(({ kind, state }) => kind === "holding" && state === "offered");
  const last = lastWords(call);
  const spoken = call.marks.some(({ kind, start }) => kind === "holding" && start > (last?.end ?? 0));
  return offered && last?.id === offered.after && !spoken ? offered : null;
}

/** Words that are being spoken and are not final, in the order in which they began. */
export function spoken(call) {
  return Object.values(call.partials).sort((a, b) => a.start - b.start);
}

/**
 * Who spoke last and until when (`end`, seconds on the call's clock); null before the first word.
 * While somebody speaks, `end` is null and `heard` is when the last word came in.
 */
export function lastWords(call) {
  const speaking = spoken(call).at(-1);
  if (speaking) {
    return { speaker: speaking.speaker, end: null, heard: speaking.heard };
  }
  return call.utterances.reduce(
    (last, one) => (last === null || one.end > last.end ? one : last),
    null,
  );
}

/** The newest words on a call, final or not; empty before the first. */
export function lastText(call) {
  return (spoken(call).at(-1) ?? call.utterances.at(-1))?.text ?? "";
}

function plain(state) {
  return { state, sync: [] };
}

function shown(state) {
  if (!state.me) {
    return [];
  }
  return Object.values(state.calls)
    .filter((call) => isOpenTo(state, call.agent?.id ?? null, call.also))
    .sort((a, b) => a.created_at - b.created_at);
}

function isOpenTo(state, agent, also) {
  const mine = agent === state.me?.id || also.includes(state.me?.id);
  return agent === null || mine || isSupervisor(state);
}

// Snapshot

function begin(state, { me, calls, now = 0 }) {
  const fresh = {};
  for (const call of calls) {
    fresh[call.sid] = resume(call, state.calls[call.sid]);
  }
  const next = { ...state, ready: true, me, calls: fresh, unnamed: [] };
  // What I was on stays readable until the page goes.
  for (const call of Object.values(state.calls)) {
    const was = call.left_at !== null || roleIn(state, call) !== null;
    const is = fresh[call.sid] && roleIn(next, fresh[call.sid]) !== null;
    if (was && !is) {
      fresh[call.sid] = { ...(fresh[call.sid] ?? call), left_at: call.left_at ?? now };
    } else if (is) {
      fresh[call.sid].left_at = null;
    }
  }
  return next;
}

function resume(call, known) {
  if (known && known.number > call.number) {
    return known; // events overtook this snapshot
  }
  const { moments = [], ...told } = call;
  return {
    ...blank(call.sid),
    ...told,
    ...heardOf(call),
    summoned: known?.summoned ?? null,
    ended: OVER.has(call.status),
    utterances: call.utterances.map(keyed),
    left_at: known?.left_at ?? null,
    marks: joined(known?.marks ?? openMarks(call), momentsOf(call, moments)),
    partials: {},
    steps: known?.steps ?? {},
  };
}

function openMarks(call) {
  const marks = [];
  if (call.on_hold && call.hold_since !== null) {
    marks.push(mark("hold", onClock(call, call.hold_since)));
  }
  if (call.recording_paused) {
    marks.push(mark("secure", onClock(call, call.recording_paused)));
  }
  return marks;
}

function blank(sid) {
  return {
    sid,
    number: 0,
    status: "queued",
    mode: "human",
    direction: "inbound",
    from: "",
    to: "",
    line: "",
    customer: null,
    queue: null,
    agent: null,
    also: [],
    waiting_since: null,
    reserved_for: null,
    offered_to: [],
    offer: null, // mine: {until, transfer}
    rang_here: false, // and nobody has taken, missed or declined it since
    treatment: "conference",
    transfer: null,
    left_at: null, // when my part in it was over
    created_at: 0,
    answered_at: null,
    accepted_at: null,
    ended_at: null,
    on_hold: false,
    hold_since: null,
    agent_connected: false,
    muted: false,
    recording_paused: null, // since when
    answered_by: "",
    outcome: "",
    notes: "",
    utterances: [],
    suggestions: [],
    trouble: {},
    marks: [],
    partials: {},
    steps: {},
    ended: false,
    ...SILENT,
  };
}

// Events

function onEvent(state, event) {
  const known = state.calls[event.sid];
  const also = event.also ?? [];
  if (!isOpenTo(state, event.agent_id ?? null, also) && HEARD_OF_OTHERS.has(event.name)) {
    return plain(known ? overheard(state, known, event) : state);
  }
  const call = known ?? blank(event.sid);
  if (event.number <= call.number) {
    return plain(state);
  }
  if (event.number > call.number + 1) {
    if (!known && event.over) {
      return plain(state); // what comes after the end is for whoever has the call on the desk
    }
    return { state, sync: [{ sid: event.sid, after: call.number }] };
  }
  const next = { ...told(call, event, state.me), number: event.number, also };
  return plain(noticed(state, call, parted(state, call, next, event), event));
}

/** What everybody hears of a call that somebody else has. */
function overheard(state, call, event) {
  if (event.number <= call.number) {
    return state;
  }
  const next = told(call, event, state.me);
  const met = parted(state, call, { ...next, also: event.also ?? [] }, event);
  if (event.name === "call.ended" && met.left_at === null) {
    return drop(state, call.sid);
  }
  // What lies between was not for us: the number stays, so that it is asked for if the call comes back.
  const number = event.number === call.number + 1 ? event.number : call.number;
  return noticed(state, call, { ...met, number }, event);
}

/** Keeps when my part in a call was over: it ended, or goes on without me. */
function parted(state, before, after, { at }) {
  const was = roleIn(state, before) !== null;
  const is = roleIn(state, after) !== null && !after.ended;
  if (was === is) {
    return is ? { ...after, left_at: null } : after;
  }
  return { ...after, left_at: was ? at : null };
}

/** The state with the call in it, and with what its agent should be told beside. */
function noticed(state, before, after, { name, data, at, heard = at }) {
  const next = put(state, after);
  if (heard - at > NEWS_SECONDS) {
    return next;
  }
  const me = state.me?.id;
  const { sid } = after;
  const rang = before.rang_here && state.me.presence === "available";
  if (name === "call.accepted" && rang && data.agent.id !== me) {
    return notice(next, { kind: "taken", sid, name: data.agent.name });
  }
  if (name === "call.accepted" && isLed(before) && data.agent.id !== me) {
    // Mine until now, or read along: before the desk puts it away.
    return notice(next, { kind: "taken_over", sid, name: data.agent.name, mine: before.agent?.id === me });
  }
  if (name === "call.ended" && rang) {
    return notice(next, { kind: "gone", sid });
  }
  if (name === "offer.ended" && data.agent === me && data.outcome === "missed") {
    return { ...next, missed: { sid } };
  }
  if (name === "call.offered" && data.to.some(({ id }) => id === me)) {
    return { ...next, missed: null };
  }
  if (name === "call.mode") {
    const news = newsOf(before, { data, at }, me);
    return news ? notice(next, { ...news, sid }) : next;
  }
  const tried = before.transfer?.by.id === me && data.reason !== "call_ended";
  if (name === "transfer.ended" && data.state === "failed" && tried) {
    return notice(next, { kind: "transfer_failed", sid, reason: data.reason, name: before.transfer.to.name });
  }
  return next;
}

const TELL = {
  ...VOICE,
  "call.created": (call, { data, at }) => ({ ...call, ...data, created_at: at }),
  "call.status": (call, { data }) => ({ ...call, status: data.status }),
  "call.answered_by": (call, { data }) => ({ ...call, answered_by: data.answered_by }),
  "call.queued": (call, { data, at }) => ({
    ...call,
    ...data,
    waiting_since: at,
    treatment: "conference",
  }),
  "call.offered": (call, { data: { to, until, transfer } }, me) => ({
    ...call,
    offered_to: [...new Set([...call.offered_to, ...to.map(({ id }) => id)])],
    ...(to.some(({ id }) => id === me?.id) && { offer: { until, transfer }, rang_here: true }),
  }),
  "offer.ended": (call, { data }, me) => ({
    ...call,
    offered_to: call.offered_to.filter((id) => id !== data.agent),
    ...(data.agent === me?.id && { offer: null, rang_here: data.outcome === "withdrawn" }),
  }),
  "treatment.started": (call, { data }) => ({
    ...call,
    treatment: data.treatment,
    waiting_since: null,
    offered_to: [],
    offer: null,
  }),
  "call.answered": (call, { data }) => ({ ...call, answered_at: data.answered_at }),
  "call.accepted": (call, { data }) => ({
    ...call,
    agent: data.agent,
    accepted_at: data.at,
    waiting_since: null,
    reserved_for: null,
    offered_to: [],
    offer: null,
    rang_here: false,
  }),
  "call.released": (call) => ({
    ...call,
    agent: null,
    accepted_at: null,
    agent_connected: false,
    muted: false,
    transfer: null,
  }),
  "agent.joined": (call) => ({ ...call, agent_connected: true }),
  "agent.left": (call) => ({ ...call, agent_connected: false }),
  "hold.started": (call, { at }) => ({
    ...call,
    on_hold: true,
    hold_since: at,
    marks: [...call.marks, mark("hold", onClock(call, at))],
  }),
  "hold.ended": (call, { at }) => ({
    ...call,
    on_hold: false,
    hold_since: null,
    marks: closed(call.marks, "hold", onClock(call, at)),
  }),
  "mute.started": (call) => ({ ...call, muted: true }),
  "mute.ended": (call) => ({ ...call, muted: false }),
  "recording.paused": (call, { at }) => ({
    ...call,
    recording_paused: at,
    marks: [...call.marks, mark("secure", onClock(call, at))],
  }),
  "recording.resumed": (call, { at }) => ({
    ...call,
    recording_paused: null,
    marks: closed(call.marks, "secure", onClock(call, at)),
  }),
  "transfer.started": (call, { data }) => ({
    ...call,
    transfer: { ...data, state: "ringing", agent: null },
  }),
  "transfer.accepted": (call, { data }, me) => ({
    ...call,
    offered_to: call.offered_to.filter((id) => id !== data.agent.id),
    ...(data.agent.id === me?.id && { offer: null, rang_here: false }),
    transfer: call.transfer && { ...call.transfer, agent: data.agent },
  }),
  "transfer.joined": (call, { data, at }) => ({
    ...call,
    transfer: call.transfer && { ...call.transfer, state: "consulting" },
    marks: [...call.marks, moment("joined", onClock(call, at), { name: data.name })],
  }),
  "transfer.merged": (call) => ({
    ...call,
    transfer: call.transfer && { ...call.transfer, state: "merged" },
  }),
  "transfer.completed": (call, { data, at }) => ({
    ...call,
    agent: data.agent,
    accepted_at: data.agent === null ? null : at,
    agent_connected: data.agent !== null,
    muted: false,
    transfer: null,
    marks: [...call.marks, moment("handed", onClock(call, at), { name: data.agent?.name ?? data.name })],
  }),
  "transfer.ended": (call, { data: { id } }) =>
    call.transfer === null || call.transfer.id === id ? { ...call, transfer: null } : call,
  "call.wrapped_up": (call, { data }) => ({ ...call, disposition: data.disposition }),
  "utterance.added": (call, { data }) => addWords(call, data),
  "suggestion.started": (call, { data }) =>
    suggest(call, data.id, { text: "", state: "writing", after: data.after, kind: data.kind ?? "reply" }),
  "suggestion.offered": (call, { data }) =>
    suggest(call, data.id, { text: data.text, state: "offered", after: data.after, kind: data.kind ?? "reply" }),
  "suggestion.withdrawn": (call, { data }) => suggest(call, data.id, { state: "withdrawn" }),
  "suggestion.used": (call, { data }) => suggest(call, data.id, { state: "used" }),
  "suggestion.dismissed": (call, { data }) => suggest(call, data.id, { state: "dismissed" }),
  "trouble.started": (call, { data, at }) => ({
    ...call,
    trouble: { ...call.trouble, [data.part]: data.message },
    marks:
      data.part === "transcription" && !(data.part in call.trouble)
        ? [...call.marks, mark("gap", onClock(call, at))]
        : call.marks,
  }),
  "trouble.ended": (call, { data, at }) => {
    const { [data.part]: _over, ...trouble } = call.trouble;
    const marks =
      data.part === "transcription"
        ? closed(call.marks, "gap", onClock(call, at))
        : call.marks;
    return { ...call, trouble, marks };
  },
  "call.ended": (call, { data, at }) => ({
    ...call,
    status: data.status,
    outcome: data.outcome ?? "",
    ended: true,
    ended_at: at,
    waiting_since: null,
    offered_to: [],
    offer: null,
    rang_here: false,
    transfer: null,
    muted: false,
    recording_paused: null,
    on_hold: false,
    hold_since: null,
    agent_connected: false,
    partials: {},
    trouble: {},
  }),
  "step.changed": (call, { data }) => ({
    ...call,
    steps: { ...call.steps, [data.step]: { state: data.state, reason: data.reason ?? "" } },
  }),
};

/** One event told to a call; a name from a newer server changes nothing but the number. */
function told(call, event, me) {
  return TELL[event.name]?.(call, event, me) ?? call;
}

function addWords(call, data) {
  const { [data.item]: _done, ...partials } = call.partials;
  const known = call.utterances.filter((one) => one.id !== data.id);
  const utterances = [...known, keyed(data)].sort((a, b) => a.start - b.start);
  return { ...call, partials, utterances };
}

function keyed(utterance) {
  return { ...utterance, kind: "words", key: `u${utterance.id}` };
}

function suggest(call, id, changed) {
  const known = call.suggestions.find((one) => one.id === id);
  const next = { id, text: "", state: "writing", after: null, ...known, ...changed };
  return {
    ...call,
    suggestions: [...call.suggestions.filter((one) => one.id !== id), next].sort(
      (a, b) => a.id - b.id,
    ),
  };
}

// Words that are not stored

function hear(call, { item, speaker, start, text, heard = null }) {
  if (call.ended || call.utterances.some((one) => one.item === item)) {
    return call;
  }
  const { [item]: before, ...rest } = call.partials;
  if (!text) {
    return { ...call, partials: rest };
  }
  return {
    ...call,
    partials: {
      ...rest,
      [item]: { item, speaker, start: start ?? before?.start ?? 0, text, heard },
    },
  };
}

function write(call, { id, text }) {
  const known = call.suggestions.find((one) => one.id === id);
  return known?.state === "writing" ? suggest(call, id, { text }) : call;
}

// Catching up

function behind(state, newest) {
  const sync = [];
  for (const [sid, number] of Object.entries(newest)) {
    const after = state.calls[sid]?.number ?? 0;
    if (number > after) {
      sync.push({ sid, after });
    }
  }
  for (const call of shown(state)) {
    if (!call.ended && !(call.sid in newest)) {
      sync.push({ sid: call.sid, after: call.number });
    }
  }
  return sync;
}

/**
 * A live call that two beacons in a row do not name, and about which nothing came when it was
 * asked for, goes on without this desk.
 */
function forgotten(state, { calls, now = null }) {
  const unnamed = shown(state)
    .filter((call) => !call.ended && !(call.sid in calls))
    .map((call) => call.sid);
  let next = unnamed.length || state.unnamed.length ? { ...state, unnamed } : state;
  for (const sid of unnamed.filter((one) => state.unnamed.includes(one))) {
    const call = next.calls[sid];
    const mine = roleIn(state, call) !== null;
    const away = { ...call, agent: null, offer: null, waiting_since: null, transfer: null };
    next = mine ? put(next, { ...away, left_at: now ?? call.created_at }) : drop(next, sid);
  }
  return next;
}

function present(state, { type: _type, id, heard: _heard, ...told }) {
  const people = { ...state.people, [id]: { ...state.people[id], id, ...told } };
  if (state.me?.id !== id) {
    return { ...state, people };
  }
  const missed = told.presence === "away" ? state.missed : null;
  return { ...state, people, missed, me: { ...state.me, ...told, until: told.until ?? null } };
}

/** A customer's name as it is now, in every call of theirs. */
function named(state, { customer: id, name }) {
  const old = Object.values(state.calls).filter(({ customer }) => customer?.id === id && customer.name !== name);
  return old.reduce((next, call) => put(next, { ...call, customer: { ...call.customer, name } }), state);
}

function put(state, call) {
  return { ...state, calls: { ...state.calls, [call.sid]: call } };
}

function drop(state, sid) {
  const { [sid]: _gone, ...calls } = state.calls;
  return { ...state, calls };
}

function change(state, sid, how) {
  const call = state.calls[sid];
  if (!call) {
    return state;
  }
  const changed = how(call);
  return changed === call ? state : put(state, changed);
}

function notice(state, what) {
  const noticed = state.noticed + 1;
  return {
    ...state,
    noticed,
    notices: [...state.notices.slice(-4), { ...what, id: noticed }],
  };
}
