// What the inbox counts and how long ago it says that something was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, countOf, shownOf } from "../inbox.js";

const WORDS = { now: "just now", minutes: "{count} min", hours: "{count} h", days: "{count} d" };

for (const [seconds, shown] of [[-2, "just now"], [59, "just now"], [60, "1 min"], [3599, "59 min"], [3600, "1 h"], [86_399, "23 h"], [86_400, "1 d"]]) {
  test(`${seconds} seconds ago is ${shown}`, () => assert.equal(ago(seconds, WORDS), shown));
}

test("a thread that has been read since counts no more", () => {
  const unread = { 7: 0, 8: 2 };
  const content = { missed: [{ sid: "CA1" }], voicemails: [], callbacks: [], threads: [{ customer: 7, unread: 1 }, { customer: 8, unread: 1 }] };
  const shown = shownOf(content, { unread: (id) => unread[id] });
  assert.deepEqual(shown.threads, [{ customer: 8, unread: 2 }]);
  assert.equal(countOf(shown), 2);
});
