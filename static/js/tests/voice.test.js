// The AI voice in the desk's state: who leads, what it says and will say, its tools, and what is told of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  initial,
  maySteer,
  myCall,
  openCall,
  others,
  reduce,
  rescue,
  ringing,
  roleIn,
  talking,
  timeline,
  waiting,
  withAssistant,
} from "../state.js";
import { asksForHuman, cutFrom, heardPart, isLed, lastAnswer, linesNow, split } from "../state/voice.js";

const SID = "CA1";
const ADA = { id: 1, name: "Ada", presence: "available", supervisor: false };
const BEN = { id: 2, name: "Ben", presence: "available", supervisor: false };
const SAM = { id: 3, name: "Sam", presence: "available", supervisor: true };
const NOVA = { id: 5, name: "Nova", version: 3 };

function desk(messages, me = ADA) {
  const all = [{ type: "snapshot", me, calls: [] }, ...messages];
  return all.reduce((state, message) => reduce(state, message).state, initial());
}

/** Events of one call, numbered in their order: [name, data, more]. */
function events(list, from = 1) {
  return list.map(([name, data = {}, more = {}], index) => ({
    type: "event", sid: SID, agent_id: null, number: from + index, name, at: 1000 + from + index, data, ...more,
  }));
}

const mode = (to, before, reason, agent = null, by = agent) =>
  ["call.mode", { mode: to, before, reason, by, agent, assistant: NOVA }, { agent_id: agent?.id ?? null }];
const BEGUN = [["call.created", { direction: "inbound", from: "+15550001", to: "+15550002", line: "Main line", customer: null }]];
const LED = [...BEGUN, ["call.answered", { answered_at: 1002 }], mode("auto", "human", "answered")];
const accepted = (agent) => ["call.accepted", { agent, at: 1004 }, { agent_id: agent.id }];
const TAKEN = (agent, by = agent) => [...LED, accepted(agent), mode("human", "auto", "taken_over", agent, by)];
const row = (changed) => ({
  id: 7, key: "s-a1", kind: "reply", state: "writing", text: "", heard: "", until: null, by: null, code: "", latency: null, ...changed,
});
const line = (changed) => ["line.changed", row(changed)];
const call = (list, me = ADA) => desk(events(list), me).calls[SID];

test("a call that an AI voice leads and nobody has is on everybody's desk, and waits for nobody", () => {
  const state = desk(events(LED));
  assert.deepEqual(withAssistant(state).map(({ sid, assistant }) => [sid, assistant.name]), [[SID, "Nova"]]);
  assert.deepEqual([waiting(state), ringing(state), others(state), myCall(state)], [[], [], [], null]);
  assert.equal(openCall(state, SID).sid, SID);
});

test("a call that was waiting and is given to an AI voice waits no longer", () => {
  const queued = [...BEGUN, ["call.queued", { queue: null, reserved_for: null }], mode("auto", "human", "fallback")];
  assert.deepEqual(waiting(desk(events(queued))), []);
  assert.equal(withAssistant(desk(events(queued))).length, 1);
});

test("everybody may steer a call that nobody has, a supervisor any, a colleague none of mine", () => {
  const led = desk(events(LED));
  assert.equal(maySteer(led, led.calls[SID]), true);
  const back = [...TAKEN(BEN), mode("approve", "human", "handed_back", BEN)];
  for (const [me, may] of [[ADA, false], [BEN, true], [SAM, true]]) {
    const state = desk(events(back), me);
    assert.equal(maySteer(state, state.calls[SID]), may, me.name);
  }
  const human = desk(events(TAKEN(BEN)), BEN);
  assert.equal(maySteer(human, human.calls[SID]), false);
});

test("a call that I take over is mine, and my telephone's", () => {
  const state = desk(events(TAKEN(ADA)));
  assert.equal(talking(state).sid, SID);
  assert.equal(roleIn(state, myCall(state)), "agent");
  assert.equal(myCall(state).summoned, "me");
  assert.deepEqual([withAssistant(state), state.notices], [[], []]);
});

