// The desk's state machine: snapshot plus numbered events, on plain objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  finished,
  initial,
  lastWords,
  myCall,
  others,
  reduce,
  ringing,
  roleIn,
  spoken,
  timeline,
  waiting,
} from "../state.js";

const SID = "CA1";
const ADA = { id: 1, name: "Ada", presence: "available", supervisor: false };
const BEN = { id: 2, name: "Ben", presence: "available", supervisor: false };
const SAM = { id: 3, name: "Sam", presence: "available", supervisor: true };

function desk(messages, me = ADA) {
  const all = [{ type: "snapshot", me, calls: [] }, ...messages];
  return all.reduce((state, message) => reduce(state, message).state, initial());
}

function event(number, name, data = {}, more = {}) {
  return { type: "event", sid: SID, agent_id: null, number, name, at: 1000 + number, data, ...more };
}

const offered = (number, to, more = {}) =>
  event(number, "call.offered", { to: [to], until: 1030, transfer: null, ...more });
const offerEnded = (number, agent, outcome) => event(number, "offer.ended", { agent, outcome, transfer: null });

const CREATED = event(1, "call.created", {
  direction: "inbound",
  from: "+15550001",
  to: "+15550002",
  line: "Main line",
  customer: { id: 7, name: "Cleo", number: "+15550001" },
});
const QUEUED = event(2, "call.queued", { queue: { id: 4, name: "Support" }, reserved_for: null });
const RINGS = [CREATED, QUEUED, offered(3, ADA)];
const MINE = [...RINGS, event(4, "call.accepted", { agent: ADA, at: 1004 }, { agent_id: 1 })];
const BENS = [CREATED, QUEUED, offered(3, BEN), event(4, "call.accepted", { agent: BEN, at: 1004 }, { agent_id: 2 })];
/** Events of my own call, numbered on from its acceptance. */
const mine = (...events) => [
  ...MINE,
  ...events.map(([name, data = {}, more = {}], index) => event(5 + index, name, data, { agent_id: 1, ...more })),
];
const toBen = { id: 9, kind: "warm", by: { id: 1, name: "Ada" }, to: { kind: "agent", id: 2, name: "Ben" } };

const words = (number, id, speaker, start, end) =>
  event(number, "utterance.added", { id, item: `i${id}`, speaker, start, end, text: `words ${id}` }, { agent_id: 1 });

test("a call that was offered rings, and knows who calls", () => {
  const [call] = ringing(desk(RINGS));
  assert.equal(call.from, "+15550001");
  assert.deepEqual(call.offer, { until: 1030, transfer: null });
  assert.deepEqual([call.line, call.customer.name, call.queue.name], ["Main line", "Cleo", "Support"]);
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
  const { state, sync } = reduce(before, event(5, "call.ended", { status: "completed" }));
  assert.equal(state, before);
  assert.deepEqual(sync, [{ sid: SID, after: 3 }]);
});

test("an event of an unknown call is asked for from the beginning", () => {
  const { sync } = reduce(desk([]), event(7, "hold.started"));
  assert.deepEqual(sync, [{ sid: SID, after: 0 }]);
});

test("what comes after the end of an unknown call is neither asked for nor shown", () => {
  const late = event(9, "step.changed", { step: "measure", state: "done" }, { agent_id: 1, over: true });
  const { state, sync } = reduce(desk([]), late);
  assert.deepEqual(sync, []);
  assert.deepEqual(state, desk([]));
});

test("an ended call whose events are asked for is told from its beginning", () => {
  const over = (message) => ({ ...message, over: true });
  const ended = mine(["call.ended", { status: "completed" }]).map(over);
  assert.equal(desk(ended).calls[SID].ended, true);
});

test("events told twice and after a gap end in the same state as events in order", () => {
  const events = [...MINE, words(5, 1, "caller", 0, 1), words(6, 2, "agent", 1.5, 2)];
  const shaken = [events[0], events[4], events[0], ...events, ...events];
  assert.deepEqual(desk(shaken), desk(events));
});

test("a beacon that is ahead, and a call that it does not name, are asked for", () => {
  const state = desk(RINGS);
  assert.deepEqual(reduce(state, { type: "beacon", calls: { [SID]: 3 } }).sync, []);
  assert.deepEqual(reduce(state, { type: "beacon", calls: { [SID]: 5 } }).sync, [{ sid: SID, after: 3 }]);
  assert.deepEqual(reduce(state, { type: "beacon", calls: {} }).sync, [{ sid: SID, after: 3 }]);
  assert.deepEqual(reduce(state, { type: "beacon", calls: { [SID]: 3, CA9: 3 } }).sync, [{ sid: "CA9", after: 0 }]);
});

