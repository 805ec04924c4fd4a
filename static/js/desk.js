// The desk's entry: joins the state, the socket, the telephone and the views. What it shows follows from the state alone.
import { asClock, hearTime, now } from "./clock.js";
import { Controls } from "./controls.js";
import { Customer } from "./customer.js";
import { Customers } from "./customers.js";
import { Drafts } from "./drafts.js";
import { Http } from "./http.js";
import { Inbox } from "./inbox.js";
import { listen } from "./keys.js";
import { Line } from "./line.js";
import { Meter } from "./meter.js";
import { byId, embedded, fill, part, readable, setAttribute, setHidden, setText, stamp } from "./page.js";
import { Panels } from "./panels.js";
import { Presence } from "./presence.js";
import { Rail } from "./rail.js";
import { Rejoin } from "./rejoin.js";
import { Ring } from "./ring.js";
import { Socket } from "./socket.js";
import {
  declined,
  finished,
  initial,
  isMine,
  isSupervisor,
  myCall,
  others,
  reduce,
  ringing,
} from "./state.js";
import { Suggestions } from "./suggestions.js";
import { Telephone } from "./telephone.js";
import { Thread } from "./thread.js";
import { toast } from "./toast.js";
import { Transcript } from "./transcript.js";
import { WrapUp } from "./wrapup.js";

const TICK_MS = 200;
// A page that catches up is told of rings that are long over: they must not flash.
const RING_SETTLE_MS = 120;
const GRANT_MS = 5000;
// Refusals that are nobody's fault: others were quicker, or the conversation moved on.
const OVERTAKEN = new Set(["already_taken", "call_ended", "gone"]);

const messages = { ...embedded("messages"), ...embedded("side-messages") };
const settings = embedded("settings");
const telephoneOptions = embedded("telephone");
const main = byId("main");

let state = reduce(initial(), { type: "snapshot", ...embedded("snapshot") }).state;
let watched = null; // the call that a supervisor reads along
let accepting = null; // the call that is being accepted here
let seenNotices = 0;
let besideThread = "say"; // what the thread covers
let drawing = false;
const rangSince = new Map();

const ring = new Ring({ onUnlock: draw });
const line = new Line({ onElsewhere: draw });
const transcript = new Transcript({ messages });
const meter = new Meter({ messages, deadAirSeconds: settings.dead_air_seconds });
const rail = new Rail({ messages, onAccept: accept, onWatch: watch });
const panels = new Panels({ onChange: draw });
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
const http = new Http({ csrf });

const telephone = new Telephone({
  script: byId("desk-script").dataset.library,
  tokenUrl: "/voice-token",
  csrf,
  signallingHost: telephoneOptions.signalling_host,
  onChange: draw,
  onLevel: (level) => byId("mic-level").style.setProperty("--level", level.toFixed(2)),
});

const rejoin = new Rejoin({ telephone, line, ring, onChange: draw });

