// The picture of the call: the waveform above the lanes, the needle, and zooming in.
import { setText } from "../page.js";
import { share, under } from "./clocks.js";

const CLOSEST = 32;

export class Picture {
  #sheet = null;
  #frame = null;
  #needle = null;
  #length = 0;
  #zoom = 1;
  #wave = null;

  /** Takes the picture that is in the page now. */
  read(root) {
    this.#wave?.stop();
    this.#wave = null;
    this.#sheet = root.querySelector(".lane-sheet");
    this.#frame = root.querySelector(".lane-frame");
    this.#needle = root.querySelector("[data-part=needle]");
    this.#length = Number(root.querySelector(".lanes")?.dataset.length) || 0;
    this.#setZoom(this.#zoom, root);
  }

  get length() {
    return this.#length;
  }

  /** The outline of the sound, where the recording lies in the call. */
  async draw({ outline, audio, offset, nonce }) {
    const container = this.#sheet?.querySelector("[data-part=wave]");
    if (!container) {
      return;
    }
    const { draw } = await import("./wave.js");
    container.style.marginInlineStart = `${100 * share(offset, this.#length)}%`;
    container.style.width = `${100 * share(outline.seconds, this.#length)}%`;
    const inks = this.#sheet.closest(".lanes").querySelectorAll(".wave-title .who");
    this.#wave = draw({ container, audio, nonce, inks, ...outline });
  }

  show(at) {
    if (!this.#needle) {
      return;
    }
    const place = `${(100 * share(at, this.#length)).toFixed(3)}%`;
    this.#needle.setAttribute("x1", place);
    this.#needle.setAttribute("x2", place);
    if (this.#zoom > 1) {
      this.#keepInView(at);
    }
  }

  /** The second of the call that was clicked, or null where it was not the picture. */
  timeUnder({ target, clientX }) {
    return this.#sheet?.contains(target) ? under(clientX, this.#sheet.getBoundingClientRect(), this.#length) : null;
  }

  /** One step in (1) or out (-1), around that second. */
  zoom(way, at, root) {
    this.#setZoom(Math.min(CLOSEST, Math.max(1, this.#zoom * 2 ** way)), root);
    if (this.#frame) {
      this.#frame.scrollLeft = share(at, this.#length) * this.#sheet.clientWidth - this.#frame.clientWidth / 2;
    }
  }

  #setZoom(zoom, root) {
    this.#zoom = zoom;
    const told = root.querySelector("#zoom-told");
    if (this.#sheet && told) {
      this.#sheet.style.width = `${100 * zoom}%`;
      setText(told, `${zoom}×`);
    }
  }

  #keepInView(at) {
    const x = share(at, this.#length) * this.#sheet.clientWidth - this.#frame.scrollLeft;
    if (x < 0 || x > 0.95 * this.#frame.clientWidth) {
      this.#frame.scrollLeft += x - 0.1 * this.#frame.clientWidth;
    }
  }
}
