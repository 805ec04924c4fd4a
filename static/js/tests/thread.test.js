// What a bubble says below its words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf, stateOf } from "../thread.js";

const WORDS = {
  states: { waiting: "Waiting", read: "Read", failed: "Failed" },
  failed_because: "{state}: {reason}",
  no_reason: "No reason was given.",
};
const sent = (status, more = {}) => ({ direction: "outbound", status, error: "", ...more });

for (const [name, message, shown] of [
  ["one that waits", sent("waiting"), "Waiting"],
  ["one that was read", sent("read"), "Read"],
  ["a failure with its reason", sent("failed", { error: "The 24 hours were over." }), "Failed: The 24 hours were over."],
  ["a failure without a reason", sent("failed"), "Failed: No reason was given."],
  ["one of the customer's", { direction: "inbound", status: "received" }, ""],
]) {
  test(`the state of ${name}`, () => assert.equal(stateOf(message, WORDS), shown));
}

for (const [type, kind] of [["image/jpeg", "image"], ["application/pdf", "application"], ["text/vcard", "other"], [undefined, "other"]]) {
  test(`${type} is shown as ${kind}`, () => assert.equal(kindOf({ content_type: type }), kind));
}