test("a call that is put on me by somebody else calls my telephone, and tells me", () => {
  for (const [by, kind] of [[SAM, "given"], [null, "put_through"]]) {
    const state = desk(events(TAKEN(ADA, by)));
    assert.equal(talking(state).summoned, "others");
    assert.deepEqual(state.notices.map((one) => [one.kind, one.name]), [[kind, by?.name]]);
  }
});

test("a call that a colleague takes over leaves my desk, and says whose it is", () => {
  const state = desk(events(TAKEN(BEN)));
  assert.deepEqual([withAssistant(state), openCall(state, SID)], [[], null]);
  assert.deepEqual(state.notices.map(({ kind, name, mine }) => [kind, name, mine]), [["taken_over", "Ben", false]]);
  assert.equal(state.calls[SID].mode, "human");
  assert.equal(others(desk(events(TAKEN(BEN)), SAM)).length, 1);
});

test("a call that a supervisor takes from me is told to me", () => {
  const back = [...TAKEN(ADA), mode("auto", "human", "handed_back", ADA)];
  const state = desk(events([...back, accepted(SAM), mode("human", "auto", "taken_over", SAM)]));
  assert.equal(myCall(state), null);
  assert.deepEqual(state.notices.map(({ kind, name, mine = true }) => [kind, name, mine]), [["taken_over", "Sam", true]]);
});

test("a call that I leave to the AI voice is everybody's again", () => {
  const left = [...TAKEN(ADA), mode("auto", "human", "handed_back", ADA), ["call.released", { reason: "left" }]];
  const state = desk(events(left));
  assert.equal(myCall(state), null);
  assert.equal(withAssistant(state).length, 1);
});

test("a call that is handed back stays mine to watch, and is not my telephone's", () => {
  const back = [...TAKEN(ADA), ["agent.joined"], ["mute.started"], mode("auto", "human", "handed_back", ADA)]
    .map(([name, data, more], index) => [name, data, index > 2 ? { agent_id: 1 } : more]);
  const state = desk(events(back));
  assert.equal(myCall(state).sid, SID);
  assert.equal(talking(state), null);
  assert.deepEqual([myCall(state).agent_connected, myCall(state).muted], [false, false]);
  assert.equal(maySteer(state, myCall(state)), true);
});

test("an earlier call of mine that is told again does not take the place of the one that I am on", () => {
  const list = [...TAKEN(ADA), mode("auto", "human", "handed_back", ADA)];
  const earlier = events(list).map((event) => ({ ...event, sid: "CA0", at: event.at - 500 }));
  const state = desk([...events(TAKEN(ADA)), ...earlier]);
  assert.equal(isLed(state.calls.CA0), true);
  assert.equal(myCall(state).sid, SID);
  assert.equal(talking(state).sid, SID);
});

test("between by itself and line by line nothing else changes", () => {
  const before = call(LED);
  const after = call([...LED, mode("approve", "auto", "switched", null, ADA)]);
  assert.deepEqual({ ...after, mode: "auto", number: 3, marks: before.marks }, before);
  assert.deepEqual(after.marks.map(({ kind, name }) => [kind, name]), [["approve", "Ada"]]);
});

test("an AI voice that asks for a human, fails, or has the call again is told", () => {
  for (const reason of ["transferred", "failed"]) {
    const state = desk(events([...LED, mode("human", "auto", reason), ["call.queued", { queue: { id: 4, name: "Support" }, reserved_for: null }]]));
    assert.deepEqual(state.notices.map(({ kind, name }) => [kind, name]), [[reason, "Nova"]]);
    assert.equal(waiting(state).length, 1);
    assert.equal(asksForHuman(state.calls[SID]), true);
  }
  const lost = [...TAKEN(ADA), ["call.released", {}, { agent_id: null }], mode("auto", "human", "agent_lost")];
  assert.equal(withAssistant(desk(events(lost))).length, 1);
  assert.equal(desk(events(lost)).notices.at(-1).kind, "agent_lost");
});

