// Which lines and words of a transcript are spoken at a second, and which word lies under a letter. Pure.

/** The index of the last that begins at or before `at`, or -1. */
const lastBegun = (starts, at) => {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
};

/** "0 31 35 58" (hundredths after the line's start) as [[0, 0.31], [0.35, 0.58]]. */
export const timesOf = (text) => {
  const numbers = text ? text.split(" ").map((each) => Number(each) / 100) : [];
  const times = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    times.push([numbers[at], numbers[at + 1]]);
  }
  return times;
};

/** Where the words of a text are: [first letter, letter after the last]. */
export const lettersOf = (text) =>
  Array.from(text.matchAll(/\S+/g), ({ index, 0: word }) => [index, index + word.length]);

/** The number of the word that is spoken so long after the line began: between two, the one before. */
export const wordAt = (times, after) => lastBegun(times.map(([start]) => start), after);

/** The number of the word that has this letter, or -1. */
export const wordUnder = (letters, letter) =>
  letters.findIndex(([first, end]) => first <= letter && letter <= end);

/** Lines in the order of their starts, each with a start and an end in seconds. */
export class Track {
  #lines;
  #starts;
  #latest = []; // by line: the latest end up to it, so that a search back knows where to stop

  constructor(lines) {
    this.#lines = lines;
    this.#starts = lines.map(({ start }) => start);
    let latest = -Infinity;
    for (const { end } of lines) {
      latest = Math.max(latest, end);
      this.#latest.push(latest);
    }
  }

  /** All that are spoken at this second: people speak at once. */
  at(second) {
    const found = [];
    for (let index = lastBegun(this.#starts, second); index >= 0; index -= 1) {
      if (this.#latest[index] <= second) {
        break;
      }
      if (this.#lines[index].end > second) {
        found.unshift(this.#lines[index]);
      }
    }
    return found;
  }

  /** The one that began last, spoken still or not; null before the first. */
  lastBefore(second) {
    return this.#lines[lastBegun(this.#starts, second)] ?? null;
  }
}
