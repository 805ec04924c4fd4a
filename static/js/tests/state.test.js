// The desk's state machine: snapshot plus numbered events, on plain objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  declined,
  finished,
  initial,
  lastWords,
  myCall,
  others,
  reduce,
  ringing,
  spoken,
  timeline,
} from "../state.js";

const SID = "CA1";
const ADA = { id: 1, name: "Ada", presence: "available", supervisor: false };
const BEN = { id: 2, name: "Ben" };
const SAM = { id: 3, name: "Sam", presence: "available", supervisor: true };

function desk(messages, me = ADA) {
  const all = [{ type: "snapshot", me, calls: [] }, ...messages];
  return all.reduce((state, message) => reduce(state, message).state, initial());
}

function event(number, name, data = {}, more = {}) {
  return { type: "event", sid: SID, agent_id: null, number, name, at: 1000 + number, data, ...more };
}

const CREATED = event(1, "call.created", { direction: "inbound", from: "+15550001", to: "+15550002" });
const RINGS = [CREATED, event(2, "call.offered")];
const MINE = [...RINGS, event(3, "call.accepted", { agent: ADA, at: 1003 }, { agent_id: 1 })];

const words = (number, id, speaker, start, end) =>
  event(number, "utterance.added", { id, item: `i${id}`, speaker, start, end, text: `words ${id}` }, { agent_id: 1 });

test("a call that was offered rings, and knows who calls", () => {
  const [call] = ringing(desk(RINGS));
  assert.equal(call.from, "+15550001");
  assert.equal(call.answered_at, 1002);
});

test("an accepted call is mine and rings no longer", () => {
  const state = desk(MINE);
  assert.equal(myCall(state).sid, SID);
  assert.deepEqual(ringing(state), []);
});

test("an event that was seen before changes nothing", () => {
  const state = desk(MINE);
  assert.equal(reduce(state, RINGS[1]).state, state);
});

test("an event that skips a number is asked for and not applied", () => {
  const before = desk(RINGS);
  const { state, sync } = reduce(before, event(4, "call.ended", { status: "completed" }));
  assert.equal(state, before);
  assert.deepEqual(sync, [{ sid: SID, after: 2 }]);
});

test("an event of an unknown call is asked for from the beginning", () => {
  const { sync } = reduce(desk([]), event(7, "hold.started"));
  assert.deepEqual(sync, [{ sid: SID, after: 0 }]);
});

test("events told twice and after a gap end in the same state as events in order", () => {
  const events = [...MINE, words(4, 1, "caller", 0, 1), words(5, 2, "agent", 1.5, 2)];
  const shaken = [events[0], events[3], events[0], ...events, ...events];
  assert.deepEqual(desk(shaken), desk(events));
});

test("a beacon that is ahead, and a call that it does not name, are asked for", () => {
  const state = desk(RINGS);
  assert.deepEqual(reduce(state, { type: "beacon", calls: { [SID]: 2 } }).sync, []);
  assert.deepEqual(reduce(state, { type: "beacon", calls: { [SID]: 5 } }).sync, [{ sid: SID, after: 2 }]);
  assert.deepEqual(reduce(state, { type: "beacon", calls: {} }).sync, [{ sid: SID, after: 2 }]);
  assert.deepEqual(reduce(state, { type: "beacon", calls: { [SID]: 2, CA9: 3 } }).sync, [{ sid: "CA9", after: 0 }]);
});

test("a call taken by a colleague stops ringing and says who took it", () => {
  const taken = event(3, "call.accepted", { agent: BEN, at: 1003 }, { agent_id: 2 });
  const state = desk([...RINGS, taken]);
  assert.deepEqual(ringing(state), []);
  assert.deepEqual(state.notices, [{ kind: "taken", sid: SID, name: "Ben", id: 1 }]);
});

test("a call that I declined and a colleague took is no news", () => {
  const taken = event(4, "call.accepted", { agent: BEN, at: 1004 }, { agent_id: 2 });
  const state = desk([...RINGS, event(3, "call.declined", { by: 1 }), taken]);
  assert.deepEqual(state.notices, []);
});

test("a declined call is kept apart", () => {
  const state = desk([...RINGS, event(3, "call.declined", { by: 1 })]);
  assert.deepEqual(ringing(state), []);
  assert.equal(declined(state).length, 1);
});

test("a call that a colleague lost is asked for again", () => {
  const taken = event(3, "call.accepted", { agent: BEN, at: 1003 }, { agent_id: 2 });
  const before = desk([...RINGS, taken]);
  const { sync } = reduce(before, event(9, "call.released", { reason: "telephone_gone" }));
  assert.deepEqual(sync, [{ sid: SID, after: 3 }]);
});