test("whoever watched a call that the AI voice gives away hears why it left", () => {
  const back = [...TAKEN(ADA), mode("auto", "human", "handed_back", ADA)];
  const given = [["call.released", { reason: "transferred" }], mode("human", "auto", "transferred"), ["call.queued", { queue: null, reserved_for: null }]];
  const told = (me) => desk(events([...back, ...given]), me).notices.map(({ kind, mine }) => [kind, mine]);
  assert.deepEqual(told(ADA), [["transferred", true]]);
  assert.deepEqual(told(SAM).at(-1), ["transferred", false]);
});

test("who led when is in the transcript, from events and from a snapshot alike, once", () => {
  const list = [...TAKEN(ADA), mode("auto", "human", "handed_back", ADA)];
  const told = call(list);
  const kinds = timeline(told).map(({ kind, name }) => [kind, name]);
  assert.deepEqual(kinds, [["taken_over", "Ada"], ["handed_back", "Nova"]]);
  const moments = events(list).filter(({ name }) => name === "call.mode").map(({ name, number, at, data }) => ({ name, number, at, data }));
  const snapshot = { type: "snapshot", me: ADA, calls: [{ ...told, moments }] };
  assert.deepEqual(timeline(desk([snapshot]).calls[SID]).map(({ kind }) => kind), ["taken_over", "handed_back"]);
  const later = { ...snapshot, calls: [{ ...snapshot.calls[0], answered_at: 1003 }] };
  const again = reduce(desk(events(list)), later).state;
  assert.equal(timeline(again.calls[SID]).length, 2);
});

test("a line grows while it is written, waits, and is spoken", () => {
  const state = desk([...events([...LED, line({})]), { type: "line_partial", sid: SID, id: 7, text: "It is" }]);
  assert.equal(state.calls[SID].lines[0].text, "It is");
  const waits = reduce(state, events([line({ state: "waiting", text: "It is here.", until: 1010 })], 5)[0]).state;
  const late = reduce(waits, { type: "line_partial", sid: SID, id: 7, text: "It" }).state;
  assert.equal(late, waits);
  const [shown] = linesNow(waits.calls[SID], 1006);
  assert.deepEqual([shown.state, shown.text, shown.until, shown.at, shown.changed_at], ["waiting", "It is here.", 1010, 1004, 1005]);
});

test("a line that was decided about is decided until the voice follows", () => {
  const waits = [...LED, line({ state: "waiting", text: "It is here." })];
  const released = call([...waits, ["line.released", { id: 7, text: "It is there.", by: ADA }]]);
  assert.deepEqual([released.lines[0].decided, released.lines[0].text], ["released", "It is there."]);
  const twice = call([...waits, ["line.released", { id: 7, text: null, by: ADA }], ["line.dropped", { id: 7, by: BEN }]]);
  const spoken = call([...waits, ["line.released", { id: 7, text: null, by: ADA }], line({ state: "speaking", text: "It is here." })]);
  assert.equal(spoken.lines[0].decided, null);
  assert.equal(twice.lines[0].decided, "dropped");
  assert.equal(call([...waits, ["line.dropped", { id: 7, by: BEN }], ["line.released", { id: 7, text: null, by: ADA }]]).lines[0].decided, "dropped");
  assert.equal(call([...LED, line({ state: "speaking" }), ["line.dropped", { id: 7, by: ADA }]]).lines[0].decided, "dropped");
  assert.equal(call([...waits, ["line.dropped", { id: 99, by: ADA }]]).lines.length, 1);
});

