// The waveform of each channel, drawn by wavesurfer from peaks that the server made; it plays nothing and takes no clicks.
import WaveSurfer from "../../wavesurfer/wavesurfer.esm.js";

const HEIGHT = 44;

/** Draws into `container`; `stop()` of what it gives back ends it. */
export const draw = ({ container, audio, seconds, channels, inks, nonce }) => {
  const split = () =>
    channels.map((_, number) => {
      const ink = getComputedStyle(inks[number] ?? inks[0]).color;
      return { height: HEIGHT, waveColor: faint(ink), progressColor: ink };
    });
  const wave = WaveSurfer.create({
    container,
    media: audio,
    peaks: channels.map((channel) => Float32Array.from(channel, (peak) => peak / 255)),
    duration: seconds,
    splitChannels: split(),
    height: HEIGHT,
    barWidth: 2,
    barGap: 1,
    barRadius: 1,
    normalize: true,
    interact: false,
    cursorWidth: 0,
    hideScrollbar: true,
    autoScroll: false,
    cspNonce: nonce,
  });
  // The theme's colours are there when the page has been laid out with them.
  const repaint = () =>
    requestAnimationFrame(() => requestAnimationFrame(() => wave.setOptions({ splitChannels: split() })));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", repaint);
  const chosen = new MutationObserver(repaint);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return {
    stop: () => {
      dark.removeEventListener("change", repaint);
      chosen.disconnect();
      wave.destroy();
    },
  };
};

const faint = (ink) => ink.replace(/^rgba?\(([^,]+),([^,]+),([^,)]+).*$/, "rgba($1,$2,$3, 0.45)");
