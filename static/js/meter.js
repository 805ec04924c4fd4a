// The call in figures: how long, on hold since when, how long nobody has spoken, and whose word is next.
import { asClock, now } from "./clock.js";
import { byId, fill, part, setAttribute, setHidden, setText } from "./page.js";
import { lastWords } from "./state.js";
import { isLed } from "./state/voice.js";

const QUIET_SECONDS = 2;
// Words come in bursts: this long after one the speaker is still taken to be speaking.
const BREATH_SECONDS = 1.5;

export class Meter {
  #messages;
  #deadAir;
  #root = byId("meter");
  #said = "";

  constructor({ messages, deadAirSeconds }) {
    this.#messages = messages.meter;
    this.#deadAir = deadAirSeconds;
    const full = Math.max(this.#deadAir, QUIET_SECONDS) * 1.5;
    this.#root.style.setProperty("--quiet-at", QUIET_SECONDS / full);
    this.#root.style.setProperty("--dead-at", this.#deadAir / full);
  }

  /** Called several times a second; `mine`: "you" are the agent; `live`: words can come in. */
  render(call, { mine, live }) {
    const total = (call.ended_at ?? now()) - (call.answered_at ?? call.created_at);
    setText(part(this.#root, "duration"), asClock(total));
    setHidden(part(this.#root, "hold"), !call.on_hold);
    setHidden(part(this.#root, "silence"), call.on_hold);
    if (call.on_hold) {
      setHidden(part(this.#root, "resume"), !mine);
      setText(part(this.#root, "hold-time"), asClock(now() - call.hold_since));
    }
    this.#renderSilence(call, { mine, live });
  }

  #renderSilence(call, { mine, live }) {
    const last = lastWords(call);
    const heard = live && !call.trouble.transcription && !call.recording_paused;
    const known = heard && (call.agent_connected || isLed(call)) && !call.on_hold;
    const silent = known ? silenceOf(call, last) : 0;
    const level = this.#levelOf(known, silent);
    const full = Math.max(this.#deadAir, QUIET_SECONDS) * 1.5;
    setAttribute(this.#root, "data-level", level);
    this.#root.style.setProperty("--silence", Math.min(1, silent / full).toFixed(3));
    setText(part(this.#root, "silence-time"), known ? `${silent.toFixed(1)} s` : "–");
    setText(part(this.#root, "level"), this.#messages.levels[level]);
    setText(part(this.#root, "next"), this.#nextWord(last, { mine, silent, led: isLed(call) }));
    this.#warn(level, silent);
  }

  #levelOf(known, silent) {
    if (!known) {
      return "unknown";
    }
    if (silent >= this.#deadAir) {
      return "dead";
    }
    return silent >= QUIET_SECONDS ? "quiet" : "flowing";
  }

  #nextWord(last, { mine, silent, led }) {
    if (last === null) {
      return this.#messages.next.nobody;
    }
    if (last.end === null && silent === 0) {
      return this.#messages.next.speaking;
    }
    if (last.speaker !== "caller") {
      return this.#messages.next.caller;
    }
    if (led) {
      return this.#messages.next.assistant;
    }
    return mine ? this.#messages.next.you : this.#messages.next.agent;
  }

  /** Dead air is told once each time, to those who do not see the bar. */
  #warn(level, silent) {
    const text =
      level === "dead"
        ? fill(this.#messages.warning, { seconds: Math.round(this.#deadAir) })
        : "";
    if (text !== this.#said && (text || silent < QUIET_SECONDS)) {
      this.#said = text;
      setText(part(this.#root, "warning"), text);
    }
  }
}

/** Seconds since anybody's last word; before the first one, since the two could speak. */
function silenceOf(call, last) {
  if (last?.end === null) {
    const since = now() - (last.heard ?? now());
    return since > BREATH_SECONDS ? since : 0;
  }
  const clock = now() - (call.answered_at ?? now());
  const began = call.accepted_at ? call.accepted_at - call.answered_at : 0;
  const resumed = call.marks.findLast((one) => one.kind !== "words" && one.end !== null)?.end ?? 0;
  return Math.max(0, clock - Math.max(last?.end ?? 0, began, resumed));
}
