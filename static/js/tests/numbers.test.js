// Numbers as they are typed and pasted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanNumber, cleanTyped, looksDialable } from "../numbers.js";

for (const [typed, cleaned] of [
  ["+1 (555) 010-1003", "+15550101003"],
  ["tel:+44 (0)20 7946 0018", "+442079460018"],
  ["0049 30 901820", "+4930901820"],
  ["  (+49) 30/9018-20 ", "+4930901820"],
  ["030 901820", "030901820"],
  ["0", "0"],
  ["00", "+"],
  ["+", "+"],
  ["", ""],
  ["call me", ""],
  ["＋１５５５", "+1555"],
  ["1+2", "12"],
  ["+1234567890123456789", "+123456789012345"],
]) {
  test(`"${typed}" is dialled as "${cleaned}"`, () => assert.equal(cleanNumber(typed), cleaned));
}

test("cleaning twice changes nothing", () => {
  assert.equal(cleanNumber(cleanNumber("+44 (0)20 7946")), "+44207946");
});

test("the caret stays behind the digit after which something was typed", () => {
  assert.deepEqual(cleanTyped("+1 555", 3), { value: "+1555", caret: 2 });
  assert.deepEqual(cleanTyped("+15x55", 4), { value: "+1555", caret: 3 });
});

test("a name is nothing to dial, and neither are two digits", () => {
  assert.deepEqual(["Ben 2000", "12", "555 0100", "+49 30"].map(looksDialable), [false, false, true, true]);
});
