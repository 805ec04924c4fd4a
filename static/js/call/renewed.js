// A plain audio element whose address expires: it gets another one in time and goes on where it was.
import { Link, troubleOf } from "./link.js";

export class Renewed {
  #audio;
  #link;
  #tell;
  #second = 0;

  /** `ask(address)` gives JSON; `tell(code)` says what is wrong, null that nothing is. */
  constructor({ audio, ask, tell, now = () => Date.now() }) {
    this.#audio = audio;
    this.#link = new Link({ ask, now });
    this.#tell = tell;
    for (const name of ["timeupdate", "seeking"]) {
      audio.addEventListener(name, () => this.#keep());
    }
    audio.addEventListener("play", () => this.#link.isOld && this.#renew());
    audio.addEventListener("error", () => this.#fail());
  }

  /** Where it is; while a new address is opened it is nowhere. */
  #keep() {
    if (this.#audio.readyState >= 1) {
      this.#second = this.#audio.currentTime;
    }
  }

  #fail() {
    if (this.#link.isNew) {
      this.#tell("other");
    } else {
      this.#renew();
    }
  }

  async #renew() {
    const audio = this.#audio;
    const goesOn = !audio.paused;
    const at = this.#second;
    try {
      audio.src = await this.#link.fresh(audio.dataset.link);
    } catch (error) {
      audio.pause();
      this.#tell(troubleOf(error));
      return;
    }
    this.#tell(null);
    audio.currentTime = at;
    if (goesOn) {
      // Another address or a pause meanwhile refuses it; there is nothing to be done then.
      audio.play().catch(() => {});
    }
  }
}
