// Which of an agent's tabs holds the telephone: exactly one at a time, kept by a Web Lock, told to the others by a channel.

const LOCK = "call-copilot.telephone";
const KEPT = "telephone.sid";

/** One per tab. `elsewhere` is the call on which another tab of this browser talks; `onElsewhere` tells when it changes. */
export class Line {
  elsewhere = null;

  #release = null;
  #channel;
  #onElsewhere;

  constructor({ onElsewhere }) {
    this.#channel = new BroadcastChannel(LOCK);
    this.#channel.addEventListener("message", ({ data }) => {
      if (data.ask) {
        this.#announce();
        return;
      }
      this.#heldElsewhere(data.sid);
    });
    this.#onElsewhere = onElsewhere;
    this.#channel.postMessage({ ask: true });
  }

  get held() {
    return this.#release !== null;
  }

  /** Whether this tab had the telephone on this call before it was loaded again. */
  hadBefore(sid) {
    return sessionStorage.getItem(KEPT) === sid;
  }

  /** True if this tab has the telephone now; false if another tab has it. */
  take(sid) {
    if (this.held) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        if (lock === null) {
          resolve(false);
          return undefined;
        }
        return new Promise((release) => {
          this.#release = release;
          sessionStorage.setItem(KEPT, sid);
          this.elsewhere = null;
          this.#channel.postMessage({ sid });
          resolve(true);
        });
      });
    });
  }

  leave() {
    if (!this.held) {
      return;
    }
    this.#release();
    this.#release = null;
    sessionStorage.removeItem(KEPT);
    this.#channel.postMessage({ sid: null });
  }

  /** A tab that closes or crashes says nothing, but lets go of the lock: wait for that. */
  async #heldElsewhere(sid) {
    this.elsewhere = sid;
    this.#onElsewhere(sid);
    if (sid !== null) {
      await navigator.locks.request(LOCK, { mode: "shared" }, () => undefined);
      this.elsewhere = null;
      this.#onElsewhere(null);
    }
  }

  #announce() {
    if (this.held) {
      this.#channel.postMessage({ sid: sessionStorage.getItem(KEPT) });
    }
  }
}
