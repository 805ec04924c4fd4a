// What the status button says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf } from "../presence.js";

for (const [name, me, shown] of [
  ["counts up while available", { presence: "available", since: 900, next: "away" }, { label: "available", seconds: 100, then: null }],
  ["says what comes after the call", { presence: "busy", since: 990, next: "away" }, { label: "busy", seconds: 10, then: "away" }],
  ["is silent about the usual", { presence: "busy", since: 990, next: "available" }, { label: "busy", seconds: 10, then: null }],
  ["counts a wrap-up down", { presence: "wrap-up", since: 990, until: 1020, next: "available" }, { label: "wrap-up", seconds: 20, then: null }],
  ["never counts below zero", { presence: "wrap-up", since: 900, until: 999, next: "offline" }, { label: "wrap-up", seconds: 0, then: "offline" }],
  ["counts up again once a wrap-up has no end", { presence: "wrap-up", since: 900, until: null, next: "available" }, { label: "wrap-up", seconds: 100, then: null }],
]) {
  test(`the status ${name}`, () => assert.deepEqual(statusOf(me, 1000), shown));
}
