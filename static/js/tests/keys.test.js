// Which key does what, and how people change it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_KEYS, Keymap, labelOf, nameOf, shortcutOf } from "../keys.js";

class Shelf {
  #kept = new Map();

  getItem(name) {
    return this.#kept.get(name) ?? null;
  }

  setItem(name, text) {
    this.#kept.set(name, text);
  }
}

const keymap = (storage = new Shelf(), user = 1) => new Keymap({ storage, user });

test("no two actions have the same key", () => {
  const keys = Object.values(DEFAULT_KEYS);
  assert.equal(new Set(keys).size, keys.length);
});

test("a key that was changed does the other thing, and its old one does nothing", () => {
  const keys = keymap();
  assert.equal(keys.assign("mute", "z"), null);
  assert.deepEqual([keys.actionOf("z"), keys.actionOf("m")], ["mute", null]);
  assert.equal(keys.changed, true);
});

test("a key that is taken is told and not given away", () => {
  const keys = keymap();
  assert.equal(keys.assign("mute", "h"), "hold");
  assert.deepEqual([keys.keyOf("mute"), keys.keyOf("hold")], ["m", "h"]);
  assert.equal(keys.assign("mute", "m"), null);
});

test("a key that became free can be taken", () => {
  const keys = keymap();
  keys.assign("hold", "z");
  assert.equal(keys.assign("mute", "h"), null);
  assert.deepEqual([keys.actionOf("h"), keys.actionOf("z")], ["mute", "hold"]);
});

test("keys are kept for each user apart, and can be set back", () => {
  const storage = new Shelf();
  keymap(storage, 1).assign("mute", "z");
  assert.equal(keymap(storage, 1).keyOf("mute"), "z");
  assert.equal(keymap(storage, 2).keyOf("mute"), "m");
  keymap(storage, 1).reset();
  assert.equal(keymap(storage, 1).keyOf("mute"), "m");
  assert.equal(keymap(storage, 1).changed, false);
});

test("two keys that changed places are kept", () => {
  const storage = new Shelf();
  const keys = keymap(storage);
  keys.assign("mute", "z");
  keys.assign("hold", "m");
  keys.assign("mute", "h");
  const again = keymap(storage);
  assert.deepEqual([again.keyOf("mute"), again.keyOf("hold")], ["h", "m"]);
});

for (const [what, text] of [
  ["no JSON", "{"],
  ["a list", "[1]"],
  ["null", "null"],
  ["unknown actions", '{"dance": "z"}'],
  ["what is no key", '{"mute": "Enter", "hold": 7, "end": "ctrl+x", "keypad": ""}'],
  ["a key that another action has", '{"mute": "h"}'],
]) {
  test(`${what} in the storage changes nothing`, () => {
    const storage = new Shelf();
    storage.setItem("keys.1", text);
    assert.equal(keymap(storage).changed, false);
  });
}

test("a storage that refuses does not stop anybody", () => {
  const refuse = () => {
    throw new Error("denied");
  };
  const keys = keymap({ getItem: refuse, setItem: refuse });
  assert.equal(keys.assign("mute", "z"), null);
  assert.equal(keys.actionOf("z"), "mute");
});

for (const [event, name] of [
  [{ key: "m", code: "KeyM" }, "m"],
  [{ key: "M", code: "KeyM" }, "m"], // Caps Lock
  [{ key: "T", code: "KeyT", shiftKey: true }, "shift+t"],
  [{ key: "!", code: "Digit1", shiftKey: true }, "shift+1"],
  [{ key: "&", code: "Digit1" }, "1"], // a French keyboard
  [{ key: "?", code: "Slash", shiftKey: true }, "?"],
  [{ key: "ß", code: "Minus" }, "ß"],
  [{ key: "Enter", code: "Enter" }, null],
  [{ key: " ", code: "Space" }, null],
  [{ key: "Escape", code: "Escape" }, null],
  [{ key: "m", code: "KeyM", ctrlKey: true }, null],
  [{ key: "m", code: "KeyM", metaKey: true }, null],
  [{ key: "Dead", code: "BracketLeft" }, null],
  [{ key: "m", code: "KeyM", isComposing: true }, null],
]) {
  test(`${JSON.stringify(event)} is the key ${name}`, () => assert.equal(nameOf(event), name));
}

test("keys are written as on a keyboard, and named for screen readers", () => {
  assert.deepEqual(["m", "shift+1", "?"].map(labelOf), ["M", "⇧1", "?"]);
  assert.equal(shortcutOf("shift+1"), "Shift+1");
});