const socket = new Socket({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/desk/`,
  onMessage: receive,
  onLine: draw,
});

const suggestions = new Suggestions({ messages, onUse: use, onDismiss: dismiss });

// What the parts beside the call may ask of the desk.
const desk = {
  goAvailable,
  goAway: () => setPresence("away"),
  openCustomer: (id, name) => panels.open(id, name),
  toggleThread,
  call: ({ to, callback = null }) => socket.command("start_call", "", { to, ...(callback !== null && { callback }) }).catch(complain),
  changed: draw,
  complain,
};
const customers = new Customers({ http, onChange: draw });
const notes = new Drafts({
  name: "call",
  save: (sid, text) => socket.command("save_notes", sid, { notes: text }),
  onChange: draw,
});
const shared = { messages, socket, http, desk, customers, notes };
const wrapUp = new WrapUp({ ...shared, onDone: draw });
const customerCard = new Customer(shared);
const thread = new Thread(shared);
/** Each has `render({state, call, customer})`, and may have `receive(message)`. */
const sides = [customers, new Presence(shared), customerCard, thread, new Inbox(shared)];

const controls = new Controls({
  messages,
  actions: {
    mute: (on) => telephone.mute(on),
    hold: (on) => order(on ? "hold" : "resume"),
    end: () => order("end"),
    changed: draw,
  },
});

// What comes in

function receive(message) {
  if (message.type === "event") {
    hearTime(message.at);
  }
  if (message.now !== undefined) {
    hearTime(message.now);
  }
  sides.forEach((side) => side.receive?.(message));
  const { state: next, sync } = reduce(state, { heard: now(), ...message });
  sync.forEach((wanted) => socket.sync(wanted));
  if (message.type === "snapshot") {
    wrapUp.recall(next, (sid) => socket.sync({ sid, after: 0 }));
  }
  if (next !== state) {
    tellEnd(state, next, message);
    state = next;
    tellNotices();
    draw();
  }
}

function tellNotices() {
  for (const { id, kind, name, sid } of state.notices) {
    // Whoever was just about to take it hears why from the answer to the command.
    if (id > seenNotices && sid !== accepting) {
      toast(fill(messages.notices[kind], { name }));
    }
    seenNotices = Math.max(seenNotices, id);
  }
}

/** A caller who gives up while it rings, and the end of my own call. */
function tellEnd(before, after, { name, sid }) {
  if (name !== "call.ended" || !after.calls[sid]?.ended) {
    return;
  }
  if (ringing(before).some((call) => call.sid === sid)) {
    toast(messages.notices.gone);
  }
  if (myCall(before)?.sid === sid) {
    wrapUp.open(sid, { byMe: controls.asked("end") });
  }
}

// What is done

async function accept(sid = shownRings()[0]?.sid) {
  if (rejoin.needed) {
    rejoin.now();
    return;
  }
  if (!sid || accepting || myCall(state)) {
    return;
  }
  accepting = sid;
  watched = null;
  wrapUp.close();
  draw();
  try {
    if (await line.take(sid)) {
      await socket.command("accept", sid);
      telephone.connect(sid);
      await granted(sid);
    } else {
      toast(messages.notices.other_tab, { bad: true });
    }
  } catch (error) {
    line.leave();
    complain(error);
  }
  accepting = null;
  draw();
}

/** The event that makes the call mine may come after the answer to the command. */
async function granted(sid) {
  for (let waited = 0; waited < GRANT_MS && myCall(state)?.sid !== sid; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function decline() {
  const [call] = shownRings();
  if (call && !accepting) {
    socket.command("decline", call.sid).catch(complain);
  }
}

/** A command on my call; refusals are shown, and passed on to whoever waits. */
async function order(name, data) {
  try {
    await socket.command(name, myCall(state)?.sid, data);
  } catch (error) {
    complain(error);
    throw error;
  }
}

async function use({ id, text }) {
  suggestions.note(id, "pending");
  const copied = copy(text);
  try {
    await order("use_suggestion", { suggestion: id });
    suggestions.note(id, (await copied) ? "copied" : null);
  } catch {
    suggestions.note(id, null); // order() has told why
  }
}

function dismiss({ id }) {
  order("dismiss_suggestion", { suggestion: id }).catch(() => undefined);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission: the words are still on the screen
  }
}

function watch(sid) {
  watched = watched === sid ? null : sid;
  draw();
}

function complain(error) {
  const text = error.message === error.code ? messages.errors[error.code] : error.message;
  toast(text ?? messages.errors.other, { bad: !OVERTAKEN.has(error.code) });
}

/** One click: sound, microphone, notifications, a soft ring, and calls may come. */
async function goAvailable() {
  const heard = ring.unlock().then((unlocked) => unlocked && ring.sample());
  setPresence("available");
  await heard;
  await askForMicrophone();
  if (globalThis.Notification?.permission === "default") {
    await Notification.requestPermission();
  }
}

async function askForMicrophone() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    stream.getTracks().forEach((track) => track.stop());
    telephone.microphoneWorks();
  } catch (error) {
    telephone.microphoneFails(error);
  }
}

function setPresence(presence) {
  socket.command("set_presence", "", { presence }).catch(complain);
}

// What is shown

/** Draws once after all that happens now; never waits for a frame, which a hidden tab does not get. */
function draw() {
  if (!drawing) {
    drawing = true;
    queueMicrotask(() => {
      drawing = false;
      drawAll();
    });
  }
}

function drawAll() {
  const mine = myCall(state);
  rejoin.look(mine, { accepting });
  const call = mine ?? state.calls[watched] ?? null;
  const view = viewOf(call);
  setAttribute(main, "data-view", view);
  drawBar();
  drawAlerts();
  drawRing();
  controls.render(mine, telephone);
  rail.render({ mine, ringing: waiting(), declined: declined(state), others: others(state), finished: finished(state), watched, supervisor: isSupervisor(state) });
  wrapUp.render(state);
  drawSides(view, call);
  if (view === "call") {
    drawCall(call);
  }
}

/** The call in focus is mine, the one that is read along, the one that rings, or the one that was just ended. */
function drawSides(view, talk) {
  const call = talk ?? shownRings()[0] ?? (view === "wrapup" ? state.calls[wrapUp.sid] : null) ?? null;
  const customer = panels.render({ talking: talk !== null, customer: call ? (call.customer?.id ?? 0) : null });
  sides.forEach((side) => side.render({ state, call, customer }));
}

/** To where notes are written: the card after a call, else the customer's. */
function takeNotes() {
  if (wrapUp.isOpen(state)) {
    wrapUp.focusNotes?.();
  } else if (main.dataset.side !== "none") {
    panels.show("customer");
    queueMicrotask(() => customerCard.focusNotes?.());
  }
}

/** The customer's messages, or back to what stood there before. */
function toggleThread() {
  const { side } = main.dataset;
  if (side === "thread") {
    panels.show(besideThread);
    queueMicrotask(() => byId(`tab-${main.dataset.side}`)?.focus());
  } else if (side !== "none") {
    besideThread = side;
    panels.show("thread");
    queueMicrotask(() => thread.focus());
  }
}

function viewOf(call) {
  if (call) {
    return "call";
  }
  if (!state.ready) {
    return "loading";
  }
  if (wrapUp.isOpen(state)) {
    return "wrapup";
  }
  if (shownRings().length) {
    return "ringing";
  }
  return state.me.presence === "available" ? "ready" : "away";
}

/** Calls that ring for me, once they have done so for a moment. */
function waiting() {
  const calls = ringing(state);
  for (const sid of rangSince.keys()) {
    if (!calls.some((call) => call.sid === sid)) {
      rangSince.delete(sid);
    }
  }
  for (const { sid } of calls) {
    if (!rangSince.has(sid)) {
      rangSince.set(sid, Date.now());
      setTimeout(draw, RING_SETTLE_MS + 5);
    }
  }
  return calls.filter(({ sid }) => Date.now() - rangSince.get(sid) >= RING_SETTLE_MS);
}

/** Those of them that may make a noise: I am available and free. */
function shownRings() {
  const free = state.me?.presence === "available" && !myCall(state);
  return free ? waiting() : [];
}

function drawBar() {
  drawState(byId("line-state"), socket.line.state, messages.line);
  const elsewhere = line.elsewhere && !line.held ? "elsewhere" : telephone.status;
  drawState(byId("telephone-state"), elsewhere, messages.telephone);
}

function drawState(element, name, texts) {
  setAttribute(element, "data-state", name);
  setAttribute(element, "title", texts[name]);
  setText(part(element, "text"), texts[name]);
}

function drawAlerts() {
  const { state: at, retryAt } = socket.line;
  // The first moments without a line are nobody's business.
  setHidden(byId("offline"), !(at === "waiting" || (at === "connecting" && socket.failed)));
  if (!byId("offline").hidden) {
    const seconds = Math.ceil((retryAt - Date.now()) / 1000);
    const text = at === "waiting" && seconds > 0 ? messages.line.retry_in : messages.line.retrying;
    const comfort = myCall(state) ? `${messages.line.call_goes_on} ` : "";
    setText(part(byId("offline"), "text"), comfort + fill(text, { seconds }));
  }
  setHidden(byId("signed-out"), at !== "signed_out");
  setHidden(byId("sound-locked"), state.me?.presence !== "available" || ring.unlocked);
  setHidden(byId("telephone-problem"), telephone.problem === null);
  setText(part(byId("telephone-problem"), "text"), messages.problems[telephone.problem] ?? "");
}

function drawRing() {
  const calls = shownRings();
  const [call] = calls;
  const card = byId("ring");
  const wasHidden = card.hidden;
  setHidden(card, !call);
  if (!call) {
    ring.stop();
    return;
  }
  const number = nameOfNumber(call);
  setText(byId("ring-number"), number);
  setText(byId("ring-about"), fill(messages.ring.about, { line: readable(call.to) }));
  setText(byId("ring-since"), asClock(now() - (call.answered_at ?? call.created_at)));
  setHidden(byId("ring-more"), calls.length < 2);
  setText(byId("ring-more"), fill(messages.ring.more, { count: calls.length - 1 }));
  byId("accept").disabled = byId("decline").disabled = accepting !== null;
  setText(part(byId("accept"), "text"), messages.ring[accepting ? "accepting" : "accept"]);
  if (accepting) {
    ring.stop();
  } else {
    ring.start({ sid: call.sid, title: fill(messages.ring.title, { number }), body: messages.ring.body });
  }
  if (wasHidden && !document.activeElement?.closest("input, textarea, select, dialog")) {
    card.focus({ preventScroll: true });
  }
}

function drawCall(call) {
  const mine = isMine(state, call);
  setText(byId("talk-number"), nameOfNumber(call));
  setText(byId("talk-about"), aboutCall(call, mine));
  drawChip(call);
  setHidden(byId("stop-watching"), mine);
  drawRejoin(mine);
  drawTroubles(call);
  setHidden(byId("transcript-empty"), call.utterances.length + Object.keys(call.partials).length > 0);
  transcript.render(call, (speaker) => nameOfSpeaker(speaker, call, mine));
  suggestions.render(call, { mine: mine && !call.ended });
  meter.render(call, { mine, live: socket.line.state === "open" });
}

function aboutCall(call, mine) {
  if (!mine && call.agent) {
    return fill(messages.call.with, { agent: call.agent.name });
  }
  const about = call.direction === "outbound" ? messages.call.about_out : messages.call.about_in;
  return fill(about, { line: readable(call.direction === "outbound" ? call.from : call.to) });
}

function drawChip(call) {
  const chip = byId("talk-state");
  const [text, mood] = chipOf(call);
  setText(chip, text);
  setAttribute(chip, "class", `chip ${mood}`);
}

function chipOf(call) {
  if (call.ended) {
    return [messages.status[call.status], ""];
  }
  if (call.on_hold) {
    return [messages.call.on_hold, "warn"];
  }
  if (!call.agent_connected) {
    return [messages.call.connecting, ""];
  }
  return [messages.call.talking, "good"];
}

function drawRejoin(mine) {
  setHidden(byId("rejoin"), !(mine && (rejoin.needed || rejoin.elsewhere)));
  setHidden(byId("rejoin-now"), !rejoin.needed);
  setText(part(byId("rejoin"), "text"), messages.rejoin[rejoin.elsewhere ? "elsewhere" : "here"]);
}

function drawTroubles(call) {
  const root = byId("troubles");
  const told = Object.values(call.trouble);
  while (root.children.length > told.length) {
    root.lastElementChild.remove();
  }
  told.forEach((text, index) => {
    if (!root.children[index]) {
      root.append(stamp("banner-template"));
    }
    setText(root.children[index], text);
  });
}

function nameOfSpeaker(speaker, call, mine) {
  if (speaker === "agent") {
    return mine ? messages.speakers.you : (call.agent?.name ?? messages.speakers.agent);
  }
  return messages.speakers[speaker] ?? speaker;
}

function nameOfNumber(call) {
  const number = call.direction === "outbound" ? call.to : call.from;
  return /\d/.test(number) ? readable(number) : messages.call.unknown_number;
}

// Hands

const clicks = {
  "go-available-now": goAvailable,
  accept: () => accept(),
  decline,
  retry: () => socket.retryNow(),
  unlock: () => ring.unlock().then(() => ring.sample()),
  "telephone-again": () => (myCall(state) ? rejoin.now() : telephone.start()),
  "rejoin-now": () => rejoin.now(),
  "stop-watching": () => watch(watched),
  "show-shortcuts": () => byId("shortcuts").showModal(),
};
for (const [id, action] of Object.entries(clicks)) {
  byId(id).addEventListener("click", action);
}

listen({
  a: () => accept(),
  d: decline,
  m: () => controls.mute(),
  h: () => controls.hold(),
  e: () => controls.end(),
  1: () => suggestions.use(0),
  2: () => suggestions.use(1),
  3: () => suggestions.use(2),
  "shift+1": () => suggestions.dismiss(0),
  "shift+2": () => suggestions.dismiss(1),
  "shift+3": () => suggestions.dismiss(2),
  x: () => suggestions.dismiss(),
  l: () => transcript.follow(),
  n: takeNotes,
  w: toggleThread,
  "?": () => byId("shortcuts").showModal(),
});

setInterval(drawAll, TICK_MS);
drawAll();
ring.unlock();
telephone.start();
