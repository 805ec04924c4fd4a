// The conversation as it is written down: final lines in a log with what happened beside them, words still being spoken under
// it, and the reader's place kept.
import { asClock, asDuration } from "./clock.js";
import { byId, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";
import { spoken, timeline } from "./state.js";
import { cutFrom, isCued } from "./state/voice.js";

const NEAR_THE_END = 48; // pixels
const TEMPLATES = { words: "line-template", tool: "beside-template", guidance: "beside-template" };

export class Transcript {
  #messages;
  #scroller = byId("transcript");
  #log = byId("transcript-log");
  #partials = byId("transcript-partials");
  #jump = byId("jump");
  #lines = new Map();
  #sid = null;
  #following = true;
  #unread = 0;

  constructor({ messages }) {
    this.#messages = messages;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#jump.addEventListener("click", () => this.follow());
    new ResizeObserver(() => this.#keepPlace()).observe(this.#scroller);
  }

  /** `nameOf(speaker)` says what a speaker is called on this call. */
  render(call, nameOf) {
    if (this.#sid !== call.sid) {
      this.#begin(call.sid);
    }
    const lines = timeline(call);
    this.#renderFinal(lines, nameOf, call);
    this.#renderSpoken(spoken(call).filter((one) => !isCued(call, one)), lines.at(-1), nameOf);
    this.#keepPlace();
  }

  /** Back to the newest words. */
  follow() {
    this.#following = true;
    this.#keepPlace();
  }

  #begin(sid) {
    this.#sid = sid;
    this.#lines.clear();
    this.#log.replaceChildren();
    this.#partials.replaceChildren();
    this.#following = true;
    this.#unread = 0;
  }

  #renderFinal(lines, nameOf, call) {
    let before = null;
    let previous = null;
    for (const line of lines) {
      const known = this.#lines.get(line.key);
      const element = known ?? this.#write(line, nameOf);
      const next = before ? before.nextElementSibling : this.#log.firstElementChild;
      if (element !== next) {
        this.#log.insertBefore(element, next);
      }
      if (line.kind === "words") {
        element.classList.toggle("continues", follows(previous, line));
        this.#markCut(element, cutFrom(call, line));
      } else if (line.kind in TEMPLATES) {
        this.#tellBeside(element, line, call);
      } else {
        this.#describe(element, line);
      }
      before = element;
      previous = line;
    }
  }

  #write(line, nameOf) {
    const element = stamp(TEMPLATES[line.kind] ?? "mark-template");
    if (line.kind === "words") {
      this.#fillLine(element, line, nameOf);
    } else {
      element.classList.add(`is-${line.kind}`);
    }
    this.#lines.set(line.key, element);
    if (!this.#following) {
      this.#unread += 1;
    }
    return element;
  }

  #fillLine(element, { speaker, start, text }, nameOf) {
    element.classList.add(`by-${speaker}`);
    setText(part(element, "speaker"), nameOf(speaker));
    setText(part(element, "time"), asClock(start));
    setAttribute(part(element, "time"), "datetime", asDuration(start));
    setText(part(element, "text"), text);
  }

  #describe(element, { kind, start, end, name = "", text = "" }) {
    const words = this.#messages.marks[end === null ? `${kind}_open` : kind];
    setText(
      element,
      fill(words, { from: asClock(start), to: asClock(end ?? start), name: readable(name), text }),
    );
  }

  /** Where the caller heard no more of what the AI was saying. */
  #markCut(element, rest) {
    setHidden(part(element, "cut"), !rest);
    setText(part(element, "cut"), rest ? this.#messages.voice.cut : "");
    setAttribute(part(element, "cut"), "title", rest ? fill(this.#messages.voice.not_heard, { text: rest }) : null);
  }

  /** A tool that the AI used, or what was whispered to it. */
  #tellBeside(element, { kind, start, name, state, result, text, by }, call) {
    const { tools, tool_states: states, whispered, whispered_by: whisperedBy } = this.#messages.voice;
    const tool = kind === "tool";
    const about = fill(by?.name ? whisperedBy : whispered, { name: by?.name ?? "", assistant: call.assistant?.name ?? "" });
    setAttribute(element, "data-state", tool ? state : null);
    setText(part(element, "time"), asClock(start));
    setAttribute(part(element, "time"), "datetime", asDuration(start));
    setText(part(element, "title"), tool ? (tools[name] ?? name) : about);
    setText(part(element, "text"), tool ? result : text);
    setText(part(element, "state"), tool ? (states[state] ?? "") : "");
  }

  #renderSpoken(partials, last, nameOf) {
    const known = new Map(
      [...this.#partials.children].map((element) => [element.dataset.item, element]),
    );
    let previous = last;
    for (const one of partials) {
      const element = known.get(one.item) ?? this.#add(one, nameOf);
      known.delete(one.item);
      setText(part(element, "text"), one.text);
      element.classList.toggle("continues", follows(previous, { ...one, kind: "words" }));
      previous = { ...one, kind: "words" };
    }
    for (const gone of known.values()) {
      gone.remove();
    }
  }

  #add(one, nameOf) {
    const element = stamp("line-template");
    element.dataset.item = one.item;
    element.classList.add("partial");
    this.#fillLine(element, one, nameOf);
    this.#partials.append(element);
    return element;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    this.#showJump();
  }

  #keepPlace() {
    if (this.#following) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }
    this.#showJump();
  }

  #showJump() {
    if (this.#following) {
      this.#unread = 0;
    }
    setHidden(this.#jump, this.#following);
    const { jump, jump_unread: unread } = this.#messages;
    setText(part(this.#jump, "text"), this.#unread ? fill(unread, { count: this.#unread }) : jump);
  }
}

function follows(previous, line) {
  return previous?.kind === "words" && previous.speaker === line.speaker;
}