test("a call that two beacons in a row do not name is no longer on this desk", () => {
  const beacon = { type: "beacon", now: 1050, calls: {} };
  assert.equal(ringing(desk([...RINGS, beacon])).length, 1);
  assert.deepEqual(desk([...RINGS, beacon, beacon]).calls, {});
  assert.equal(ringing(desk([...RINGS, beacon, { ...beacon, calls: { [SID]: 3 } }, beacon])).length, 1);
  const state = desk([...MINE, beacon, beacon]);
  assert.equal(myCall(state), null);
  assert.equal(finished(state)[0].left_at, 1050);
});

test("a call rings only where it was offered, and waits in the list of the others", () => {
  const state = desk([CREATED, QUEUED, offered(3, BEN)]);
  assert.deepEqual(ringing(state), []);
  assert.deepEqual(waiting(state).map(({ sid, waiting_since: since }) => [sid, since]), [[SID, 1002]]);
  assert.deepEqual(waiting(desk(RINGS)), []);
});

test("a call that goes on to the next desk rings there and no longer here", () => {
  const events = [...RINGS, offerEnded(4, 1, "declined"), offered(5, BEN)];
  assert.deepEqual(ringing(desk(events)), []);
  assert.equal(waiting(desk(events)).length, 1);
  assert.equal(ringing(desk(events, BEN)).length, 1);
});

test("a call offered to several desks rings on until mine has ended", () => {
  const both = event(3, "call.offered", { to: [ADA, BEN], until: 1030, transfer: null });
  const state = desk([CREATED, QUEUED, both, offerEnded(4, 2, "declined")]);
  assert.deepEqual(ringing(state)[0].offered_to, [1]);
});

test("a call that I missed is told until I am available again or the next one rings", () => {
  const away = { type: "presence", id: 1, name: "Ada", presence: "away", since: 1031, reason: "missed_call" };
  const missed = desk([...RINGS, away, offerEnded(4, 1, "missed")]);
  assert.deepEqual(missed.missed, { sid: SID });
  assert.deepEqual(ringing(missed), []);
  assert.equal(reduce(missed, { ...away, presence: "available" }).state.missed, null);
  assert.equal(reduce(missed, offered(5, ADA)).state.missed, null);
  assert.equal(desk([...RINGS, offerEnded(4, 1, "missed"), away]).missed.sid, SID);
});

test("what somebody else missed is no news here", () => {
  assert.equal(desk([CREATED, QUEUED, offered(3, BEN), offerEnded(4, 2, "missed")]).missed, null);
});

test("a caller who is sent to the voicemail waits no longer", () => {
  const state = desk([CREATED, QUEUED, event(3, "treatment.started", { treatment: "voicemail", reason: "overflow" })]);
  assert.deepEqual(waiting(state), []);
  assert.equal(state.calls[SID].treatment, "voicemail");
});

test("a call taken by a colleague stops ringing and says who took it", () => {
  const taken = event(5, "call.accepted", { agent: BEN, at: 1005 }, { agent_id: 2 });
  const state = desk([...RINGS, offerEnded(4, 1, "withdrawn"), taken]);
  assert.deepEqual(ringing(state), []);
  assert.deepEqual(state.notices, [{ kind: "taken", sid: SID, name: "Ben", id: 1 }]);
});

test("a caller who gives up while it rings here is told", () => {
  const ended = event(5, "call.ended", { status: "completed", duration: 3 });
  const state = desk([...RINGS, offerEnded(4, 1, "withdrawn"), ended]);
  assert.deepEqual(state.notices.map(({ kind }) => kind), ["gone"]);
});

test("a call that I declined and a colleague took is no news", () => {
  const taken = event(5, "call.accepted", { agent: BEN, at: 1005 }, { agent_id: 2 });
  assert.deepEqual(desk([...RINGS, offerEnded(4, 1, "declined"), taken]).notices, []);
});

test("a call that a colleague lost is asked for from where it was not ours", () => {
  const { sync } = reduce(desk(BENS), event(9, "call.released", { reason: "telephone_gone" }));
  assert.deepEqual(sync, [{ sid: SID, after: 4 }]);
});

