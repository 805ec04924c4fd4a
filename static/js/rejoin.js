// Brings the telephone back to my own live call: after a reload, a broken line, or a tab that was closed.

const TRIES_AFTER_MS = [0, 1500, 4000];
// Another device that has just accepted needs a moment to join.
const OTHERS_FIRST_MS = 5000;
// A call that was made mine by a program, or by another device of mine, which joins sooner than that.
const SUMMONED_MS = { others: 0, me: 1200 };
// A line that is up for this long is a good one; one that is cut at once is not tried for ever.
const STEADY_MS = 10_000;

export class Rejoin {
  /** The call is mine and I am not on its line; only a gesture helps now. */
  needed = false;
  /** I am on the line with another device. */
  elsewhere = false;

  #telephone;
  #line;
  #ring;
  #onChange;
  #call = null;
  #timer = null;
  #tries = 0;
  #upSince = null;

  constructor({ telephone, line, ring, onChange }) {
    this.#telephone = telephone;
    this.#line = line;
    this.#ring = ring;
    this.#onChange = onChange;
  }

  /** Called whenever anything has changed: `call` is the live call that my telephone belongs to, or null. */
  look(call, { accepting }) {
    this.#call = call;
    if (call === null) {
      this.#rest(accepting);
      return;
    }
    if (this.#telephone.sid === call.sid || accepting) {
      this.#onTheLine();
      return;
    }
    this.elsewhere = call.agent_connected && !this.#line.held && !this.#line.hadBefore(call.sid);
    if (this.#line.elsewhere === call.sid && !this.#line.held) {
      this.#onTheLine(); // another tab of this browser talks
      return;
    }
    if (this.elsewhere) {
      this.#stopTrying();
      this.needed = false; // two telephones on one call would echo
      return;
    }
    this.#timer ??= setTimeout(() => this.#attempt(), this.#patience(call));
  }

  /** By a gesture. */
  now() {
    this.#tries = 0;
    this.#stopTrying();
    this.needed = false;
    this.#join();
  }

  #patience(call) {
    const known = this.#line.held || this.#line.hadBefore(call.sid);
    const wait = TRIES_AFTER_MS[this.#tries] ?? Infinity;
    if (wait === Infinity) {
      this.needed = true;
      return 2 ** 31 - 1; // no more by itself
    }
    return known ? wait : (SUMMONED_MS[call.summoned] ?? OTHERS_FIRST_MS);
  }

  async #attempt() {
    this.#timer = null;
    const sid = this.#call?.sid;
    if (!sid || this.#telephone.sid === sid) {
      return;
    }
    if (!(await this.#ring.unlock())) {
      this.needed = true; // the browser wants a gesture before it plays sound
      this.#onChange();
      return;
    }
    if (this.#call?.sid === sid) {
      this.#tries += 1;
      await this.#join();
    }
  }

  async #join() {
    const sid = this.#call?.sid;
    if (sid && (await this.#line.take(sid))) {
      this.#telephone.connect(sid);
    }
    this.#onChange();
  }

  #onTheLine() {
    this.needed = false;
    this.elsewhere = false;
    this.#stopTrying();
    if (this.#telephone.status !== "connected") {
      this.#upSince = null;
      return;
    }
    this.#upSince ??= Date.now();
    if (Date.now() - this.#upSince > STEADY_MS) {
      this.#tries = 0;
    }
  }

  #rest(accepting) {
    this.needed = false;
    this.elsewhere = false;
    this.#tries = 0;
    this.#stopTrying();
    if (!accepting) {
      this.#telephone.disconnect();
      this.#line.leave();
    }
  }

  #stopTrying() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
