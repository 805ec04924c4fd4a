// The call page after it has loaded: player, picture and transcript in step, and following the work that still runs.
import { Http } from "../http.js";
import { byId, embedded, part, setText } from "../page.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { follow } from "./progress.js";
import { listen } from "./shortcuts.js";
import { Transcript } from "./transcript.js";

const article = document.querySelector("article.call");
const http = new Http({ csrf: () => "" });
const words = embedded("player-words");
const player = new Player({ root: byId("player"), words, ask: (address) => http.get(address) });
const transcript = new Transcript();
const picture = new Picture();
let loaded = null;

const seconds = (text) => (text === undefined ? null : Number(text));

/** The moments of the picture: all to jump to, and those without words to skip. */
const moments = () => {
  const bars = Array.from(article.querySelectorAll(".lane-picture [data-at]"));
  const idle = bars.filter((bar) => bar.matches(".dead-air, .hold, .waiting, .secure"));
  return {
    all: bars.map((bar) => Number(bar.dataset.at)),
    idle: idle.map((bar) => [Number(bar.dataset.at), Number(bar.dataset.until)]),
  };
};

const drawWave = async (sound) => {
  const told = part(sound, "wave");
  try {
    const outline = await http.get(sound.dataset.peaks);
    const nonce = byId("call-style").nonce;
    await picture.draw({ outline, audio: player.audio, offset: Number(sound.dataset.offset), nonce });
  } catch (error) {
    if (told) {
      setText(told, words[error.code] ?? words.no_outline);
    }
  }
};

/** What is in the page now: at first, and again when parts of it were replaced. */
const read = () => {
  const sound = byId("part-sound");
  transcript.read(article);
  picture.read(article);
  player.know(moments());
  const { sound: address, offset, begin, length } = sound.dataset;
  if (address) {
    drawWave(sound);
    if (address !== loaded) {
      loaded = address;
      player.load({
        address,
        offset: Number(offset),
        length: picture.length || Number(length),
        begin: seconds(begin),
        play: "play" in sound.dataset,
        canSolo: "solo" in sound.dataset,
      });
    }
  }
};

const act = (action) => {
  if (action === "follow") {
    transcript.again();
  } else if (action === "keys") {
    byId("call-keys").showModal();
  } else {
    player.do(action);
  }
};

const hear = (at, options) => {
  transcript.again();
  player.hear(at, options);
};

document.addEventListener("click", (event) => {
  const { target } = event;
  const button = target.closest("[data-do], [data-zoom], [data-at]");
  const { do: action, zoom, at, until } = button?.dataset ?? {};
  if (action) {
    act(action);
  } else if (zoom) {
    picture.zoom(Number(zoom), player.at, article);
  } else if (at) {
    hear(Number(at), { until: seconds(until) });
  } else if (String(getSelection()) === "") {
    const clicked = transcript.timeUnder(event);
    const second = clicked?.at ?? picture.timeUnder(event);
    if (second !== null && second !== undefined) {
      hear(second, { lead: clicked ? clicked.lead : 0 });
    }
  }
});

player.onPlace((at, state) => {
  picture.show(at);
  transcript.show(at, state);
});
listen(act);
follow(article, read);
read();
