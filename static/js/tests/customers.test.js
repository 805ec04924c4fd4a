// A customer's timeline and thread: what the fetch and the socket say, joined.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byDay, conversation, Customers, filledIn, merged, timeLeft } from "../customers.js";

const HOUR = 3600;
const words = (id, at, more = {}) => ({ id, direction: "outbound", body: `words ${id}`, status: "sent", error: "", at, ...more });
const call = { kind: "call", key: "call-CA1", sid: "CA1", at: 50 };

test("a message told twice is one entry with the newer state", () => {
  const timeline = [words("m1", 100), words("m2", 200), words("m1", 100, { status: "read" })].reduce(merged, [call]);
  assert.deepEqual(timeline.map(({ key }) => key), ["message-m2", "message-m1", "call-CA1"]);
  assert.equal(timeline[1].status, "read");
});

test("the waiting bubble goes when the socket brings the message first", () => {
  const waiting = words("local-1", 100, { body: "Hello", status: "waiting" });
  const timeline = [waiting, words("m1", 101, { body: "Hello" })].reduce(merged, []);
  assert.deepEqual(timeline.map(({ id }) => id), ["m1"]);
});

test("two equal texts sent one after another stay two", () => {
  const timeline = [
    words("local-1", 100, { body: "Hello" }),
    words("local-2", 101, { body: "Hello" }),
    words("m1", 102, { body: "Hello" }),
  ].reduce(merged, []);
  assert.deepEqual(timeline.map(({ id }) => id).sort(), ["local-2", "m1"]);
});

test("a thread is the messages alone, the oldest first", () => {
  const timeline = [words("m2", 200), words("m1", 100)].reduce(merged, [call]);
  assert.deepEqual(conversation(timeline).map(({ id }) => id), ["m1", "m2"]);
});

test("messages are grouped by the day on which they were written", () => {
  const days = byDay([{ at: 1 }, { at: 2 }, { at: 11 }, { at: 12 }], (at) => Math.floor(at / 10));
  assert.deepEqual(days.map(({ day, entries }) => [day, entries.length]), [[0, 2], [1, 2]]);
});

for (const [name, window, left] of [
  ["open for hours", { open: true, until: 1000 + 3 * HOUR + 12 * 60 }, { hours: 3, minutes: 12 }],
  ["its last seconds count as a minute", { open: true, until: 1005 }, { hours: 0, minutes: 1 }],
  ["over", { open: true, until: 1000 }, null],
  ["closed", { open: false, until: null }, null],
  ["never opened", undefined, null],
]) {
  test(`the window for free text: ${name}`, () => assert.deepEqual(timeLeft(window, 1000), left));
}

test("a template's text shows its variables, and what is missing", () => {
  const template = { body: "Hello {{1}}, {{2}} ({{1}}) {{9}}", variables: ["name", "summary"] };
  const text = filledIn(template, { name: "Cleo", summary: " " }, (name) => `[${name}]`);
  assert.equal(text, "Hello Cleo, [summary] (Cleo) {{9}}");
});

function served(answers) {
  const asked = [];
  const answer = async (url, body) => {
    asked.push([url, body]);
    const next = answers[url];
    return typeof next === "function" ? next() : next;
  };
  return { asked, http: { get: answer, post: answer } };
}

const CARD = {
  customer: { id: 7, name: "Cleo", notes: "" },
  timeline: [{ kind: "message", ...words("m1", 100, { direction: "inbound" }) }],
  window: { open: false, until: null },
  templates: [],
};

test("a message that comes while the card is fetched is not lost", async () => {
  const customers = new Customers({ onChange() {}, http: { get: async () => {
    customers.receive({ type: "thread", customer: 7, message: words("m2", 200, { direction: "inbound" }) });
    return CARD;
  } } });
  await customers.load(7);
  assert.deepEqual(customers.get(7).timeline.map(({ id }) => id), ["m2", "m1"]);
  assert.equal(customers.unread(7), 1);
});

test("what the customer writes opens the window again", async () => {
  const { http } = served({ "/desk/customers/7": CARD });
  const customers = new Customers({ http, onChange() {} });
  await customers.load(7);
  customers.receive({ type: "thread", customer: 7, message: words("m2", 200, { direction: "inbound" }) });
  assert.deepEqual(customers.get(7).window, { open: true, until: 200 + 24 * HOUR });
});

test("a refused message leaves no bubble behind", async () => {
  const { http } = served({ "/desk/customers/7": CARD, "/desk/customers/7/messages": () => Promise.reject(new Error("window_closed")) });
  const customers = new Customers({ http, onChange() {} });
  await customers.load(7);
  const sending = customers.send(7, { body: "Hello" }, { shown: "Hello", at: 300 });
  assert.equal(customers.get(7).timeline[0].status, "waiting");
  await assert.rejects(sending, /window_closed/);
  assert.deepEqual(customers.get(7).timeline.map(({ id }) => id), ["m1"]);
});

test("a refused change is taken back, and other changes stay", async () => {
  const { http } = served({ "/desk/customers/7": CARD });
  const customers = new Customers({ http, onChange() {} });
  await customers.load(7);
  http.post = async () => { throw new Error("refused"); };
  const changing = customers.change(7, { name: "Cleopatra" });
  assert.equal(customers.get(7).customer.name, "Cleopatra");
  await assert.rejects(changing);
  assert.equal(customers.get(7).customer.name, "Cleo");
});

test("a customer who cannot be fetched can be asked for again", async () => {
  let broken = true;
  const http = { get: async () => { if (broken) { throw new Error("offline"); } return CARD; } };
  const customers = new Customers({ http, onChange() {} });
  await customers.load(7);
  assert.equal(customers.get(7).state, "failed");
  broken = false;
  await customers.load(7);
  assert.equal(customers.get(7).state, "ready");
});
