// What the desk knows: a snapshot, then numbered events. Pure functions; no page, no socket, no clock.

export const STEPS = ["fetch", "transcribe", "measure", "judge"];

// A call that somebody else has is silent here except for these.
const HEARD_OF_OTHERS = new Set(["call.accepted", "call.ended", "call.released"]);
const OVER = new Set(["completed", "busy", "failed", "no-answer", "canceled"]);

export function initial() {
  return { ready: false, me: null, people: {}, calls: {}, notices: [], noticed: 0 };
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
    case "beacon":
      return { state, sync: behind(state, message.calls) };
    case "presence":
      return plain(present(state, message));
    default:
      return plain(state);
  }
}

/** The live call that is mine, if there is one. */
export function myCall(state) {
  return shown(state).find((call) => isMine(state, call) && !call.ended) ?? null;
}

/** Calls that ring on this desk, the longest waiting first. */
export function ringing(state) {
  return shown(state).filter(
    (call) => call.ringing && !call.ended && !call.declined_by.includes(state.me.id),
  );
}

/** Calls that ring, but that I declined. */
export function declined(state) {
  return shown(state).filter(
    (call) => call.ringing && !call.ended && call.declined_by.includes(state.me.id),
  );
}

/** Live calls of others, which a supervisor may watch. */
export function others(state) {
  return shown(state).filter((call) => call.agent && !isMine(state, call) && !call.ended);
}

/** My calls that ended while this page was open, the latest first. */
export function finished(state) {
  return shown(state)
    .filter((call) => call.ended && isMine(state, call))
    .sort((a, b) => b.ended_at - a.ended_at);
}

export function isMine(state, call) {
  return call.agent?.id === state.me?.id;
}

export function isSupervisor(state) {
  return Boolean(state.me?.supervisor);
}

/** The lines of a transcript in the order of the call's clock: words, and marks where words may be missing or a hold was. */
export function timeline(call) {
  return [...call.utterances, ...call.marks].sort(
    (a, b) => a.start - b.start || String(a.key).localeCompare(String(b.key)),
  );
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

function plain(state) {
  return { state, sync: [] };
}

function shown(state) {
  if (!state.me) {
    return [];
  }
  return Object.values(state.calls)
    .filter((call) => isOpenTo(state, call.agent?.id ?? null))
    .sort((a, b) => a.created_at - b.created_at);
}

function isOpenTo(state, agent) {
  return agent === null || agent === state.me?.id || isSupervisor(state);
}

// Snapshot

function begin(state, { me, calls }) {
  const fresh = {};
  for (const call of calls) {
    fresh[call.sid] = resume(call, state.calls[call.sid]);
  }
  // What ended here stays readable until the page goes.
  for (const call of Object.values(state.calls)) {
    if (call.ended && !fresh[call.sid]) {
      fresh[call.sid] = call;
    }
  }
  return { ...state, ready: true, me, calls: fresh };
}

function resume(call, known) {
  if (known && known.number > call.number) {
    return known; // events overtook this snapshot
  }
  return {
    ...blank(call.sid),
    ...call,
    ended: OVER.has(call.status),
    utterances: call.utterances.map(keyed),
    marks: known?.marks ?? openMarks(call),
    partials: {},
    steps: known?.steps ?? {},
  };
}

function openMarks(call) {
  const marks = [];
  if (call.on_hold && call.hold_since !== null) {
    marks.push(mark("hold", onClock(call, call.hold_since)));
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
    agent: null,
    ringing: false,
    declined_by: [],
    created_at: 0,
    answered_at: null,
    accepted_at: null,
    ended_at: null,
    on_hold: false,
    hold_since: null,
    agent_connected: false,
    utterances: [],
    suggestions: [],
    trouble: {},
    marks: [],
    partials: {},
    steps: {},
    ended: false,
  };
}

// Events

function onEvent(state, event) {
  const known = state.calls[event.sid];
  if (!isOpenTo(state, event.agent_id ?? null) && HEARD_OF_OTHERS.has(event.name)) {
    return plain(known ? overheard(state, known, event) : state);
  }
  const call = known ?? blank(event.sid);
  if (event.number <= call.number) {
    return plain(state);
  }
  if (event.number > call.number + 1) {
    return { state, sync: [{ sid: event.sid, after: call.number }] };
  }
  return plain(put(state, told({ ...call, number: event.number }, event)));
}

/** A call that rang here and went to somebody else. */
function overheard(state, call, event) {
  if (event.name === "call.ended") {
    return drop(state, call.sid);
  }
  if (event.name !== "call.accepted" || event.number <= call.number) {
    return state;
  }
  const agent = event.data.agent;
  const taken = put(state, {
    ...call,
    number: event.number,
    agent,
    ringing: false,
    accepted_at: event.data.at,
  });
  const rangHere = call.ringing && !call.declined_by.includes(state.me?.id);
  return rangHere ? notice(taken, { kind: "taken", sid: call.sid, name: agent.name }) : taken;
}

const TELL = {
  "call.created": (call, { data, at }) => ({ ...call, ...data, created_at: at }),
  "call.status": (call, { data }) => ({ ...call, status: data.status }),
  "call.offered": (call, { at }) => ({
    ...call,
    ringing: true,
    answered_at: call.answered_at ?? at,
  }),
  "call.answered": (call, { data }) => ({ ...call, answered_at: data.answered_at }),
  "call.declined": (call, { data }) => ({
    ...call,
    declined_by: [...call.declined_by.filter((id) => id !== data.by), data.by],
  }),
  "call.accepted": (call, { data }) => ({
    ...call,
    agent: data.agent,
    accepted_at: data.at,
    ringing: false,
  }),
  "call.released": (call) => ({
    ...call,
    agent: null,
    accepted_at: null,
    agent_connected: false,
    ringing: true,
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
  "utterance.added": (call, { data }) => addWords(call, data),
  "suggestion.started": (call, { data }) =>
    suggest(call, data.id, { text: "", state: "writing", after: data.after }),
  "suggestion.offered": (call, { data }) =>
    suggest(call, data.id, { text: data.text, state: "offered", after: data.after }),
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
    ended: true,
    ended_at: at,
    ringing: false,
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
function told(call, event) {
  return TELL[event.name]?.(call, event) ?? call;
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

function mark(kind, start) {
  return { kind, start, end: null, key: `${kind}${start.toFixed(3)}` };
}

function closed(marks, kind, end) {
  return marks.map((one) => (one.kind === kind && one.end === null ? { ...one, end } : one));
}

function onClock(call, at) {
  return Math.max(0, at - (call.answered_at ?? call.created_at ?? at));
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

function present(state, { id, name, presence }) {
  const people = { ...state.people, [id]: { id, name, presence } };
  const me = state.me?.id === id ? { ...state.me, presence } : state.me;
  return { ...state, people, me };
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
