// Numbers as people read them; calls/tests/test_telephone_numbers.py holds the pages to the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readable } from "../page.js";

for (const [number, shown] of [
  ["+15550101003", "+1 555 010 1003"],
  ["+442079460018", "+44 207 946 0018"],
  ["+4930901820", "+49 309 018 20"],
  ["client:agent_7", "client:agent_7"],
  ["anonymous", "anonymous"],
]) {
  test(`${number} is shown as ${shown}`, () => assert.equal(readable(number), shown));
}
