// The address of the sound, which expires: when to ask for another one, and what a refusal means. Pure but for `ask`.

// Asked for so long before it expires, in milliseconds.
const MARGIN_MS = 20_000;
const CODES = ["gone", "hidden", "unreadable", "signed_out", "offline"];

export class Link {
  #ask;
  #now;
  #until = 0;

  /** `ask(address)` answers `{url, seconds}`, or throws an error with a `code`. */
  constructor({ ask, now = () => Date.now() }) {
    this.#ask = ask;
    this.#now = now;
  }

  get isOld() {
    return this.#now() > this.#until - MARGIN_MS;
  }

  /** A link that is good from now on. */
  async fresh(address) {
    const asked = this.#now();
    const { url, seconds } = await this.#ask(address);
    this.#until = asked + seconds * 1000;
    return url;
  }
}

/** The name of the sentence that says what is wrong. */
export const troubleOf = ({ code }) => (CODES.includes(code) ? code : "other");
