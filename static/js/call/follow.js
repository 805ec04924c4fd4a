// Whether the transcript follows the sound: it does until the reader scrolls away from what is spoken. Pure.

// How long a scroll of ours may take, in milliseconds.
const OURS_MS = 800;

export class Follow {
  #now;
  #ours = 0; // until when scrolling is our own

  constructor({ now = () => performance.now() } = {}) {
    this.#now = now;
    this.on = true;
  }

  /** We are about to scroll. */
  scrolling() {
    this.#ours = this.#now() + OURS_MS;
  }

  /** The reader turned the wheel, or put a finger or the pointer on the text. */
  touched() {
    this.#ours = 0;
  }

  /** It has scrolled; whether what is spoken is still to be seen. */
  scrolled(isVisible) {
    if (this.#now() >= this.#ours) {
      this.on = isVisible;
    }
  }

  again() {
    this.on = true;
  }
}
