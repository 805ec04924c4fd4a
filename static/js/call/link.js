// The address of the sound, which expires: when to ask for another, what a refusal or an error means. Pure but for `ask`.

// Asked for so long before it expires, in milliseconds.
const MARGIN_MS = 20_000;
// An error so soon after it was asked for is not one of its age.
const PATIENCE_MS = 5000;
const CODES = ["gone", "hidden", "unreadable", "signed_out", "offline"];

export class Link {
  #ask;
  #now;
  #asked = -Infinity;
  #until = 0;

  /** `ask(address)` answers `{url, seconds}`, or throws an error with a `code`. */
  constructor({ ask, now = () => Date.now() }) {
    this.#ask = ask;
    this.#now = now;
  }

  get isOld() {
    return this.#now() > this.#until - MARGIN_MS;
  }

  /** Whether another one would be of no help where the sound could not be opened. */
  get isNew() {
    return this.#now() - this.#asked < PATIENCE_MS;
  }

  /** A link that is good from now on. */
  async fresh(address) {
    const asked = this.#now();
    this.#asked = asked;
    const { url, seconds } = await this.#ask(address);
    this.#until = asked + seconds * 1000;
    return url;
  }
}

/** The name of the sentence that says what is wrong. */
export const troubleOf = ({ code }) => (CODES.includes(code) ? code : "other");
