// What the AI voice says and will say: each line with what a human may do about it. The next line stands lowest, so that
// its buttons stay where they are while others come and go above.
import { now } from "../clock.js";
import { byId, fill, part, setAttribute, setHidden, setText, stamp } from "../page.js";
import { Pending } from "../pending.js";
import { heardPart, isLed, isUndecided, linesNow, mayDrop } from "../state/voice.js";

// A key pressed just as another line came was meant for the one before.
const SETTLE_MS = 350;
const TOLD = new Set(["waiting", "cut", "failed"]);

export class Cues {
  #messages;
  #order;
  #onOvertaken;
  #paint;
  #root = byId("cues");
  #list = byId("cue-list");
  #told = byId("cue-told");
  #pending;
  #cards = new Map();
  #call = null;
  #may = false;
  #editing = null; // the line's id
  #next = { id: null, since: 0 };

  /**
   * `order(sid, name, data)` gives a command and tells refusals; `onOvertaken(text)` tells that an edit came too late;
   * `paint(root)` writes the keys on buttons.
   */
  constructor({ messages, order, onChange, onOvertaken, paint }) {
    this.#messages = messages.voice.cues;
    this.#order = order;
    this.#onOvertaken = onOvertaken;
    this.#paint = paint;
    this.#pending = new Pending({ onChange });
  }

  /** `call` is the one in view, or null; `steer`: I may decide about its lines. */
  render(call, { steer }) {
    if (call?.sid !== this.#call?.sid) {
      this.#begin();
    }
    this.#call = call;
    this.#may = steer;
    const { shown, carried } = call === null ? { shown: [] } : this.#withEditor(call);
    setHidden(this.#root, call === null || (!isLed(call) && shown.length === 0));
    if (call === null) {
      return;
    }
    setAttribute(this.#root, "data-led", String(isLed(call)));
    this.#pending.look(call);
    this.#renderCards(shown);
    if (carried) {
      this.#write(this.#editing, carried);
    }
    this.#renderRest(call, shown);
    this.#follow(shown);
  }

  /** The line that waits may be spoken. */
  release() {
    const line = this.#ready();
    if (line) {
      this.#decide(line, "release_line", {});
    }
  }

  edit() {
    const line = this.#ready();
    if (line) {
      this.#open(line);
    }
  }

  /** The line that waits or is being written is not to be spoken; where there is none, the one that is spoken stops. */
  drop() {
    const line = nextToDrop(this.#shown());
    // What has just changed may not be what the key was meant for.
    if (line && !this.#isPending(line) && (now() - line.changed_at) * 1000 > SETTLE_MS) {
      this.#decide(line, "drop_line", {});
    }
  }

  #begin() {
    this.#pending.forget();
    this.#cards.clear();
    this.#list.replaceChildren();
    this.#editing = null;
    this.#next = { id: null, since: 0 };
    setText(this.#told, "");
  }

  #shown() {
    return this.#call === null || !this.#may ? [] : linesNow(this.#call, now());
  }

  /** The line that can be decided about now. */
  #ready() {
    const line = this.#shown().find((one) => one.state === "waiting" && isUndecided(one));
    const settled = Date.now() - this.#next.since > SETTLE_MS;
    return line && settled && !this.#isPending(line) ? line : undefined;
  }

  #isPending({ id }) {
    return this.#pending.has(id);
  }

