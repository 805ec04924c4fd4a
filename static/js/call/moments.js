// Moments of a call in order: which comes next, which came before, and where a silence that may be skipped ends. Pure.

// Whoever goes back just after a moment has begun wants the one before it.
const JUST = 1.5;

export class Moments {
  #all;
  #idle;

  /** `all`: seconds at which one begins; `idle`: [start, end] of what may be skipped. */
  constructor({ all, idle }) {
    this.#all = [...new Set(all)].sort((a, b) => a - b);
    this.#idle = idle.toSorted(([a], [b]) => a - b);
  }

  next(at) {
    return this.#all.find((each) => each > at + 0.5) ?? null;
  }

  previous(at) {
    return this.#all.findLast((each) => each < at - JUST) ?? null;
  }

  /** Where speech begins again, or null where nothing is to be skipped. */
  skip(at, { keep = 0.5 } = {}) {
    let to = null;
    for (const [start, end] of this.#idle) {
      const from = to ?? at;
      if (start + keep <= from && from < end - keep) {
        to = end - keep;
      }
    }
    return to;
  }
}