test("a colleague's call that ends leaves no trace", () => {
  const ended = event(30, "call.ended", { status: "completed" }, { agent_id: 2 });
  assert.deepEqual(desk([...BENS, ended]).calls, {});
});

test("a supervisor sees a colleague's call with its words", () => {
  const [call] = others(desk([...BENS, words(5, 1, "caller", 0, 1)], SAM));
  assert.equal(call.agent.name, "Ben");
  assert.equal(call.utterances.length, 1);
});

test("an outbound call is mine from the start, and follows its status", () => {
  const dialled = { direction: "outbound", from: "+15550002", to: "+15550001", line: "Main line", customer: null };
  const state = desk([
    event(1, "call.created", dialled, { agent_id: 1 }),
    event(2, "call.accepted", { agent: ADA, at: 1002 }, { agent_id: 1 }),
    event(3, "call.status", { status: "ringing" }, { agent_id: 1 }),
    event(4, "call.answered_by", { answered_by: "machine_start" }, { agent_id: 1 }),
  ]);
  assert.deepEqual([myCall(state).status, myCall(state).answered_by], ["ringing", "machine_start"]);
  const busy = reduce(state, event(5, "call.ended", { status: "busy", outcome: "not-reached" }, { agent_id: 1 })).state;
  assert.equal(myCall(busy), null);
  assert.deepEqual([finished(busy)[0].status, finished(busy)[0].outcome], ["busy", "not-reached"]);
  assert.deepEqual(busy.notices, []);
});

test("mute is told by the conference", () => {
  assert.equal(myCall(desk(mine(["mute.started"]))).muted, true);
  assert.equal(myCall(desk(mine(["mute.started"], ["mute.ended"]))).muted, false);
});

test("a recording that is paused says since when, and leaves a mark", () => {
  const paused = myCall(desk(mine(["recording.paused"])));
  assert.equal(paused.recording_paused, 1005);
  const resumed = myCall(desk(mine(["recording.paused"], ["recording.resumed"])));
  assert.equal(resumed.recording_paused, null);
  const [stretch] = resumed.marks;
  assert.deepEqual([stretch.kind, stretch.end - stretch.start], ["secure", 1]);
});

test("digits that were sent change nothing that is shown", () => {
  const { number, ...before } = myCall(desk(MINE));
  const { number: after, ...rest } = myCall(desk(mine(["digits.sent", { count: 2 }])));
  assert.deepEqual([number, after], [4, 5]);
  assert.deepEqual(rest, before);
});

const also = { also: [2] };
const INVITED = mine(
  ["transfer.started", toBen],
  ["hold.started"],
  ["call.offered", { to: [BEN], until: 1040, transfer: 9 }, also],
);
const JOINED = [
  ...INVITED,
  event(8, "transfer.accepted", { id: 9, agent: BEN }, { agent_id: 1, ...also }),
  event(9, "transfer.joined", { id: 9, name: "Ben" }, { agent_id: 1, ...also }),
];

test("a warm transfer rings, is talked over, becomes three-way, and is over", () => {
  assert.deepEqual(myCall(desk(INVITED)).transfer, { ...toBen, state: "ringing", agent: null });
  assert.equal(myCall(desk(JOINED)).transfer.state, "consulting");
  const merged = [...JOINED, event(10, "transfer.merged", { id: 9 }, { agent_id: 1, ...also })];
  assert.equal(myCall(desk(merged)).transfer.state, "merged");
  const over = [...merged, event(11, "transfer.ended", { id: 9, state: "canceled", reason: "left" }, { agent_id: 1 })];
  assert.equal(myCall(desk(over)).transfer, null);
  assert.deepEqual(desk(over).notices, []);
});

test("an invitation rings at the desk of the one who is asked, with the whole call", () => {
  const [call] = ringing(desk(INVITED, BEN));
  assert.deepEqual(call.offer, { until: 1040, transfer: 9 });
  assert.equal(call.transfer.by.name, "Ada");
  assert.equal(myCall(desk(INVITED, BEN)), null);
});

test("whoever accepted an invitation is a guest of the call", () => {
  const state = desk(JOINED, BEN);
  assert.equal(roleIn(state, myCall(state)), "guest");
  assert.deepEqual(ringing(state), []);
  assert.equal(roleIn(desk(JOINED), myCall(desk(JOINED))), "agent");
});