  #decide({ id }, name, data) {
    const { sid } = this.#call;
    const isOpen = name === "drop_line" ? mayDrop : isUndecided;
    this.#pending.begin(id, {
      ask: () => this.#order(sid, name, { line: id, ...data }),
      done: ({ lines }) => !lines.some((line) => line.id === id && isOpen(line)),
    });
  }

  // The cards

  #renderCards(shown) {
    const kept = new Set(shown.map(({ id }) => id));
    for (const [id, card] of this.#cards) {
      if (!kept.has(id)) {
        card.remove();
        this.#cards.delete(id);
      }
    }
    shown.forEach((line, index) => {
      const card = this.#cards.get(line.id) ?? this.#make(line.id);
      if (this.#list.children[index] !== card) {
        this.#list.insertBefore(card, this.#list.children[index] ?? null);
      }
      this.#draw(card, line);
      setHidden(part(card, "drop-key"), line !== nextToDrop(shown));
    });
  }

  #make(id) {
    const card = stamp("cue-template");
    const whenIt = (may, action) => () => {
      const line = this.#shown().find((one) => one.id === id);
      if (line && may(line) && !this.#isPending(line)) {
        action(line);
      }
    };
    part(card, "release").addEventListener("click", whenIt(isUndecided, (line) => this.#decide(line, "release_line", {})));
    part(card, "drop").addEventListener("click", whenIt(mayDrop, (line) => this.#decide(line, "drop_line", {})));
    part(card, "edit").addEventListener("click", whenIt(isUndecided, (line) => this.#open(line)));
    part(card, "leave").addEventListener("click", () => this.#leave());
    part(card, "editor").addEventListener("submit", (event) => this.#submit(event));
    part(card, "words").addEventListener("keydown", (event) => this.#key(event));
    this.#paint(card);
    this.#cards.set(id, card);
    return card;
  }

  #draw(card, line) {
    const editing = this.#editing === line.id;
    const pending = this.#isPending(line);
    const mine = this.#may && isUndecided(line) && !editing;
    const shown = line.decided ?? line.state;
    setAttribute(card, "data-state", shown);
    setHidden(part(card, "text"), editing);
    setHidden(part(card, "editor"), !editing);
    this.#drawText(card, line);
    setText(part(card, "state"), this.#messages.states[shown]);
    setText(part(card, "about"), editing && !isUndecided(line) ? this.#messages.edit_kept : this.#about(line));
    this.#drawTime(card, line);
    setHidden(part(card, "drop"), !(this.#may && mayDrop(line) && !editing));
    setText(part(card, "drop-text"), this.#messages[line.state === "speaking" ? "stop" : "drop"]);
    for (const name of ["edit", "release"]) {
      setHidden(part(card, name), !(mine && line.state === "waiting"));
    }
    for (const name of ["drop", "edit", "release"]) {
      part(card, name).disabled = pending;
    }
    part(card, "say").disabled = pending || !isUndecided(line);
    card.classList.toggle("is-pending", pending);
  }

  #drawText(card, line) {
    const sounded = ["speaking", "said", "cut"].includes(line.state) || (line.state === "failed" && line.heard !== "");
    const [heard, rest] = sounded ? heardPart(this.#call, line) : ["", line.text];
    const empty = line.text === "" && line.state === "writing";
    setText(part(card, "heard"), heard);
    setHidden(part(card, "cut"), line.state !== "cut" || rest === "");
    setText(part(card, "rest"), empty ? this.#messages.thinking : rest);
    const share = line.text ? heard.length / line.text.length : 0;
    card.style.setProperty("--heard", (line.state === "said" ? 1 : Math.min(1, share)).toFixed(3));
  }

  /** What kind of line it is, and why it was not said. */
  #about({ kind, state, code }) {
    const reasons = this.#messages.reasons;
    const over = state === "failed" || state === "dropped" || state === "cut";
    const reason = over ? (reasons[code] ?? (state === "failed" ? reasons.other : "")) : "";
    return [this.#messages.kinds[kind] ?? "", reason].filter(Boolean).join(" · ");
  }

  /** How long it may still be stopped before it is spoken by itself. */
  #drawTime(card, line) {
    const runs = line.state === "waiting" && line.until !== null && line.decided === null;
    setHidden(part(card, "time"), !runs);
    card.classList.toggle("has-time", runs);
    if (runs) {
      const left = Math.max(0, line.until - now());
      const whole = Math.max(0.1, line.until - line.changed_at);
      setText(part(card, "time"), fill(this.#messages.spoken_in, { seconds: left.toFixed(left < 10 ? 1 : 0) }));
      card.style.setProperty("--left", Math.min(1, left / whole).toFixed(3));
    }
  }

  #renderRest(call, shown) {
    const rest = byId("cue-rest");
    const quiet = shown.length === 0 && isLed(call);
    setHidden(rest, !quiet);
    if (quiet) {
      const speaking = Object.values(call.partials).some(({ speaker }) => speaker === "caller");
      const text = speaking ? this.#messages.listening : this.#messages.resting;
      setText(part(rest, "text"), fill(text, { name: call.assistant?.name ?? "" }));
    }
  }

  /** Tells those who do not see it, once, what has become of a line. */
  #follow(shown) {
    const next = shown.find((line) => line.state === "waiting")?.id ?? null;
    if (next !== this.#next.id) {
      this.#next = { id: next, since: this.#next.id === null || next === null ? 0 : Date.now() };
    }
    const line = shown.findLast(({ state }) => TOLD.has(state));
    if (line) {
      const about = line.state === "waiting" ? line.text : this.#about(line);
      setText(this.#told, `${this.#messages.states[line.state]}: ${about}`);
    }
  }

  // Other words

  #open(line) {
    this.#editing = line.id;
    this.#draw(this.#cards.get(line.id), line);
    this.#write(line.id, { text: line.text, at: line.text.length, focused: true });
  }

  #write(id, { text, at, focused }) {
    const words = part(this.#cards.get(id), "words");
    words.value = text;
    if (focused) {
      words.focus();
      words.setSelectionRange(at, at);
    }
  }

  /**
   * The lines in view. Words that a human is writing stay when their line is not wanted any more, because the caller
   * went on: they wait for the next one, and move to it (`carried`).
   */
  #withEditor(call) {
    const shown = linesNow(call, now());
    const line = call.lines.find(({ id }) => id === this.#editing);
    if (this.#editing === null || (this.#may && line && isUndecided(line))) {
      return { shown };
    }
    const stopped = line?.state === "dropped" || line?.state === "cut" || line?.state === "failed";
    if (!this.#may || !stopped || line.decided !== null) {
      this.#editing = null;
      this.#onOvertaken(this.#messages[line?.state === "speaking" ? "edit_too_late" : "edit_not_needed"]);
      return { shown };
    }
    const next = shown.find(isUndecided);
    if (!next) {
      return { shown: [...shown.filter(({ id }) => id !== line.id), line] };
    }
    const words = part(this.#cards.get(line.id), "words");
    this.#editing = next.id;
    return { shown, carried: { text: words.value, at: words.selectionStart, focused: words === document.activeElement } };
  }

  #leave() {
    const card = this.#cards.get(this.#editing);
    this.#editing = null;
    this.render(this.#call, { steer: this.#may });
    if (card?.isConnected) {
      part(card, "edit").focus();
    }
  }

  #key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.#leave();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      part(this.#cards.get(this.#editing), "editor").requestSubmit();
    }
  }

  #submit(event) {
    event.preventDefault();
    const line = this.#shown().find(({ id }) => id === this.#editing);
    const text = part(event.currentTarget, "words").value.trim();
    if (!line || !isUndecided(line) || !text) {
      part(event.currentTarget, "words").focus();
      return;
    }
    this.#editing = null;
    this.#list.focus({ preventScroll: true });
    this.#decide(line, "release_line", text === line.text ? {} : { text });
  }
}

/** What the key for it drops: the line that comes next, or the one that is being spoken. */
function nextToDrop(lines) {
  return lines.findLast(mayDrop);
}
