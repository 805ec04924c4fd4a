// The AI voice in the state of a call: who leads, its lines, its tools, what was whispered to it. Pure functions on one call.
import { joined, moment, onClock } from "./marks.js";

const MOST_LINES = 40;
const OPEN = new Set(["writing", "waiting", "speaking"]);
// Whoever is let go hears why in the next event.
const JUST_NOW = 2;
// What became of a line stays in view for so long, unless the next one begins.
const SHOWN_SECONDS = { said: 3, cut: 12, dropped: 8, failed: 20 };
// Whoever takes over wants to know what the caller has not heard of what was about to be said.
const SHOWN_AFTER_TAKEOVER = 30;
const JUST_BEFORE = 1;
const MOST_SHOWN = 2;
// In the order in which they happen; seconds after the caller's last word.
const STAMPS = ["heard", "first_word", "first_sound", "first_mark"];
// Why the AI has the call, or has it no longer, as far as the transcript tells it.
const MOMENTS = {
  taken_over: ({ agent }) => agent?.name,
  handed_back: ({ assistant }) => assistant?.name,
  agent_lost: ({ assistant }) => assistant?.name,
  fallback: ({ assistant }) => assistant?.name,
  transferred: ({ assistant }) => assistant?.name,
  failed: ({ assistant }) => assistant?.name,
};

/** What a call knows of an AI voice before it has one. */
export const SILENT = {
  assistant: null, // who leads, or led last: {id, name, version}
  summoned: null, // made mine by "others", or by "me" at whatever place: my telephone is to join
  lines: [],
  tools: [],
  guidance: [],
};

/** The AI speaks to the caller, by itself or what is released. */
export function isLed(call) {
  return (call.mode === "auto" || call.mode === "approve") && !call.ended;
}

// Events

export const VOICE = {
  "call.mode": (call, event, me) => ({
    ...led(call, event.data, me),
    marks: joined(call.marks, momentsOf(call, [event])),
  }),
  "line.changed": (call, { data, at }) => putLine(call, data, at),
  "line.released": (call, { data }) => decide(call, data, "released"),
  "line.dropped": (call, { data }) => decide(call, data, "dropped"),
  "tool.changed": (call, { data, at }) => ({
    ...call,
    tools: put(call.tools, { at: call.tools.find(({ id }) => id === data.id)?.at ?? at, ...data }),
  }),
  "guidance.given": (call, { data, at }) => ({ ...call, guidance: put(call.guidance, { at, ...data }) }),
  "holding.spoken": addMoment,
  "holding.failed": (call, { data }) => ({
    ...call,
    marks: call.marks.filter(({ kind, number }) => kind !== "holding" || number !== data.number),
  }),
  "keys.pressed": addMoment,
  "keys.covered": (call, { data }) => ({
    ...call,
    marks: call.marks.map((mark) =>
      mark.kind === "keys" && data.numbers.includes(mark.number) ? { ...mark, text: data.digits } : mark,
    ),
  }),
};

function addMoment(call, event) {
  return { ...call, marks: joined(call.marks, momentsOf(call, [event])) };
}

/** Events as marks of the transcript; those that it does not tell are left out, and what was not spoken after all. */
export function momentsOf(call, events) {
  const failed = new Set(events.filter(({ name }) => name === "holding.failed").map(({ data }) => data.number));
  return events.flatMap((event) => {
    const told = failed.has(event.number) ? null : momentOf(event);
    // By its number: the clock may begin after the event.
    return told === null ? [] : [moment(told.kind, onClock(call, event.at), { ...told, number: event.number, key: `m${event.number}` })];
  });
}

function momentOf({ name, data }) {
  switch (name) {
    case "holding.spoken":
      return { kind: "holding", text: data.text };
    case "keys.pressed":
      return { kind: "keys", text: data.digits };
    case "call.mode":
      if (data.reason === "switched") {
        return { kind: data.mode, name: data.by?.name ?? "" };
      }
      return data.reason in MOMENTS ? { kind: data.reason, name: MOMENTS[data.reason](data) ?? "" } : null;
    default:
      return null;
  }
}

/** Nobody has the call, because the AI gave it away. */
export function asksForHuman(call) {
  const last = call.marks.findLast(({ kind }) => kind in MOMENTS);
  return call.agent === null && !isLed(call) && (last?.kind === "transferred" || last?.kind === "failed");
}

function led(call, { mode, by, agent, assistant }, me) {
  const passes = isLed({ mode }) !== isLed(call);
  const mine = mode === "human" && me && agent?.id === me.id;
  return {
    ...call,
    mode,
    agent,
    assistant: assistant ?? call.assistant,
    summoned: mine ? (by?.id === me.id ? "me" : "others") : null,
    ...(passes && { agent_connected: false, muted: false, on_hold: false, hold_since: null }),
    ...(isLed({ mode }) && { waiting_since: null, offered_to: [], offer: null, rang_here: false }),
  };
}

/** What is told of a call that changes hands, or null; `mine: false`: only to those who read along. */
export function newsOf(before, { data: { reason, by, agent, assistant }, at }, me) {
  const mine = before.agent?.id === me || (before.left_at !== null && at - before.left_at < JUST_NOW);
  const name = assistant?.name ?? before.assistant?.name ?? "";
  switch (reason) {
    case "taken_over":
      if (agent?.id !== me || by?.id === me) {
        return null;
      }
      return by ? { kind: "given", name: by.name } : { kind: "put_through" };
    case "transferred":
    case "failed":
    case "agent_lost":
      return { kind: reason, name, mine };
    default:
      return null;
  }
}

