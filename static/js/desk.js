// The desk's entry: joins the state, the socket, the telephone and the views. What it shows follows from the state alone.
import { hearTime, now } from "./clock.js";
import { Consult } from "./consult.js";
import { Controls } from "./controls.js";
import { Customer } from "./customer.js";
import { Customers } from "./customers.js";
import { Dial } from "./dial.js";
import { Drafts } from "./drafts.js";
import { Http } from "./http.js";
import { Inbox } from "./inbox.js";
import { Keypad } from "./keypad.js";
import { Keymap, labelOf, listen } from "./keys.js";
import { Line } from "./line.js";
import { Meter } from "./meter.js";
import { byId, embedded, fill, part, readable, setAttribute, setHidden, setText } from "./page.js";
import { Panels } from "./panels.js";
import { Presence } from "./presence.js";
import { Rail } from "./rail.js";
import { Rejoin } from "./rejoin.js";
import { Ring } from "./ring.js";
import { nameOfCaller, RingCard } from "./ringcard.js";
import { paintKeys, Shortcuts } from "./shortcuts.js";
import { CommandError, Socket } from "./socket.js";
import {
  finished,
  initial,
  isSupervisor,
  maySteer,
  myCall,
  openCall,
  others,
  reduce,
  ringing,
  roleIn,
  talking,
  waiting,
  withAssistant,
} from "./state.js";
import { isLed } from "./state/voice.js";
import { Suggestions } from "./suggestions.js";
import { Talk } from "./talk.js";
import { Telephone } from "./telephone.js";
import { Thread } from "./thread.js";
import { toast } from "./toast.js";
import { Transcript } from "./transcript.js";
import { TransferDialog } from "./transfer.js";
import { Cues } from "./voice/cues.js";
import { Latency } from "./voice/latency.js";
import { Leash } from "./voice/leash.js";
import { Rescue } from "./voice/rescue.js";
import { Whisper } from "./voice/whisper.js";
import { WrapUp } from "./wrapup.js";

const TICK_MS = 200;
// A page that catches up is told of rings that are long over: they must not flash.
const RING_SETTLE_MS = 120;
const GRANT_MS = 5000;
const DIAL_SECONDS = 25; // the telephone service may take its time
const DIALLING = "dialling";
// Refusals that are nobody's fault: others were quicker, or the conversation moved on.
const OVERTAKEN = new Set(["already_taken", "call_ended", "gone"]);

const messages = { ...embedded("messages"), ...embedded("side-messages"), voice: embedded("voice-messages") };
const settings = embedded("settings");
const telephoneOptions = embedded("telephone");
const main = byId("main");

let state = reduce(initial(), { type: "snapshot", ...embedded("snapshot") }).state;
let watched = null; // the call that I read along: the AI's, or as a supervisor anybody's
let accepting = null; // the call that is being accepted here, or DIALLING
let seenNotices = 0;
let besideThread = "say"; // what the thread covers
let drawing = false;
const rangSince = new Map();

const ring = new Ring({ onUnlock: draw });
const line = new Line({ onElsewhere: draw });
const transcript = new Transcript({ messages });
const meter = new Meter({ messages, deadAirSeconds: settings.dead_air_seconds });
const talk = new Talk({ messages });
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
  call: openDial,
  renamed,
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

