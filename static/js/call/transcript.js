// The transcript in step with the sound: marks the line and the word that is spoken, keeps them in view, and hears a word that is clicked.
import { setHidden } from "../page.js";
import { Follow } from "./follow.js";
import { lettersOf, timesOf, Track, wordAt, wordUnder } from "./track.js";

const SPOKEN = "spoken";
// How far down the frame the line that is spoken comes to lie.
const HIGH = 0.35;

export class Transcript {
  #follow = new Follow();
  #track = new Track([]);
  #lines = new Map(); // element to line
  #shown = new Set();
  #current = null;
  #frame = null;
  #button = null;
  #mark = globalThis.Highlight && CSS.highlights ? new Highlight() : null;

  constructor() {
    if (this.#mark) {
      CSS.highlights.set(SPOKEN, this.#mark);
    }
  }

  /** Reads the lines that are in the page now. */
  read(root) {
    const lines = Array.from(root.querySelectorAll(".line"), (element) => ({
      element,
      start: Number(element.dataset.start),
      end: Number(element.dataset.end),
    }));
    this.#lines = new Map(lines.map((line) => [line.element, line]));
    this.#track = new Track(lines);
    this.#shown = new Set();
    this.#current = null;
    this.#frame = root.querySelector(".lines-frame");
    this.#button = root.querySelector(".follow-again");
    this.#listen();
  }

  /** The second of the call has come to this. */
  show(at, { playing = true } = {}) {
    const spoken = this.#track.at(at);
    this.#markLines(new Set(spoken));
    this.#markWords(spoken, at);
    const current = spoken.at(-1) ?? this.#track.lastBefore(at);
    if (current && current !== this.#current) {
      this.#current = current;
      this.#keepInView();
    }
    this.#showButton(playing);
  }

  /** The reader wants to see what is spoken. */
  again() {
    this.#follow.again();
    this.#keepInView();
    setHidden(this.#button ?? document.createElement("p"), true);
  }

  /** When the clicked word was said; null where it is no word of a line. */
  timeUnder({ target, clientX, clientY }) {
    const line = this.#lines.get(target.closest(".line"));
    if (!line) {
      return null;
    }
    const said = target.closest(".said");
    const times = timesOf(line.element.dataset.words);
    if (said && times.length) {
      const number = wordUnder(lettersOf(said.textContent), letterUnder(clientX, clientY, said));
      if (number in times) {
        return { at: line.start + times[number][0], lead: 0.05 };
      }
    }
    return { at: line.start };
  }

  #listen() {
    const frame = this.#frame;
    if (!frame) {
      return;
    }
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      frame.addEventListener(name, () => this.#follow.touched(), { passive: true });
    }
    frame.addEventListener("scroll", () => this.#follow.scrolled(this.#isVisible()), { passive: true });
  }

  #markLines(now) {
    for (const line of this.#shown) {
      if (!now.has(line)) {
        line.element.classList.remove("now");
      }
    }
    for (const line of now) {
      line.element.classList.add("now");
    }
    this.#shown = now;
  }

  #markWords(spoken, at) {
    if (!this.#mark) {
      return;
    }
    this.#mark.clear();
    for (const line of spoken) {
      const said = line.element.querySelector(".said");
      line.times ??= timesOf(line.element.dataset.words);
      line.letters ??= lettersOf(said.textContent);
      const letters = line.letters[wordAt(line.times, at - line.start)];
      if (letters) {
        const range = new Range();
        range.setStart(said.firstChild, letters[0]);
        range.setEnd(said.firstChild, letters[1]);
        this.#mark.add(range);
      }
    }
  }

  #keepInView() {
    if (!this.#frame || !this.#current || !this.#follow.on) {
      return;
    }
    const frame = this.#frame.getBoundingClientRect();
    const line = this.#current.element.getBoundingClientRect();
    const by = line.top - frame.top - HIGH * frame.height;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // Far away heights are guessed and put right on the way: there at once, then looked at again.
    const isFar = Math.abs(by) > 2 * frame.height;
    this.#follow.scrolling();
    this.#frame.scrollBy({ top: by, behavior: isCalm || isFar ? "instant" : "smooth" });
    if (isFar) {
      requestAnimationFrame(() => this.#isVisible() || this.#keepInView());
    }
  }

  #isVisible() {
    if (!this.#current) {
      return true;
    }
    const frame = this.#frame.getBoundingClientRect();
    const line = this.#current.element.getBoundingClientRect();
    return line.bottom > frame.top && line.top < frame.bottom;
  }

  #showButton(playing) {
    if (this.#button) {
      setHidden(this.#button, !playing || this.#follow.on);
    }
  }
}

/** The letter of the element's text at that point of the window, or -1. */
function letterUnder(x, y, element) {
  const place = document.caretPositionFromPoint?.(x, y);
  if (place) {
    return element.contains(place.offsetNode) ? place.offset : -1;
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range && element.contains(range.startContainer) ? range.startOffset : -1;
}
