// The call page's clocks, words, moments, links and keys, and when the transcript follows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { share, toCall, toSound, under } from "../call/clocks.js";
import { Follow } from "../call/follow.js";
import { Link, troubleOf } from "../call/link.js";
import { Moments } from "../call/moments.js";
import { Renewed } from "../call/renewed.js";
import { actionOf } from "../call/shortcuts.js";
import { lettersOf, timesOf, Track, wordAt, wordUnder } from "../call/track.js";

test("a second of the call is one of the sound, less what was not recorded", () => {
  assert.equal(toSound(12.5, 2.5), 10);
  assert.equal(toSound(1, 2.5), 0);
  assert.equal(toCall(toSound(12.5, 2.5), 2.5), 12.5);
});

test("a point of the picture is a second of the call, and none is outside it", () => {
  const frame = { left: 100, width: 400 };
  assert.equal(under(300, frame, 60), 30);
  assert.equal(under(50, frame, 60), 0);
  assert.equal(under(900, frame, 60), 60);
  assert.equal(under(300, { left: 0, width: 0 }, 60), 0);
  assert.equal(share(5, 0), 0);
});

const lines = [
  { start: 0, end: 4 },
  { start: 2, end: 20 },
  { start: 5, end: 6 },
  { start: 8, end: 9 },
];

test("all who speak at a second are found, also one who began long before", () => {
  const track = new Track(lines);
  assert.deepEqual(track.at(3), [lines[0], lines[1]]);
  assert.deepEqual(track.at(8.5), [lines[1], lines[3]]);
  assert.deepEqual(track.at(7), [lines[1]]);
  assert.deepEqual(track.at(20), []);
  assert.deepEqual(new Track([]).at(1), []);
});

test("between two lines the one that began last is where one is", () => {
  const track = new Track(lines);
  assert.equal(track.lastBefore(30), lines[3]);
  assert.equal(track.lastBefore(-1), null);
});

test("words have the times of the server", () => {
  assert.deepEqual(timesOf("0 31 35 58"), [[0, 0.31], [0.35, 0.58]]);
  assert.deepEqual(timesOf(undefined), []);
});

test("the word that is spoken is the one that began last", () => {
  const times = timesOf("0 31 50 80");
  assert.equal(wordAt(times, 0.1), 0);
  assert.equal(wordAt(times, 0.4), 0);
  assert.equal(wordAt(times, 0.5), 1);
  assert.equal(wordAt(times, -0.1), -1);
  assert.equal(wordAt([], 1), -1);
});

test("a letter belongs to the word around it", () => {
  const letters = lettersOf("Where is  my lamp?");
  assert.deepEqual(letters, [[0, 5], [6, 8], [10, 12], [13, 18]]);
  assert.equal(wordUnder(letters, 0), 0);
  assert.equal(wordUnder(letters, 5), 0);
  assert.equal(wordUnder(letters, 9), -1);
  assert.equal(wordUnder(letters, 17), 3);
  assert.equal(wordUnder(letters, -1), -1);
});

const clock = () => {
  const held = { ms: 0 };
  return { held, follow: new Follow({ now: () => held.ms }) };
};

test("the transcript follows until its reader scrolls away from what is spoken", () => {
  const { held, follow } = clock();
  assert.ok(follow.on);
  held.ms = 5000;
  follow.scrolled(true);
  assert.ok(follow.on);
  follow.scrolled(false);
  assert.ok(!follow.on);
});

test("what scrolls by itself is not taken for the reader", () => {
  const { held, follow } = clock();
  follow.scrolling();
  held.ms = 300;
  follow.scrolled(false);
  assert.ok(follow.on);
});

test("a reader who takes hold while it scrolls is heeded", () => {
  const { follow } = clock();
  follow.scrolling();
  follow.touched();
  follow.scrolled(false);
  assert.ok(!follow.on);
});

test("it follows again when asked, and when the reader comes back by themselves", () => {
  const { held, follow } = clock();
  held.ms = 5000;
  follow.scrolled(false);
  follow.again();
  assert.ok(follow.on);
  follow.scrolled(false);
  follow.scrolled(true);
  assert.ok(follow.on);
});

test("moments are gone through in both directions, and the one just heard is passed", () => {
  const moments = new Moments({ all: [30, 10, 30, 20], idle: [] });
  assert.equal(moments.next(10), 20);
  assert.equal(moments.next(30), null);
  assert.equal(moments.previous(21), 10);
  assert.equal(moments.previous(25), 20);
  assert.equal(moments.previous(5), null);
});