test("a guest who leaves, or is sent away, is on no call any more", () => {
  for (const told of [also, {}]) {
    const left = event(10, "transfer.ended", { id: 9, state: "canceled", reason: "left" }, { agent_id: 1, ...told });
    const state = desk([...JOINED, left], BEN);
    assert.equal(myCall(state), null);
    assert.equal(finished(state)[0].left_at, 1010);
    assert.equal(finished(state)[0].ended, false);
  }
});

test("an invitation that ended is gone from the desk that was asked", () => {
  const ended = event(8, "offer.ended", { agent: 2, outcome: "declined", transfer: 9 }, { agent_id: 1, ...also });
  for (const told of [also, {}]) {
    const state = desk([...INVITED, { ...ended, ...told }], BEN);
    assert.deepEqual(ringing(state), []);
    assert.equal(myCall(state), null);
    assert.deepEqual(finished(state), []);
  }
});

test("the end of an invitation that nobody took is told to whoever asked", () => {
  const failed = event(8, "transfer.ended", { id: 9, state: "failed", reason: "declined" }, { agent_id: 1 });
  const state = desk([...INVITED, failed]);
  assert.deepEqual(state.notices.map(({ kind, reason, name }) => [kind, reason, name]), [["transfer_failed", "declined", "Ben"]]);
  assert.equal(myCall(state).transfer, null);
});

test("a call that is handed over is theirs, and over for me", () => {
  const done = event(10, "transfer.completed", { id: 9, agent: BEN, name: "Ben" }, { agent_id: 2, also: [] });
  const ada = desk([...JOINED, done]);
  assert.equal(myCall(ada), null);
  assert.equal(finished(ada)[0].left_at, 1010);
  const ben = desk([...JOINED, done], BEN);
  assert.equal(roleIn(ben, myCall(ben)), "agent");
  const ended = event(11, "call.ended", { status: "completed" }, { agent_id: 2 });
  assert.equal(reduce(ada, ended).state.calls[SID].ended, true);
});

test("a call that is handed to a number goes on with nobody of us", () => {
  const done = event(10, "transfer.completed", { id: 9, agent: null, name: "+15550009" }, { agent_id: null });
  const state = desk([...JOINED, done]);
  assert.equal(myCall(state), null);
  assert.deepEqual(waiting(state), []);
  assert.equal(finished(state).length, 1);
});

test("a cold transfer lets the call wait again, and a call that comes back is mine again", () => {
  const gone = mine(
    ["call.released", { reason: "transferred" }, { agent_id: null }],
    ["call.queued", { queue: null, reserved_for: 2 }, { agent_id: null }],
  );
  const state = desk(gone);
  assert.equal(myCall(state), null);
  assert.equal(finished(state).length, 1);
  assert.equal(waiting(state)[0].reserved_for, 2);
  const back = event(7, "call.accepted", { agent: ADA, at: 1007 }, { agent_id: 1 });
  assert.equal(myCall(reduce(state, back).state).left_at, null);
  assert.deepEqual(finished(reduce(state, back).state), []);
});

test("a snapshot knows what rings here, who is asked, and what is paused", () => {
  const call = {
    ...desk(JOINED).calls[SID],
    offered_to: [2],
    offer: { until: 1050, transfer: 9 },
    transfer: { ...toBen, state: "ringing", agent: BEN },
    recording_paused: 1040,
    also: [2],
  };
  const state = desk([{ type: "snapshot", me: BEN, calls: [call] }], BEN);
  assert.equal(ringing(state).length, 1);
  assert.equal(myCall(state), null);
  assert.equal(state.calls[SID].marks[0].kind, "hold");
  assert.deepEqual(state.calls[SID].marks.at(-1).kind, "secure");
});

test("a call that a snapshot shows with somebody else is over for me", () => {
  const call = { ...desk(MINE).calls[SID], number: 9, agent: null, waiting_since: 1020 };
  const state = reduce(desk(MINE), { type: "snapshot", now: 1021, me: ADA, calls: [call] }).state;
  assert.equal(finished(state)[0].left_at, 1021);
  assert.equal(waiting(state).length, 1);
});

test("words are shown by the call's clock, whatever the order of arrival", () => {
  const call = myCall(desk([...MINE, words(5, 2, "agent", 3, 4), words(6, 1, "caller", 0, 2)]));
  assert.deepEqual(timeline(call).map((line) => line.id), [1, 2]);
});