test("a colleague's call that ends leaves no trace", () => {
  const taken = event(3, "call.accepted", { agent: BEN, at: 1003 }, { agent_id: 2 });
  const ended = event(30, "call.ended", { status: "completed" }, { agent_id: 2 });
  assert.deepEqual(desk([...RINGS, taken, ended]).calls, {});
});

test("a supervisor sees a colleague's call with its words", () => {
  const taken = event(3, "call.accepted", { agent: BEN, at: 1003 }, { agent_id: 2 });
  const [call] = others(desk([...RINGS, taken, words(4, 1, "caller", 0, 1)], SAM));
  assert.equal(call.agent.name, "Ben");
  assert.equal(call.utterances.length, 1);
});

test("words are shown by the call's clock, whatever the order of arrival", () => {
  const call = myCall(desk([...MINE, words(4, 2, "agent", 3, 4), words(5, 1, "caller", 0, 2)]));
  assert.deepEqual(timeline(call).map((line) => line.id), [1, 2]);
});

test("final words replace the partial of the same item, and late partials are dropped", () => {
  const partial = { type: "partial", sid: SID, speaker: "caller", item: "i1", start: 0, text: "wor" };
  const during = myCall(desk([...MINE, partial]));
  assert.deepEqual(spoken(during).map((one) => one.text), ["wor"]);
  assert.deepEqual(lastWords(during), { speaker: "caller", end: null, heard: null });
  const after = myCall(desk([...MINE, partial, words(4, 1, "caller", 0, 1), partial]));
  assert.deepEqual(spoken(after), []);
  assert.equal(lastWords(after).end, 1);
});

test("a hold and missing words leave marks with a beginning and an end", () => {
  const call = myCall(
    desk([
      ...MINE,
      event(4, "hold.started"),
      event(5, "hold.ended"),
      event(6, "trouble.started", { part: "transcription", message: "away" }),
      event(7, "trouble.ended", { part: "transcription" }),
    ]),
  );
  const marks = timeline(call).map(({ kind, start, end }) => [kind, start, end]);
  assert.deepEqual(marks, [["hold", 2, 3], ["gap", 4, 5]]);
  assert.deepEqual(call.trouble, {});
});

test("a suggestion grows, is offered, and stays used", () => {
  const state = desk([
    ...MINE,
    event(4, "suggestion.started", { id: 5, after: 1 }),
    { type: "suggestion_partial", sid: SID, id: 5, text: "Let me" },
  ]);
  assert.deepEqual(myCall(state).suggestions, [{ id: 5, text: "Let me", state: "writing", after: 1 }]);
  const used = [
    event(5, "suggestion.offered", { id: 5, text: "Let me look.", after: 1 }),
    event(6, "suggestion.used", { id: 5, by: 1 }),
  ].reduce((now, message) => reduce(now, message).state, state);
  const late = reduce(used, { type: "suggestion_partial", sid: SID, id: 5, text: "Let" }).state;
  assert.deepEqual(myCall(late).suggestions, [{ id: 5, text: "Let me look.", state: "used", after: 1 }]);
});

test("a new snapshot keeps what ended here and does not go back behind newer events", () => {
  const ended = desk([...MINE, event(4, "call.ended", { status: "completed", duration: 2 })]);
  const again = reduce(ended, { type: "snapshot", me: ADA, calls: [] }).state;
  assert.equal(finished(again).length, 1);
  const live = desk(MINE);
  const old = { ...live.calls[SID], number: 2, agent: null };
  assert.equal(myCall(reduce(live, { type: "snapshot", me: ADA, calls: [old] }).state).number, 3);
});

test("the steps after a call are told with their reasons", () => {
  const call = finished(
    desk([
      ...MINE,
      event(4, "call.ended", { status: "completed", duration: 2 }),
      event(5, "step.changed", { step: "fetch", state: "failed", reason: "no recording" }),
    ]),
  )[0];
  assert.deepEqual(call.steps, { fetch: { state: "failed", reason: "no recording" } });
});

test("an event from a newer server moves the number and nothing else", () => {
  const state = desk([...MINE, event(4, "call.sparkled", {})]);
  assert.equal(myCall(state).number, 4);
});

test("presence of mine from another tab is mine here too", () => {
  const state = desk([{ type: "presence", id: 1, name: "Ada", presence: "away" }]);
  assert.equal(state.me.presence, "away");
});
