// The call page after it has loaded: seeking, the play head, and following the work that still runs.
import { follow } from "./progress.js";
import { prepareSound } from "./sound.js";

prepareSound(document);
follow(document.querySelector("article.call"));