test("a silence is left as soon as it is one, also into the next, and speech never", () => {
  const moments = new Moments({ all: [], idle: [[14, 30], [10, 14.2], [50, 50.8]] });
  assert.equal(moments.skip(9), null);
  assert.equal(moments.skip(10.2), null);
  assert.equal(moments.skip(10.6), 13.7);
  assert.equal(moments.skip(14.6), 29.5);
  assert.equal(moments.skip(29.6), null);
  assert.equal(moments.skip(50.5), null);
});

test("a link is old shortly before it expires, and asked for again", async () => {
  const held = { ms: 1000 };
  const asked = [];
  const ask = async (address) => {
    asked.push(address);
    return { url: `/signed/${asked.length}`, seconds: 300 };
  };
  const link = new Link({ ask, now: () => held.ms });
  assert.ok(link.isOld);
  assert.equal(await link.fresh("/sound"), "/signed/1");
  assert.ok(!link.isOld);
  held.ms = 1000 + 279_000;
  assert.ok(!link.isOld);
  held.ms = 1000 + 281_000;
  assert.ok(link.isOld);
  assert.equal(await link.fresh("/sound"), "/signed/2");
  assert.deepEqual(asked, ["/sound", "/sound"]);
});

test("an error soon after a link was asked for is not one of its age", async () => {
  const held = { ms: 0 };
  const link = new Link({ ask: async () => ({ url: "/signed", seconds: 300 }), now: () => held.ms });
  assert.ok(!link.isNew);
  held.ms = 1000;
  await link.fresh("/sound");
  held.ms = 5999;
  assert.ok(link.isNew);
  held.ms = 6000;
  assert.ok(!link.isNew);
});

test("a refusal has a sentence of its own where there is one", () => {
  assert.equal(troubleOf({ code: "gone" }), "gone");
  assert.equal(troubleOf({ code: "offline" }), "offline");
  assert.equal(troubleOf({ code: "teapot" }), "other");
  assert.equal(troubleOf(new Error("x")), "other");
});

/** An audio element as far as `Renewed` knows one; `plays` says it is not paused. */
function sound({ at, plays }) {
  const audio = Object.assign(new EventTarget(), {
    currentTime: at,
    readyState: 4,
    paused: !plays,
    dataset: { link: "/sound" },
    play: async () => {},
    pause: () => Object.assign(audio, { paused: true }),
  });
  return audio;
}

test("a sound whose address has expired goes on with another one where it was", async () => {
  const held = { ms: 0 };
  const told = [];
  const audio = sound({ at: 61, plays: true });
  const ask = async () => ({ url: `/signed/${held.ms}`, seconds: 300 });
  new Renewed({ audio, ask, tell: (code) => told.push(code), now: () => held.ms });
  audio.dispatchEvent(new Event("timeupdate"));
  held.ms = 400_000;
  Object.assign(audio, { currentTime: 0, readyState: 0 });
  audio.dispatchEvent(new Event("error"));
  await new Promise(setImmediate);
  assert.deepEqual([audio.src, audio.currentTime, told], ["/signed/400000", 61, [null]]);
  // One that is no better is not tried for ever.
  audio.dispatchEvent(new Event("error"));
  assert.deepEqual(told, [null, "other"]);
});

test("a sound that is no longer stored stops and says so", async () => {
  const told = [];
  const audio = sound({ at: 0, plays: true });
  const ask = () => Promise.reject(Object.assign(new Error("no"), { code: "gone" }));
  new Renewed({ audio, ask, tell: (code) => told.push(code) });
  audio.dispatchEvent(new Event("play"));
  await new Promise(setImmediate);
  assert.deepEqual([audio.paused, told], [true, ["gone"]]);
});

/** An element that matches the selectors which have one of these names in them. */
const inside = (...names) => ({
  closest: (selector) => names.some((name) => selector.split(", ").some((each) => each.startsWith(name))) || null,
});
const pressed = (key, { target = inside(), ...more } = {}) => ({ key, target, ...more });

test("keys have the actions that players have everywhere", () => {
  const expected = { k: "play", K: "play", " ": "play", j: "back", ArrowRight: "forward", ".": "faster", n: "next", f: "follow", "?": "keys" };
  for (const [key, action] of Object.entries(expected)) {
    assert.equal(actionOf(pressed(key)), action, key);
  }
  assert.equal(actionOf(pressed("x")), null);
});

test("keys are silent for whoever types, and with Ctrl they are the browser's", () => {
  for (const key of ["k", " ", "ArrowLeft"]) {
    assert.equal(actionOf(pressed(key, { target: inside("textarea") })), null);
    assert.equal(actionOf(pressed(key, { ctrlKey: true })), null);
  }
});

test("Space and the arrows stay with a button or a slider, letters do not", () => {
  const target = inside("button");
  assert.equal(actionOf(pressed(" ", { target })), null);
  assert.equal(actionOf(pressed("ArrowLeft", { target })), null);
  assert.equal(actionOf(pressed("k", { target })), "play");
});
