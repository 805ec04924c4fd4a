// Talking to an assistant from the browser: a real call, and what the server knows of it, looked at while it lasts.
import { Http } from "./http.js";
import { byId, embedded, part, setHidden, setText, stamp } from "./page.js";
import { Telephone } from "./telephone.js";

const LOOK_MS = 700;
const STEPS = ["heard", "first_word", "first_sound", "first_mark"];

const messages = embedded("messages");
const script = byId("trial-script");
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
const http = new Http({ csrf });
const telephone = new Telephone({
  script: script.dataset.library,
  tokenUrl: "/voice-token",
  csrf,
  signallingHost: embedded("telephone").signalling_host,
  onChange: draw,
  onLevel: () => undefined,
});

let call = null; // as the server last told
let before = null; // the SID of the trial that was the latest when this one began
let tried = false;
let offline = false;
let looking = null;

byId("call").addEventListener("click", begin);
byId("hang-up").addEventListener("click", () => telephone.disconnect());
byId("keys").addEventListener("click", ({ target }) => {
  const key = target.closest("[data-key]")?.dataset.key;
  if (key) {
    telephone.press(key);
  }
});

async function begin() {
  before = (await look())?.sid ?? null;
  tried = true;
  call = null;
  draw();
  looking ??= setInterval(follow, LOOK_MS);
  await telephone.connect("trial", { assistant: script.dataset.assistant });
}

async function follow() {
  const now = await look();
  if (now && now.sid !== before) {
    call = now;
  }
  if (telephone.sid === null && (call === null || call.ended)) {
    clearInterval(looking);
    looking = null;
  }
  draw();
}

async function look() {
  try {
    const answer = await http.get(script.dataset.now);
    offline = false;
    return answer.call;
  } catch {
    offline = true;
    return null;
  }
}

function draw() {
  const busy = telephone.sid !== null;
  setHidden(byId("call"), busy);
  setHidden(byId("hang-up"), !busy);
  setHidden(byId("keys"), telephone.status !== "connected");
  setText(byId("state"), stateText(busy));
  drawPage(busy);
  const problem = offline ? "offline" : telephone.problem;
  setHidden(byId("problem"), !problem);
  setText(byId("problem"), messages[problem] ?? call?.trouble[0] ?? "");
  drawTalk();
  drawSpeeds();
}

function stateText(busy) {
  if (busy) {
    return messages[telephone.status] ?? "";
  }
  return tried && call?.ended ? messages.over : "";
}

/** Where the call is kept, once it is over. */
function drawPage(busy) {
  const over = !busy && tried && Boolean(call?.ended);
  setHidden(byId("page"), !over);
  if (over) {
    byId("page").href = `/calls/${encodeURIComponent(call.sid)}/`;
  }
}

function drawTalk() {
  const rows = call === null ? [] : talk(call);
  setHidden(byId("empty"), rows.length > 0 || telephone.sid !== null);
  fillRows(byId("said"), rows, "line", (row, { who, speaker, text }) => {
    row.dataset.speaker = speaker;
    setText(part(row, "who"), who);
    setText(part(row, "text"), text);
  });
  const next = call?.lines.findLast(({ state }) => state === "writing" || state === "waiting" || state === "speaking");
  setHidden(byId("next"), !next?.text);
  setText(part(byId("next"), "when"), next?.state === "speaking" ? messages.now : messages.next);
  setText(part(byId("next"), "text"), next?.text ?? "");
}

/** What was said and done, in its order. */
function talk({ utterances, tools }) {
  const said = utterances.map(({ speaker, text }) => ({
    speaker,
    who: speaker === "assistant" ? messages.assistant : messages.you,
    text,
  }));
  const done = tools.filter(({ result }) => result).map(({ result }) => ({ speaker: "tool", who: messages.tool, text: result }));
  return [...said, ...done];
}

function drawSpeeds() {
  const lines = (call?.lines ?? []).filter(({ latency }) => latency.first_sound !== null);
  setHidden(byId("more"), lines.length === 0);
  fillRows(byId("speeds"), lines, "speed", (row, { text, latency }) => {
    setText(part(row, "text"), text);
    for (const step of STEPS) {
      setText(part(row, step), latency[step] === null ? "–" : latency[step].toFixed(2));
    }
  });
}

/** As many copies of the template as there are rows; those that are there are written again. */
function fillRows(root, rows, template, write) {
  while (root.children.length > rows.length) {
    root.lastElementChild.remove();
  }
  rows.forEach((row, index) => {
    if (!root.children[index]) {
      root.append(stamp(template));
    }
    write(root.children[index], row);
  });
}

telephone.start();
draw();