function putLine(call, row, at) {
  const known = call.lines.find(({ id }) => id === row.id);
  const moved = known?.state !== row.state;
  const line = {
    ...row,
    at: known?.at ?? at,
    changed_at: moved ? at : known.changed_at,
    decided: moved ? null : known.decided,
  };
  return { ...call, lines: put(call.lines, line).slice(-MOST_LINES) };
}

/** A human has decided, and the voice is about to follow. */
function decide(call, { id, text, by }, decided) {
  const known = call.lines.find((one) => one.id === id);
  if (!known || !(decided === "dropped" ? mayDrop(known) : isUndecided(known))) {
    return call;
  }
  return { ...call, lines: put(call.lines, { ...known, decided, by, text: text ?? known.text }) };
}

function put(rows, row) {
  return [...rows.filter(({ id }) => id !== row.id), row].sort((a, b) => a.id - b.id);
}

// Snapshot and whispers

/** The voice's part of a call as a snapshot tells it. */
export function heardOf({ lines = [], tools = [], guidance = [], assistant = null }) {
  return {
    assistant,
    tools,
    guidance,
    lines: lines.map((row) => ({ ...row, changed_at: row.at, decided: row.decided ?? null })),
  };
}

/** More words of a line that is being written. */
export function writeLine(call, { id, text }) {
  const known = call.lines.find((one) => one.id === id);
  return known?.state === "writing" ? { ...call, lines: put(call.lines, { ...known, text }) } : call;
}

// What is shown of it

/** Rows beside the words of the transcript: tools, and what was whispered. */
export function besides(call) {
  return [
    ...call.tools.map((one) => ({ ...one, kind: "tool", key: `t${one.id}`, start: onClock(call, one.at) })),
    ...call.guidance.map((one) => ({ ...one, kind: "guidance", key: `g${one.id}`, start: onClock(call, one.at) })),
  ];
}

/** Words being spoken stand with their line, where it is in view. */
export function isCued(call, { item }) {
  return call.lines.some(({ key, state }) => key === item && state === "speaking");
}

/** It is written, or being written, and nobody has decided about it. */
export function isUndecided(line) {
  return (line.state === "waiting" || line.state === "writing") && line.decided === null;
}

/** It can still be kept from being heard, or from being heard to its end. */
export function mayDrop(line) {
  return OPEN.has(line.state) && line.decided !== "dropped";
}

/** The lines in view at a moment: what is spoken and comes next, else what has just become of the last ones. */
export function linesNow(call, at) {
  const open = call.lines.filter(({ state }) => OPEN.has(state));
  if (open.length && isLed(call)) {
    const order = (line) => (line.state === "speaking" ? 0 : 1);
    return open.sort((a, b) => order(a) - order(b) || a.id - b.id).slice(0, MOST_SHOWN);
  }
  const over = isLed(call) ? call.lines.slice(-1) : call.lines.filter((line) => isOfTakeover(call, line));
  const seconds = (line) => (isLed(call) ? SHOWN_SECONDS[line.state] : SHOWN_AFTER_TAKEOVER);
  return over.filter((line) => isOver(line) && at - line.changed_at < seconds(line)).slice(-MOST_SHOWN);
}

/** It was stopped by whoever took over. */
function isOfTakeover(call, line) {
  const taken = call.marks.findLast(({ kind }) => kind === "taken_over");
  return line.state !== "said" && taken !== undefined && onClock(call, line.changed_at) > taken.start - JUST_BEFORE;
}

function isOver({ state }) {
  return state in SHOWN_SECONDS;
}

/** A line's text in two: what the caller has heard of it, and the rest. */
export function heardPart(call, line) {
  if (line.state === "said") {
    return [line.text, ""];
  }
  const spoken = call.partials[line.key]?.text ?? "";
  return split(line.text, spoken.length > line.heard.length ? spoken : line.heard);
}

/** What the caller did not hear of an utterance of the AI's that was cut; null for one that was not. */
export function cutFrom(call, { speaker, item }) {
  const line = speaker === "assistant" ? call.lines.find(({ key }) => key === item) : undefined;
  return line?.state === "cut" ? heardPart(call, line)[1] : null;
}

/** The words of a text up to where the heard ones end, and those after them; signs and capitals do not count. */
export function split(text, heard) {
  let at = 0;
  for (const word of words(heard)) {
    const found = words(text.slice(at))[0];
    if (!found || found.plain !== word.plain) {
      return [heard, ""]; // said in other words
    }
    at += found.end;
  }
  return [text.slice(0, at), text.slice(at).trimStart()];
}

function words(text) {
  return [...text.matchAll(/\S+/gu)].map((found) => ({
    plain: found[0].replace(/[^\p{L}\p{N}]/gu, "").toLowerCase() || found[0],
    end: found.index + found[0].length,
  }));
}

/**
 * How long the caller waited for the last answer that began to sound, step by step: {total, steps: [{name, at, took}]}
 * in seconds after their last word; null before the first one.
 */
export function lastAnswer(call) {
  const line = call.lines.findLast(({ latency }) => Number.isFinite(latency?.first_sound));
  if (!line) {
    return null;
  }
  const steps = [];
  for (const name of STAMPS) {
    const at = line.latency[name];
    if (Number.isFinite(at)) {
      steps.push({ name, at, took: Math.max(0, at - (steps.at(-1)?.at ?? 0)) });
    }
  }
  return { total: line.latency.first_sound, steps };
}