test("what is spoken stands before what comes next, and nothing that is over beside them", () => {
  const list = [...LED, line({ id: 6, key: "a", state: "cut", text: "One" }), line({ id: 8, key: "c", state: "waiting" }), line({ id: 7, key: "b", state: "speaking" })];
  assert.deepEqual(linesNow(call(list), 1007).map(({ id }) => id), [7, 8]);
});

test("what became of the last line is shown for a while, and longer after a takeover", () => {
  const cut = [...LED, line({ state: "speaking", text: "It is here." }), line({ state: "cut", text: "It is here.", heard: "It is" })];
  assert.equal(linesNow(call(cut), 1010).length, 1);
  assert.equal(linesNow(call(cut), 1030).length, 0);
  const taken = [...LED, line({ state: "speaking" }), accepted(ADA), mode("human", "auto", "taken_over", ADA), line({ state: "cut" })];
  assert.equal(linesNow(call(taken), 1030).length, 1);
  assert.equal(linesNow(call(taken), 1060).length, 0);
});

test("after a takeover all that was not said is shown, and nothing that was", () => {
  const list = [
    ...LED,
    line({ id: 4, key: "y", state: "cut", text: "Long ago." }),
    line({ id: 5, key: "z", state: "speaking", text: "Whose end nobody told." }),
    line({ id: 6, key: "a", state: "said", text: "Zero." }),
    accepted(ADA),
    mode("human", "auto", "taken_over", ADA),
    line({ id: 7, key: "b", state: "cut", text: "One two.", heard: "One" }),
    line({ id: 8, key: "c", state: "dropped", text: "Three." }),
  ];
  assert.deepEqual(linesNow(call(list), 1012).map(({ id }) => id), [7, 8]);
});

test("a text is split where the heard words end, whatever its signs and capitals", () => {
  assert.deepEqual(split("Hello, Cleo. Your lamp is here.", "Hello Cleo"), ["Hello, Cleo.", "Your lamp is here."]);
  assert.deepEqual(split("Hello there.", ""), ["", "Hello there."]);
  assert.deepEqual(split("Hello there.", "Hello there."), ["Hello there.", ""]);
  assert.deepEqual(split("Wait – I look.", "Wait –"), ["Wait –", "I look."]);
  assert.deepEqual(split("Hello there.", "Good day"), ["Good day", ""]);
});

test("what is being heard of a line comes from its partial, and is the rest's beginning when it is cut", () => {
  const speaking = desk([
    ...events([...LED, line({ state: "speaking", text: "It is here." })]),
    { type: "partial", sid: SID, speaker: "assistant", item: "s-a1", start: 1, text: "It is" },
  ]);
  assert.deepEqual(heardPart(speaking.calls[SID], speaking.calls[SID].lines[0]), ["It is", "here."]);
  const words = { id: 1, item: "s-a1", speaker: "assistant", start: 1, end: 2, text: "It is" };
  const cut = [...LED, line({ state: "cut", text: "It is here.", heard: "It is" }), ["utterance.added", words]];
  assert.equal(cutFrom(call(cut), words), "here.");
  assert.equal(cutFrom(call(LED), words), null);
  assert.equal(cutFrom(call(cut), { ...words, speaker: "caller" }), null);
});

test("tools and whispered words stand in the transcript when they began", () => {
  const tool = (state, result) => ["tool.changed", { id: 3, name: "look_up_customer", arguments: {}, state, result, line: 7 }];
  const list = [...LED, tool("running", ""), ["guidance.given", { id: 2, text: "Offer a refund", by: ADA }], tool("done", "Found Cleo.")];
  const rows = timeline(call(list)).map(({ kind, start, state, result, text }) => [kind, start, state ?? text, result]);
  assert.deepEqual(rows, [["tool", 2, "done", "Found Cleo."], ["guidance", 3, "Offer a refund", undefined]]);
});

