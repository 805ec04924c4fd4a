// The player: one sound for the page, opened by a link that is renewed when it expires, and its controls.
import { asClock } from "../clock.js";
import { fill, part, setAttribute, setHidden, setText } from "../page.js";
import { LEAD, TAIL, toCall, toSound } from "./clocks.js";
import { Link, troubleOf } from "./link.js";
import { Moments } from "./moments.js";
import { Sides } from "./sides.js";

const STEP = 5; // seconds
const SPEED = "call.speed";

export class Player {
  #root;
  #audio;
  #words;
  #link;
  #sides;
  #moments = new Moments({ all: [], idle: [] });
  #address = null;
  #offset = 0;
  #length = 0;
  #second = 0; // of the sound: kept, whatever happens to it
  #until = null; // of the sound: where to stop
  #wanted = false; // whether it should be playing
  #told = new Set();

  /** `ask(address)` gives JSON; `words` are the sentences of the page. */
  constructor({ root, words, ask }) {
    this.#root = root;
    this.#words = words;
    this.#audio = root.querySelector("audio");
    this.#link = new Link({ ask });
    this.#sides = new Sides(this.#audio);
    this.#listen();
    this.#setSpeed(keptSpeed());
  }

  get audio() {
    return this.#audio;
  }

  /** The second of the call. */
  get at() {
    return toCall(this.#second, this.#offset);
  }

  /** Calls back with the second of the call, as often as it is shown. */
  onPlace(tell) {
    this.#told.add(tell);
  }

  /** The sound of a call; `begin` is where to start, `play` whether at once. */
  async load({ address, offset, length, begin, play, canSolo }) {
    Object.assign(this.#root.dataset, { state: "loading" });
    setHidden(this.#root, false);
    setHidden(part(this.#root, "solo-choice"), !canSolo);
    this.#address = address;
    this.#offset = offset;
    this.#length = length;
    part(this.#root, "place").max = length;
    setText(part(this.#root, "length"), asClock(length));
    this.#second = begin === null ? 0 : toSound(begin - LEAD, offset);
    this.#wanted = play;
    this.#show();
    await this.#open();
  }

  know(moments) {
    this.#moments = new Moments(moments);
  }

  /** From that second of the call on, up to `until` if there is one. */
  async hear(at, { until = null, lead = LEAD } = {}) {
    if (this.#address === null) {
      return;
    }
    this.#until = until === null ? null : toSound(until + TAIL, this.#offset);
    await this.#go(toSound(at - lead, this.#offset));
    this.#play();
  }

  do(action) {
    const acts = {
      play: () => (this.#audio.paused ? this.#play() : this.#pause()),
      back: () => this.#skip(-STEP),
      forward: () => this.#skip(STEP),
      slower: () => this.#faster(-1),
      faster: () => this.#faster(1),
      next: () => this.#to(this.#moments.next(this.at)),
      previous: () => this.#to(this.#moments.previous(this.at)),
      retry: () => this.#open(),
    };
    acts[action]?.();
  }

  #listen() {
    const audio = this.#audio;
    audio.addEventListener("error", () => this.#fail());
    for (const name of ["play", "pause", "ended"]) {
      audio.addEventListener(name, () => this.#showState());
    }
    audio.addEventListener("play", () => this.#frames());
    for (const name of ["timeupdate", "seeked"]) {
      audio.addEventListener(name, () => this.#tick());
    }
    audio.addEventListener("ended", () => {
      this.#wanted = false;
    });
    addEventListener("online", () => this.#isInTrouble && this.#open());
    part(this.#root, "place").addEventListener("input", ({ target }) => {
      this.#until = null;
      this.#go(toSound(Number(target.value), this.#offset));
    });
    part(this.#root, "speed").addEventListener("change", ({ target }) => this.#setSpeed(target.value));
    part(this.#root, "solo").addEventListener("change", ({ target }) =>
      this.#sides.hear(target.value === "" ? null : Number(target.value)),
    );
  }

  /** With a link that is good, at the second where it was; playing if it should be. */
  async #open() {
    const address = this.#address;
    try {
      const url = await this.#link.fresh(address);
      if (address !== this.#address) {
        return;
      }
      if (!(await this.#take(url))) {
        return;
      }
    } catch (error) {
      this.#tell(troubleOf(error));
      return;
    }
    this.#tell(null);
    if (this.#wanted) {
      this.#play();
    }
  }

  /** Whether the sound knows how long it is; if not, its own event tells. */
  #take(url) {
    const audio = this.#audio;
    return new Promise((resolve) => {
      audio.addEventListener(
        "loadedmetadata",
        () => {
          audio.currentTime = this.#second;
          this.#setSpeed(part(this.#root, "speed").value);
          resolve(true);
        },
        { once: true },
      );
      audio.addEventListener("error", () => resolve(false), { once: true });
      audio.src = url;
    });
  }

  /** The link is too old, the network is away, or the sound cannot be read. */
  #fail() {
    if (this.#link.isNew) {
      this.#tell(navigator.onLine ? "other" : "offline");
    } else {
      this.#open();
    }
  }

  async #go(second) {
    this.#second = Math.min(second, this.#end);
    this.#show();
    if (this.#link.isOld) {
      await this.#open();
    } else if (this.#audio.readyState >= HTMLMediaElement.HAVE_METADATA) {
      this.#audio.currentTime = this.#second;
    }
  }

  #play() {
    this.#wanted = true;
    if (this.#isInTrouble || (this.#audio.paused && this.#link.isOld)) {
      this.#open();
      return;
    }
    // Refused where nobody has touched the page yet; the place is kept.
    this.#audio.play().catch(() => this.#showState());
  }

  #pause() {
    this.#wanted = false;
    this.#until = null;
    this.#audio.pause();
  }

  #skip(seconds) {
    this.#until = null;
    this.#go(Math.max(0, this.#second + seconds));
  }

  #to(at) {
    if (at !== null) {
      this.hear(at);
    }
  }

  #faster(by) {
    const choice = part(this.#root, "speed");
    const speeds = Array.from(choice.options, ({ value }) => value);
    this.#setSpeed(speeds[choice.selectedIndex + by] ?? choice.value);
  }

  #setSpeed(speed) {
    const choice = part(this.#root, "speed");
    choice.value = speed;
    if (choice.selectedIndex < 0) {
      choice.value = "1";
    }
    this.#audio.defaultPlaybackRate = this.#audio.playbackRate = Number(choice.value);
    keepSpeed(choice.value);
  }

  /** As long as it plays: the browser's own events come four times a second, words faster. */
  #frames() {
    const frame = () => {
      this.#tick();
      if (!this.#audio.paused) {
        requestAnimationFrame(frame);
      }
    };
    requestAnimationFrame(frame);
  }

  #tick() {
    const audio = this.#audio;
    if (audio.readyState < HTMLMediaElement.HAVE_METADATA || audio.seeking) {
      return;
    }
    this.#second = audio.currentTime;
    if (this.#until !== null && this.#second >= this.#until) {
      this.#pause();
    } else if (!audio.paused && part(this.#root, "skip").checked) {
      const to = this.#moments.skip(this.at);
      if (to !== null) {
        this.#go(toSound(to, this.#offset));
      }
    }
    this.#show();
  }

  #show() {
    const at = this.at;
    const place = part(this.#root, "place");
    place.value = at;
    setText(part(this.#root, "time"), asClock(at));
    setAttribute(
      place,
      "aria-valuetext",
      fill(this.#words.place, { at: asClock(at), length: asClock(this.#length) }),
    );
    for (const tell of this.#told) {
      tell(at, { playing: !this.#audio.paused });
    }
  }

  #showState() {
    const playing = !this.#audio.paused;
    this.#root.dataset.state = playing ? "playing" : "paused";
    setAttribute(part(this.#root, "play"), "aria-label", playing ? this.#words.pause : this.#words.play);
  }

  #tell(trouble) {
    if (trouble !== null) {
      this.#audio.pause();
    }
    this.#root.dataset.state = trouble === null ? "paused" : "trouble";
    setHidden(part(this.#root, "trouble"), trouble === null);
    setText(part(this.#root, "trouble-text"), trouble === null ? "" : this.#words[trouble]);
  }

  get #isInTrouble() {
    return this.#root.dataset.state === "trouble";
  }

  get #end() {
    const { duration } = this.#audio;
    return Number.isFinite(duration) ? duration : Infinity;
  }
}

function keptSpeed() {
  try {
    return localStorage.getItem(SPEED) ?? "1";
  } catch {
    return "1"; // storage is blocked
  }
}

function keepSpeed(speed) {
  try {
    localStorage.setItem(SPEED, speed);
  } catch {
    // storage is blocked: the speed lasts as long as the page
  }
}
