// Everything that makes a ring hard to miss: sound made on the spot, notification, title, vibration. It decides nothing.

const PERIOD_SECONDS = 3;
const LOCK = "call-copilot.ring";

/** A small warm chord, twice: [frequency in Hz, start in seconds]. */
const NOTES = [
  [587.33, 0],
  [739.99, 0.14],
  [880, 0.28],
  [739.99, 0.62],
  [880, 0.76],
];

export class Ring {
  #audio = null;
  #volume = null;
  #timer = null;
  #blink = null;
  #stopSound = null;
  #title = document.title;
  #notification = null;
  #sid = null;
  #news = null;
  #onUnlock;

  constructor({ onUnlock }) {
    this.#onUnlock = onUnlock;
    document.addEventListener("visibilitychange", () => this.#notify());
    // Any gesture unlocks the sound; browsers allow nothing before.
    for (const gesture of ["pointerdown", "keydown"]) {
      addEventListener(gesture, () => this.unlock(), { capture: true, passive: true });
    }
  }

  get unlocked() {
    return this.#audio?.state === "running";
  }

  /** Tries to have sound; works during a gesture, and without one where the browser allows it. */
  async unlock() {
    if (this.unlocked) {
      return true;
    }
    if (!this.#audio) {
      this.#audio = new AudioContext();
      this.#volume = this.#audio.createGain();
      this.#volume.connect(this.#audio.destination);
      this.#audio.addEventListener("statechange", () => this.#onUnlock());
    }
    // Without a gesture the promise stays open, so nobody waits for it.
    this.#audio.resume().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return this.unlocked;
  }

  /** Once, softly: so that an agent knows what to listen for. */
  sample() {
    this.#chime(0.08);
  }

  /** Rings for a call until stop(). `title` blinks with the page's own; `body` is for the notification. */
  start({ sid, title, body }) {
    if (this.#sid === sid) {
      return;
    }
    this.stop();
    this.#sid = sid;
    this.#news = { title, body };
    this.#blinkTitle(title);
    this.#notify();
    this.#sound();
  }

  stop() {
    if (this.#sid === null) {
      return;
    }
    this.#sid = null;
    clearInterval(this.#timer);
    clearInterval(this.#blink);
    document.title = this.#title;
    this.#notification?.close();
    this.#notification = null;
    this.#stopSound?.();
    this.#stopSound = null;
    if (this.#audio) {
      this.#volume.gain.setTargetAtTime(0, this.#audio.currentTime, 0.02);
    }
  }

  /** Of several tabs one makes the sound. */
  #sound() {
    const sid = this.#sid;
    navigator.locks.request(LOCK, () => {
      if (this.#sid !== sid) {
        return undefined;
      }
      const round = () => {
        this.#chime(0.22);
        if (navigator.userActivation?.hasBeenActive) {
          navigator.vibrate?.([180, 90, 180]);
        }
      };
      round();
      this.#timer = setInterval(round, PERIOD_SECONDS * 1000);
      return new Promise((resolve) => {
        this.#stopSound = resolve;
      });
    });
  }

  #chime(loudness) {
    if (!this.unlocked) {
      return;
    }
    const begin = this.#audio.currentTime + 0.02;
    this.#volume.gain.cancelScheduledValues(begin);
    this.#volume.gain.setValueAtTime(loudness, begin);
    for (const [frequency, after] of NOTES) {
      this.#note(frequency, begin + after);
    }
  }

  #note(frequency, begin) {
    const envelope = this.#audio.createGain();
    envelope.gain.setValueAtTime(0, begin);
    envelope.gain.linearRampToValueAtTime(1, begin + 0.015);
    envelope.gain.exponentialRampToValueAtTime(0.001, begin + 0.75);
    envelope.connect(this.#volume);
    for (const [harmonic, share] of [[1, 0.7], [2, 0.2], [3, 0.06]]) {
      const tone = this.#audio.createOscillator();
      const level = this.#audio.createGain();
      tone.frequency.value = frequency * harmonic;
      level.gain.value = share;
      tone.connect(level).connect(envelope);
      tone.start(begin);
      tone.stop(begin + 0.8);
    }
  }

  #blinkTitle(title) {
    document.title = title;
    this.#blink = setInterval(() => {
      document.title = document.title === title ? this.#title : title;
    }, 1000);
  }

  /** For a page that is not looked at. The tag makes one notification of those of several tabs. */
  #notify() {
    const wanted = this.#sid !== null && this.#notification === null && document.hidden;
    if (!wanted || globalThis.Notification?.permission !== "granted") {
      return;
    }
    const { title, body } = this.#news;
    this.#notification = new Notification(title, {
      body,
      tag: this.#sid,
      requireInteraction: true,
    });
    this.#notification.addEventListener("click", () => {
      focus();
      this.#notification?.close();
    });
  }
}