test("the last answer's delay is told step by step, each with its own share", () => {
  assert.equal(lastAnswer(call([...LED, line({})])), null);
  const latency = { heard: 0.3, first_word: 0.8, first_sound: 1.1, first_mark: 1.9 };
  const answer = lastAnswer(call([...LED, line({ latency }), line({ id: 8, latency: { heard: 0.2, first_sound: null } })]));
  assert.equal(answer.total, 1.1);
  assert.deepEqual(answer.steps.map(({ name, took }) => [name, Math.round(took * 10) / 10]), [
    ["heard", 0.3], ["first_word", 0.5], ["first_sound", 0.3], ["first_mark", 0.8],
  ]);
});

const mine = { agent_id: 1 };
const ASKED = [
  ...BEGUN,
  accepted(ADA),
  ["utterance.added", { id: 1, item: "i1", speaker: "caller", start: 1, end: 2, text: "Where is it?" }, mine],
  ["suggestion.offered", { id: 4, text: "One moment.", after: 1, kind: "holding" }, mine],
];

test("a holding line is offered until anybody speaks or it is decided about", () => {
  assert.equal(rescue(call(ASKED)).text, "One moment.");
  assert.equal(rescue(call([...ASKED, ["suggestion.used", { id: 4 }, mine]])), null);
  const answered = ["utterance.added", { id: 2, item: "i2", speaker: "agent", start: 9, end: 10, text: "Here." }, mine];
  assert.equal(rescue(call([...ASKED, answered])), null);
  const speaks = desk([...events(ASKED), { type: "partial", sid: SID, speaker: "agent", item: "i3", start: 9, text: "He" }]);
  assert.equal(rescue(speaks.calls[SID]), null);
});

test("a holding line that is spoken by itself is told and not offered, and offered if it could not be", () => {
  const spoken = [...ASKED, ["holding.spoken", { text: "One moment." }, mine]];
  assert.equal(rescue(call(spoken)), null);
  assert.deepEqual(timeline(call(spoken)).map(({ kind, text }) => [kind, text])[1], ["holding", "One moment."]);
  const failed = [...spoken, ["holding.failed", { number: 5 }, mine]];
  assert.equal(rescue(call(failed)).id, 4);
  assert.equal(timeline(call(failed)).length, 1);
  const snapshot = { type: "snapshot", me: ADA, calls: [{ ...call(ASKED), moments: events(failed).slice(4) }] };
  assert.equal(timeline(desk([snapshot]).calls[SID]).length, 1);
});

test("keys that the caller pressed stand in the transcript", () => {
  assert.deepEqual(timeline(call([...LED, ["keys.pressed", { digits: "12" }]])).map(({ kind, text }) => [kind, text]), [["keys", "12"]]);
});

test("keys that turn out to be a piece of a card number are hidden afterwards", () => {
  const pressed = [...LED, ["keys.pressed", { digits: "4111" }], ["keys.pressed", { digits: "9" }]];
  const covered = [...pressed, ["keys.covered", { numbers: [LED.length + 1], digits: "[card number]" }]];
  assert.deepEqual(timeline(call(covered)).map(({ text }) => text), ["[card number]", "9"]);
});

test("a snapshot tells the voice as events do", () => {
  const list = [...LED, line({ state: "waiting", text: "It is here." }), ["guidance.given", { id: 2, text: "Be short", by: null }]];
  const told = call(list);
  const snapshot = { type: "snapshot", me: ADA, calls: [{ ...told, lines: [{ ...row({ state: "waiting", text: "It is here." }), at: 1004 }] }] };
  assert.deepEqual(desk([snapshot]).calls[SID], told);
  assert.equal(isLed(desk([snapshot]).calls[SID]), true);
});

test("an AI voice leads no call that has ended", () => {
  const ended = call([...LED, line({ state: "speaking" }), ["call.ended", { status: "completed" }]]);
  assert.equal(isLed(ended), false);
  assert.deepEqual(linesNow(ended, 1006), []);
});
