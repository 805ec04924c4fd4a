// The page of originals: its sound goes on when its link has expired.
import { Http } from "../http.js";
import { byId, embedded, setHidden, setText } from "../page.js";
import { Renewed } from "./renewed.js";

const http = new Http({ csrf: () => "" });
const words = embedded("player-words");
const trouble = byId("sound-trouble");

new Renewed({
  audio: document.querySelector("audio[data-link]"),
  ask: (address) => http.get(address),
  tell: (code) => {
    setText(trouble, code === null ? "" : words[code]);
    setHidden(trouble, code === null);
  },
});
