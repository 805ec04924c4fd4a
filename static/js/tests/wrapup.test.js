// The rules of the card after a call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clockOf, digitOf, isMissing, isPast } from "../wrapup.js";

const SOLVED = { id: 3, name: "Solved" };
const WORDS = { ends_in: "ends in {time}", no_end: "until you choose" };

for (const [name, wrapUp, missing] of [
  ["required and not chosen", { required: true, dispositions: [SOLVED], chosen: null }, true],
  ["required and chosen", { required: true, dispositions: [SOLVED], chosen: 3 }, false],
  ["chosen, but not of this queue", { required: true, dispositions: [SOLVED], chosen: 4 }, true],
  ["not required", { required: false, dispositions: [SOLVED], chosen: null }, false],
]) {
  test(`a disposition that is ${name} ${missing ? "is missing" : "is not missed"}`, () => assert.equal(isMissing(wrapUp), missing));
}

for (const [name, me, required, shown] of [
  ["is silent outside wrap-up", { presence: "available", until: null }, true, { text: "", share: null }],
  ["counts down", { presence: "wrap-up", since: 980, until: 1020 }, false, { text: "ends in 0:20", share: 0.5 }],
  ["stops at zero", { presence: "wrap-up", since: 980, until: 999 }, false, { text: "ends in 0:00", share: 0 }],
  ["waits for a required disposition", { presence: "wrap-up", since: 980, until: null }, true, { text: "until you choose", share: null }],
]) {
  test(`the clock of the wrap-up ${name}`, () => assert.deepEqual(clockOf(me, 1000, required, WORDS), shown));
}

for (const [name, event, digit] of [
  ["a digit", { key: "2", code: "Digit2" }, 2],
  ["a digit of the keypad", { key: "9", code: "Numpad9" }, 9],
  ["a digit's place where it needs Shift", { key: "é", code: "Digit2" }, 2],
  ["a digit with Ctrl", { key: "2", code: "Digit2", ctrlKey: true }, 0],
  ["a letter", { key: "n", code: "KeyN" }, 0],
]) {
  test(`${name} is ${digit || "none"}`, () => assert.equal(digitOf(event), digit));
}

for (const [presence, past] of [
  ["wrap-up", false],
  ["busy", false],
  ["available", true],
  ["away", true],
  ["offline", true],
]) {
  test(`a card that was kept over a reload is ${past ? "gone" : "there"} for whoever is ${presence}`, () => assert.equal(isPast({ presence }), past));
}