const ringCard = new RingCard({ messages, customers, ring });
const keymap = new Keymap({ storage: localStorage, user: state.me.id });
const shortcuts = new Shortcuts({ messages, keymap });
const dial = new Dial({ messages, http, start: placeCall, explain });
const keypad = new Keypad({ send: (digits) => onMyCall("digits", { digits }), explain });
const transfer = new TransferDialog({ messages, http, send: (to) => onMyCall("transfer", to), explain });
const consult = new Consult({ messages, order, onChange: draw });
const leash = new Leash({ messages, actions: { takeOver, order: orderOn, changed: draw } });
const cues = new Cues({ messages, order: orderOn, onChange: draw, onOvertaken: toast, paint: (root) => paintKeys(root, keymap) });
const whisper = new Whisper({ messages, order: orderOn });
const latency = new Latency({ messages });
const rescuer = new Rescue({ messages, onUse: use });
const controls = new Controls({
  messages,
  actions: {
    mute,
    hold: (on) => order(on ? "hold" : "resume"),
    secure: (on) => order(on ? "pause_recording" : "resume_recording"),
    keypad: () => keypad.open(),
    transfer: () => transfer.open(),
    end: () => order("end"),
    leave: () => order("leave"),
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
  for (const { id, kind, name, sid, reason, mine = true } of state.notices) {
    // Whoever was just about to take it hears why from the answer to the command.
    if (id > seenNotices && sid !== accepting && (mine || sid === watched)) {
      toast(textOf(kind, reason, name, state.calls[sid]));
      chimeFor(kind);
    }
    seenNotices = Math.max(seenNotices, id);
  }
}

/** Somebody put me on a call while I looked elsewhere. */
function chimeFor(kind) {
  if (kind === "given" || kind === "put_through") {
    ring.unlock().then((unlocked) => unlocked && ring.sample());
  }
}

function textOf(kind, reason, name, call) {
  const texts = messages.notices[kind];
  const text = fill(texts[reason] ?? texts.failed ?? texts, { name: readable(name ?? "") });
  const held = kind === "transfer_failed" && call?.on_hold;
  return held ? `${text} ${fill(messages.notices.on_hold, { key: labelOf(keymap.keyOf("hold")) })}` : text;
}

/** My part in a call is over: it ended, or goes on without me. */
function tellEnd(before, after, { name, sid }) {
  const mine = myCall(before);
  if (mine && mine.sid !== myCall(after)?.sid && after.calls[mine.sid]) {
    wrapUp.open(mine.sid, { byMe: name !== "call.ended" || sid !== mine.sid || controls.asked("end") });
    keypad.close();
    transfer.close();
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
  watched = null;
  wrapUp.close();
  await join("accept", sid).catch(() => undefined); // told where it is asked
}

/** From the AI voice, in mid-sentence: it falls silent at once, and my telephone joins. */
async function takeOver(sid) {
  if (accepting) {
    throw new CommandError("busy");
  }
  await join("take_over", sid);
  watched = null;
  wrapUp.close();
}

/** Out of a call that goes on without me: one that I read along, one that the AI voice leads, one to which I was asked. */
function leave() {
  const call = myCall(state);
  if (call === null && watched !== null) {
    watch(watched);
  } else if (call !== null && isLed(call) && roleIn(state, call) === "agent") {
    order("leave").catch(() => undefined); // told where it is asked
  } else {
    consult.press("leave");
  }
}

/** A command that makes the call mine, and my telephone on it. */
async function join(command, sid) {
  accepting = sid;
  draw();
  try {
    if (!(await line.take(sid))) {
      throw new CommandError("other_tab", messages.notices.other_tab);
    }
    await socket.command(command, sid);
    telephone.connect(sid);
    await granted(sid);
  } catch (error) {
    line.leave();
    complain(error);
    throw error;
  } finally {
    accepting = null;
    draw();
  }
}

/** The event that makes the call mine may come after the answer to the command; the one that ends it before. */
async function granted(sid) {
  const isKnown = () => talking(state)?.sid === sid || state.calls[sid]?.ended;
  for (let waited = 0; waited < GRANT_MS && !isKnown(); waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function decline() {
  const [call] = shownRings();
  if (call && !accepting) {
    socket.command("decline", call.sid).catch(complain);
  }
}

function onMyCall(name, data) {
  return socket.command(name, myCall(state)?.sid, data);
}

/** At once in this browser; told to the conference so that everybody, and the history, knows. */
async function mute(on) {
  telephone.mute(on);
  if (roleIn(state, myCall(state)) === "agent") {
    await order("mute", { on }); // a guest's telephone is nobody's business but theirs
  }
}

/** My telephone joins as soon as the call is placed: I hear it ring. */
async function placeCall(to) {
  if (line.elsewhere && !line.held) {
    throw new CommandError("other_tab", messages.notices.other_tab);
  }
  accepting = DIALLING;
  watched = null;
  draw();
  try {
    const { sid } = await socket.command("start_call", "", to, { seconds: DIAL_SECONDS });
    wrapUp.close();
    accepting = sid;
    await line.take(sid);
    telephone.connect(sid);
    await granted(sid);
  } finally {
    accepting = null;
    draw();
  }
}

/** Opens the dial dialog, with a number; `callback` is the request that the call answers. */
function openDial(call = {}) {
  if (!myCall(state) && !accepting && !document.querySelector("dialog[open]")) {
    dial.open(call);
  }
}

/** A command on my call; refusals are shown, and passed on to whoever waits. */
function order(name, data) {
  return orderOn(myCall(state)?.sid, name, data);
}

/** The same on any call that I see. */
async function orderOn(sid, name, data) {
  try {
    await socket.command(name, sid, data);
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

/** Written on the card: the heading and the lists say it at once, and not with the next snapshot. */
function renamed(customer, name) {
  state = reduce(state, { type: "customer", customer, name }).state;
  draw();
}

function watch(sid) {
  watched = watched === sid ? null : sid;
  draw();
}

function complain(error) {
  toast(explain(error), { bad: !OVERTAKEN.has(error.code) });
}

/** A refusal in words: the server's, or ours for what never reached it. */
function explain({ code, message }) {
  const text = message === code ? messages.errors[code] : message;
  return text ?? messages.errors.other;
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
  rejoin.look(talking(state), { accepting });
  const beside = openCall(state, watched);
  watched = beside === null ? null : watched;
  const call = mine ?? beside;
  const view = viewOf(call);
  setAttribute(main, "data-view", view);
  setAttribute(main, "data-secure", (call?.recording_paused ?? null) === null ? null : "on");
  drawBar();
  drawAlerts();
  drawRing();
  const role = mine ? roleIn(state, mine) : null;
  controls.render(mine, { role, telephone });
  consult.render(mine, role);
  transfer.render(state);
  setAttribute(byId("call-somebody"), "aria-disabled", mine || accepting ? "true" : null);
  rail.render({ state, mine, ringing: rung(), waiting: waiting(state), assisted: withAssistant(state), others: others(state), finished: finished(state), watched, supervisor: isSupervisor(state) });
  wrapUp.render(state);
  drawSides(view, call);
  if (view === "call") {
    drawCall(call);
  }
  drawVoice(view === "call" ? call : null);
}

/** The call in focus is mine, the one that is read along, the one that rings, or the one that was just ended. */
function drawSides(view, talk) {
  const call = talk ?? shownRings()[0] ?? (view === "wrapup" ? wrapUp.callIn(state) : null) ?? null;
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

/** Calls that ring here, once they have done so for a moment. */
function rung() {
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

/** Those of them that may make a noise: I am free. */
function shownRings() {
  return myCall(state) ? [] : rung();
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
  const missed = state.calls[state.missed?.sid];
  setHidden(byId("missed"), !missed);
  if (missed) {
    setText(part(byId("missed"), "text"), fill(messages.notices.missed, { name: nameOfCaller(missed, messages.call) }));
  }
  setHidden(byId("telephone-problem"), telephone.problem === null);
  setText(part(byId("telephone-problem"), "text"), messages.problems[telephone.problem] ?? "");
}

function drawRing() {
  ringCard.render(shownRings(), { accepting: accepting !== null });
}

function drawCall(call) {
  const role = roleIn(state, call);
  talk.render(call, { role, rejoin });
  setHidden(byId("transcript-empty"), call.utterances.length + Object.keys(call.partials).length > 0);
  transcript.render(call, (speaker) => nameOfSpeaker(speaker, call, role));
  const led = isLed(call);
  setText(byId("suggestions-empty"), fill(messages.suggestion[led ? "led" : "none"], { name: call.assistant?.name ?? "" }));
  suggestions.render(call, { mine: role === "agent" && !call.ended && !led });
  meter.render(call, { mine: role === "agent", live: socket.line.state === "open" });
}

/** What an AI voice on the call says and may do, and the words for an agent's silence. */
function drawVoice(call) {
  const role = call ? roleIn(state, call) : null;
  const steer = call !== null && maySteer(state, call);
  leash.render(call, { role, steer });
  cues.render(call, { steer });
  whisper.render(call, { steer });
  latency.render(call);
  rescuer.render(call, { mine: role === "agent", keyOf: keyOfSuggestion });
}

function keyOfSuggestion(id) {
  const place = suggestions.placeOf(id);
  return place < 0 ? "" : labelOf(keymap.keyOf(`use${place + 1}`));
}

function nameOfSpeaker(speaker, call, role) {
  if (speaker === "assistant" && call.assistant) {
    return call.assistant.name;
  }
  if (speaker === "agent") {
    return role === "agent" ? messages.speakers.you : (call.agent?.name ?? messages.speakers.agent);
  }
  const called = speaker === "caller" && call.direction === "outbound";
  return messages.speakers[called ? "called" : speaker] ?? speaker;
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
  "stop-watching": leave,
  "show-shortcuts": () => shortcuts.open(),
  "here-again": goAvailable,
  "call-somebody": () => openDial(),
};
for (const [id, action] of Object.entries(clicks)) {
  byId(id).addEventListener("click", action);
}

const actions = {
  accept: () => accept(),
  decline,
  available: goAvailable,
  call: () => openDial(),
  mute: () => controls.mute(),
  hold: () => controls.hold(),
  keypad: () => controls.keypad(),
  secure: () => controls.secure(),
  transfer: () => controls.transfer(),
  complete: () => consult.press("complete"),
  merge: () => consult.press("merge"),
  cancel: () => consult.press("cancel"),
  leave,
  end: () => controls.end(),
  takeover: () => leash.press("human"),
  auto: () => leash.press("auto"),
  approve: () => leash.press("approve"),
  release: () => cues.release(),
  reword: () => cues.edit(),
  discard: () => cues.drop(),
  whisper: () => whisper.focus(),
  use1: () => suggestions.use(0),
  use2: () => suggestions.use(1),
  use3: () => suggestions.use(2),
  dismiss1: () => suggestions.dismiss(0),
  dismiss2: () => suggestions.dismiss(1),
  dismiss3: () => suggestions.dismiss(2),
  dismiss: () => suggestions.dismiss(),
  latest: () => transcript.follow(),
  notes: takeNotes,
  thread: toggleThread,
  help: () => shortcuts.open(),
};
listen(actions, keymap);

setInterval(drawAll, TICK_MS);
drawAll();
ring.unlock();
telephone.start();