test("final words replace the partial of the same item, and late partials are dropped", () => {
  const partial = { type: "partial", sid: SID, speaker: "caller", item: "i1", start: 0, text: "wor" };
  const during = myCall(desk([...MINE, partial]));
  assert.deepEqual(spoken(during).map((one) => one.text), ["wor"]);
  assert.deepEqual(lastWords(during), { speaker: "caller", end: null, heard: null });
  const after = myCall(desk([...MINE, partial, words(5, 1, "caller", 0, 1), partial]));
  assert.deepEqual(spoken(after), []);
  assert.equal(lastWords(after).end, 1);
});

test("a hold and missing words leave marks with a beginning and an end", () => {
  const call = myCall(
    desk([
      ...MINE,
      event(5, "hold.started"),
      event(6, "hold.ended"),
      event(7, "trouble.started", { part: "transcription", message: "away" }),
      event(8, "trouble.ended", { part: "transcription" }),
    ]),
  );
  const marks = timeline(call).map(({ kind, start, end }) => [kind, start, end]);
  assert.deepEqual(marks, [["hold", 4, 5], ["gap", 6, 7]]);
  assert.deepEqual(call.trouble, {});
});

test("a suggestion grows, is offered, and stays used", () => {
  const state = desk([
    ...MINE,
    event(5, "suggestion.started", { id: 5, after: 1 }),
    { type: "suggestion_partial", sid: SID, id: 5, text: "Let me" },
  ]);
  assert.deepEqual(myCall(state).suggestions, [{ id: 5, text: "Let me", state: "writing", after: 1, kind: "reply" }]);
  const used = [
    event(6, "suggestion.offered", { id: 5, text: "Let me look.", after: 1 }),
    event(7, "suggestion.used", { id: 5, by: 1 }),
  ].reduce((now, message) => reduce(now, message).state, state);
  const late = reduce(used, { type: "suggestion_partial", sid: SID, id: 5, text: "Let" }).state;
  assert.deepEqual(myCall(late).suggestions, [{ id: 5, text: "Let me look.", state: "used", after: 1, kind: "reply" }]);
});

test("a new snapshot keeps what ended here and does not go back behind newer events", () => {
  const ended = desk([...MINE, event(5, "call.ended", { status: "completed", duration: 2 })]);
  const again = reduce(ended, { type: "snapshot", me: ADA, calls: [] }).state;
  assert.equal(finished(again).length, 1);
  const live = desk(MINE);
  const old = { ...live.calls[SID], number: 2, agent: null };
  assert.equal(myCall(reduce(live, { type: "snapshot", me: ADA, calls: [old] }).state).number, 4);
});

test("the steps after a call are told with their reasons", () => {
  const call = finished(
    desk([
      ...MINE,
      event(5, "call.ended", { status: "completed", duration: 2 }),
      event(6, "step.changed", { step: "fetch", state: "failed", reason: "no recording" }),
    ]),
  )[0];
  assert.deepEqual(call.steps, { fetch: { state: "failed", reason: "no recording" } });
});

test("an event from a newer server moves the number and nothing else", () => {
  const state = desk([...MINE, event(5, "call.sparkled", {})]);
  assert.equal(myCall(state).number, 5);
});

test("presence of mine from another tab is mine here too", () => {
  const state = desk([{ type: "presence", id: 1, name: "Ada", presence: "away" }]);
  assert.equal(state.me.presence, "away");
  assert.equal(state.me.supervisor, false);
});

test("a customer's new name is in their calls at once, and in nobody else's", () => {
  const known = desk(MINE);
  const state = reduce(known, { type: "customer", customer: 7, name: "Cleo Marsh" }).state;
  assert.equal(myCall(state).customer.name, "Cleo Marsh");
  assert.equal(myCall(state).customer.number, "+15550001");
  const thread = { type: "thread", customer: 8, name: "Somebody", message: {} };
  assert.equal(reduce(state, thread).state, state);
});

test("what is told again long afterwards is no news", () => {
  const left = [
    ["transfer.started", toBen],
    ["transfer.ended", { id: 9, state: "failed", reason: "left" }],
  ];
  const told = mine(...left);
  assert.equal(desk(told).notices.length, 1);
  assert.equal(desk(told.map((one) => ({ ...one, heard: one.at + 60 }))).notices.length, 0);
});
