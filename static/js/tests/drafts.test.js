// Notes that save themselves: nothing typed may be lost, whatever the server does meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../drafts.js";

class Store {
  constructor(kept = {}) {
    Object.assign(this, kept);
  }

  getItem(key) {
    return this[key] ?? null;
  }

  setItem(key, value) {
    this[key] = value;
  }

  removeItem(key) {
    delete this[key];
  }
}

function drafts(save, store = new Store()) {
  return new Drafts({ name: "notes", save, onChange() {}, store, wait: 1 });
}

const refusal = (code, message = code) => Object.assign(new Error(message), { code });
const soon = (ms = 10) => new Promise((resolve) => setTimeout(resolve, ms));

test("what the server has is shown until somebody writes", () => {
  const notes = drafts(async () => undefined);
  assert.equal(notes.text(7, "from the server"), "from the server");
  assert.equal(notes.state(7), "");
});

test("what is written is kept at once and saved a moment later", async () => {
  const saved = [];
  const store = new Store();
  const notes = drafts(async (id, text) => saved.push([id, text]), store);
  notes.write(7, "a");
  notes.write(7, "ab");
  assert.equal(store.getItem("draft.notes.7"), "ab");
  await soon();
  assert.deepEqual(saved, [["7", "ab"]]);
  assert.equal(notes.state(7), "saved");
  assert.equal(store.getItem("draft.notes.7"), null);
});

test("what is typed while it is being saved is saved too", async () => {
  const saved = [];
  const notes = drafts(async (_id, text) => {
    saved.push(text);
    if (saved.length === 1) {
      notes.write(7, "second");
    }
  });
  notes.write(7, "first");
  await notes.flush();
  assert.deepEqual(saved, ["first", "second"]);
  assert.equal(notes.state(7), "saved");
});

test("a failure keeps the text, and the next page of the tab saves it", async () => {
  const store = new Store();
  const broken = drafts(async () => {
    throw refusal("not_yours", "This call is not yours.");
  }, store);
  broken.write(7, "kept");
  await broken.flush();
  assert.equal(broken.state(7), "failed");
  assert.equal(broken.trouble(7), "This call is not yours.");
  assert.equal(broken.text(7, ""), "kept");

  const saved = [];
  const next = drafts(async (id, text) => saved.push([id, text]), store);
  assert.equal(next.text(7, "old"), "kept");
  await next.flush();
  assert.deepEqual(saved, [["7", "kept"]]);
});

test("while the server is away it is not said to be refused", async () => {
  const notes = drafts(async () => {
    throw refusal("offline");
  });
  notes.write(7, "kept");
  await notes.flush();
  assert.equal(notes.state(7), "failed");
  assert.equal(notes.trouble(7), "");
  notes.done(7); // ends the retries
});

test("a newer text of the server counts only where nothing is unsaved", async () => {
  const notes = drafts(async () => undefined);
  notes.write(7, "mine");
  notes.settle(7);
  assert.equal(notes.text(7, "theirs"), "mine");
  await notes.flush();
  notes.settle(7);
  assert.equal(notes.text(7, "theirs"), "theirs");
});
