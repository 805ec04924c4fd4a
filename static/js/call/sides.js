// One side of the call alone, or both in both ears: the sound's two channels by the browser's mixer, made when first asked for.

export class Sides {
  #audio;
  #gains = null;

  constructor(audio) {
    this.#audio = audio;
  }

  /** `channel` 0 or 1; null for both. */
  hear(channel) {
    if (this.#gains === null && channel === null) {
      return;
    }
    this.#gains ??= this.#mixer();
    this.#gains.forEach((gain, number) => {
      gain.gain.value = channel === null || channel === number ? 1 : 0;
    });
  }

  #mixer() {
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(2);
    context.createMediaElementSource(this.#audio).connect(splitter);
    // A browser holds a mixer back until somebody has touched the page.
    this.#audio.addEventListener("play", () => context.resume());
    context.resume();
    return [0, 1].map((number) => {
      const gain = context.createGain();
      splitter.connect(gain, number);
      gain.connect(context.destination);
      return gain;
    });
  }
}
