// At most three suggestions, each in a place of its own that nothing moves while a pointer or the focus is on it.
import { byId, part, setAttribute, setHidden, setText, stamp } from "./page.js";

const PLACES = 3;
// A key pressed just as the words changed was meant for the words before.
const SETTLE_MS = 350;
const OPEN = new Set(["writing", "offered"]);

export class Suggestions {
  #messages;
  #onUse;
  #onDismiss;
  #root = byId("suggestions");
  #empty = byId("suggestions-empty");
  #places = [];
  #sid = null;
  #call = null;

  constructor({ messages, onUse, onDismiss }) {
    this.#messages = messages;
    this.#onUse = onUse;
    this.#onDismiss = onDismiss;
    for (let index = 0; index < PLACES; index += 1) {
      this.#places.push(this.#makePlace(index));
    }
  }

  render(call, { mine }) {
    if (this.#sid !== call.sid) {
      this.#sid = call.sid;
      this.#places.forEach((place) => empty(place));
    }
    this.#call = call;
    const byNumber = new Map(call.suggestions.map((one) => [one.id, one]));
    for (const place of this.#places) {
      if (place.id !== null && !byNumber.has(place.id)) {
        empty(place);
      }
    }
    for (const one of call.suggestions) {
      if (!this.#placeOf(one.id) && (OPEN.has(one.state) || one.state === "used")) {
        this.#settleIn(one);
      }
    }
    for (const place of this.#places) {
      this.#draw(place, byNumber.get(place.id), mine);
    }
    setHidden(this.#empty, this.#places.some((place) => place.id !== null));
  }

  /** The suggestion in a place (0 to 2) is what I say now. */
  use(index) {
    const place = this.#places[index];
    const one = this.#in(place);
    if (one?.state === "offered" && Date.now() - place.changedAt > SETTLE_MS) {
      this.#onUse(one);
    }
  }

  /** Without an index: the focused one, or the first that is open. */
  dismiss(index) {
    const place =
      this.#places[index] ??
      this.#places.find(({ root }) => root.contains(document.activeElement)) ??
      this.#places.find((each) => OPEN.has(this.#in(each)?.state));
    const one = this.#in(place);
    if (one && OPEN.has(one.state)) {
      this.#onDismiss(one);
    }
  }

  /** The place (0 to 2) that a suggestion has, or -1. */
  placeOf(id) {
    return this.#places.findIndex((place) => place.id === id);
  }

  /** "pending" or "copied" for a suggestion that is being used; it stays until its state says more. */
  note(id, what) {
    const place = this.#placeOf(id);
    if (place) {
      place.noted = what;
      this.#draw(place, this.#in(place), true);
    }
  }

  #makePlace(index) {
    const root = stamp("suggestion-template");
    const place = { root, id: null, changedAt: 0, seen: "", noted: null };
    setText(part(root, "key"), String(index + 1));
    part(root, "use").addEventListener("click", () => this.use(index));
    part(root, "dismiss").addEventListener("click", () => this.dismiss(index));
    this.#root.append(root);
    return place;
  }

  #in(place) {
    return this.#call?.suggestions.find((one) => one.id === place?.id);
  }

  #placeOf(id) {
    return this.#places.find((place) => place.id === id);
  }

  /** A free place first, then one whose words are done with; never one that is under the hand. */
  #settleIn(one) {
    const rank = (place) => {
      const inside = this.#in(place);
      if (!inside) {
        return 0;
      }
      return { withdrawn: 1, dismissed: 1, used: 2 }[inside.state] ?? 3;
    };
    const [place] = this.#places
      .filter(({ root, id }) => id === null || !isUnderHand(root))
      .sort((a, b) => rank(a) - rank(b) || (a.id ?? 0) - (b.id ?? 0));
    if (place) {
      const replaced = OPEN.has(this.#in(place)?.state);
      Object.assign(place, {
        id: one.id,
        noted: null,
        changedAt: replaced ? Date.now() : place.changedAt,
      });
    }
  }

  #draw(place, one, mine) {
    const { root, noted } = place;
    if (one && !isUnderHand(root) && ["withdrawn", "dismissed"].includes(one.state)) {
      empty(place);
    }
    const shown = place.id === null ? undefined : one;
    setAttribute(root, "data-state", shown?.state ?? "empty");
    setAttribute(root, "data-kind", shown?.kind ?? null);
    setText(part(root, "text"), shown?.text ?? "");
    setText(part(root, "after"), shown ? this.#heard(shown) : "");
    setText(part(root, "status"), shown ? this.#statusOf(shown, noted) : "");
    const usable = mine && shown?.state === "offered";
    setHidden(part(root, "use"), !usable);
    setHidden(part(root, "dismiss"), !(mine && OPEN.has(shown?.state)));
    part(root, "use").disabled = noted === "pending";
  }

  #statusOf({ state }, noted) {
    if (state === "used" && noted === "copied") {
      return this.#messages.suggestion.copied;
    }
    return this.#messages.suggestion[state] ?? "";
  }

  /** The caller's words that this answers. */
  #heard({ kind, after }) {
    if (kind === "holding") {
      return this.#messages.suggestion.holding;
    }
    return this.#call.utterances.find((one) => one.id === after)?.text ?? "";
  }
}

function empty(place) {
  Object.assign(place, { id: null, noted: null });
}

function isUnderHand(root) {
  return root.matches(":hover") || root.contains(document.activeElement);
}
