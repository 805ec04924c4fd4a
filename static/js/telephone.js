// The browser's telephone: Twilio's Device for one line to one call. It knows sound and signalling, not whose turn it is to ring.

const REFRESH_MS = 60_000;
const PATIENCE_MS = 8000;
const AGAIN_SECONDS = [2, 5, 10, 20, 30];

// Twilio's error codes in the words of the people at the desk (keys of the page's messages).
const PROBLEMS = new Map([
  [31401, "microphone_blocked"],
  [31402, "microphone_missing"],
  [20101, "telephone_refused"],
  [20104, "telephone_refused"],
  [31201, "telephone_refused"],
  [31202, "telephone_refused"],
  [31204, "telephone_refused"],
  [31205, "telephone_refused"],
  [53405, "line_broken"],
  [31003, "line_broken"],
]);

/** The ring is our own (ring.js), so the library's sounds are never fetched. */
class Silence {
  play() {
    return Promise.resolve();
  }

  stop() {}

  setSinkIds() {
    return Promise.resolve();
  }

  isPlaying() {
    return false;
  }
}

/**
 * `status` is starting, ready, connecting, connected, reconnecting or failed; `problem` names what
 * hinders it. `onChange` is called after each change, `onLevel` with the microphone's level from 0 to 1.
 */
export class Telephone {
  status = "starting";
  sid = null;
  muted = false;
  problem = null;

  #script;
  #tokenUrl;
  #csrf;
  #host;
  #onChange;
  #onLevel;
  #device = null;
  #starting = null;
  #call = null;
  #failures = 0;

  constructor({ script, tokenUrl, csrf, signallingHost, onChange, onLevel }) {
    this.#script = script;
    this.#tokenUrl = tokenUrl;
    this.#csrf = csrf;
    this.#host = signallingHost;
    this.#onChange = onChange;
    this.#onLevel = onLevel;
  }

  /** Gets ready to connect; failures are shown and tried again, never thrown. */
  async start() {
    try {
      await this.#ready();
    } catch (error) {
      this.#troubled(error);
      this.#later();
    }
  }

  /**
   * Joins the call of this customer leg, or begins what `params` say; the microphone opens. While the signalling is away the
   * library waits for it: that is shown after a while, and the line comes up as soon as it can.
   */
  async connect(sid, params = { sid }) {
    if (this.sid !== null) {
      return;
    }
    this.#set({ status: "connecting", sid, problem: null, muted: false });
    const patience = setTimeout(() => this.#troubled(), PATIENCE_MS);
    try {
      await this.#ready();
      const call = await this.#device.connect({ params });
      this.#follow(call);
      if (this.sid !== sid) {
        call.disconnect(); // the call was over before the line came up
      }
    } catch (error) {
      this.#troubled(error);
      this.#over(null);
    } finally {
      clearTimeout(patience);
    }
  }

  /** Sends the tone of a key. */
  press(key) {
    this.#call?.sendDigits(key);
  }

  mute(on) {
    this.#call?.mute(on);
  }

  /** Leaves the line; the call itself is ended by the server. */
  disconnect() {
    if (this.#call) {
      this.#call.disconnect();
    } else if (this.sid !== null) {
      this.#set({ sid: null, status: this.problem ? "failed" : "ready" });
    }
  }

  /** The page has just been allowed, or refused, the microphone (a DOMException). */
  microphoneWorks() {
    if (this.problem === "microphone_blocked" || this.problem === "microphone_missing") {
      this.#set({ problem: null });
    }
  }

  microphoneFails(error) {
    const blocked = error.name === "NotAllowedError";
    this.#set({ problem: blocked ? "microphone_blocked" : "microphone_missing" });
  }

  #ready() {
    this.#starting ??= this.#prepare().catch((error) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #prepare() {
    await loadLibrary(this.#script, this.#host);
    if (!Twilio.Device.isSupported) {
      throw new Problem("browser_too_old");
    }
    const device = new Twilio.Device(await this.#token(), this.#options());
    device.on("registered", () => this.#registered());
    device.on("unregistered", () => this.#unregistered());
    device.on("tokenWillExpire", () => this.#refresh());
    device.on("error", (error) => this.#troubled(error));
    this.#device = device;
    device.register().catch((error) => this.#troubled(error));
  }

  #options() {
    const options = {
      appName: "call-copilot",
      codecPreferences: ["opus", "pcmu"],
      logLevel: "silent",
      tokenRefreshMs: REFRESH_MS,
      Sound: Silence,
    };
    if (!this.#host) {
      return options;
    }
    // A host of our own: no vendor to report to, no relay to ask.
    return {
      ...options,
      chunderw: this.#host,
      eventgw: this.#host,
      publishEvents: false,
      rtcConfiguration: { iceServers: [] },
    };
  }

  #registered() {
    this.#failures = 0;
    if (!this.#call && this.status !== "connecting") {
      this.#set({ status: "ready", problem: null });
    }
  }

  #unregistered() {
    if (!this.#call && this.status !== "connecting") {
      this.#set({ status: "failed" });
    }
  }

  async #refresh() {
    try {
      this.#device.updateToken(await this.#token());
    } catch (error) {
      this.#troubled(error);
      this.#later(() => this.#refresh());
    }
  }

  async #token() {
    const answer = await fetch(this.#tokenUrl, {
      method: "POST",
      headers: { "X-CSRFToken": this.#csrf() },
      credentials: "same-origin",
    });
    if (!answer.ok) {
      throw new Problem("telephone_refused");
    }
    return (await answer.json()).token;
  }

  #follow(call) {
    this.#call = call;
    call.on("accept", () => this.#set({ status: "connected", problem: null }));
    call.on("mute", (muted) => this.#set({ muted }));
    call.on("reconnecting", () => this.#set({ status: "reconnecting" }));
    call.on("reconnected", () => this.#set({ status: "connected", problem: null }));
    call.on("volume", (input) => this.#onLevel(this.muted ? 0 : input));
    call.on("error", (error) => this.#broken(call, error));
    for (const over of ["disconnect", "cancel", "reject"]) {
      call.on(over, () => this.#over(call));
    }
  }

  /** Without a microphone the library gives the call up without saying so. */
  #broken(call, error) {
    this.#troubled(error);
    if (this.problem?.startsWith("microphone")) {
      this.#over(call);
    }
  }

  #over(call) {
    if (this.#call !== call) {
      return;
    }
    this.#call = null;
    this.#onLevel(0);
    this.#set({ status: this.problem ? "failed" : "ready", sid: null, muted: false });
  }

  #troubled(error) {
    const problem = error?.key ?? PROBLEMS.get(error?.code) ?? "telephone_away";
    if (this.#call || this.status === "connecting") {
      this.#set({ problem });
      return;
    }
    this.#set({ status: "failed", problem });
  }

  #later(again = () => this.start()) {
    const wait = AGAIN_SECONDS[Math.min(this.#failures, AGAIN_SECONDS.length - 1)];
    this.#failures += 1;
    setTimeout(again, wait * 1000);
  }

  #set(changed) {
    Object.assign(this, changed);
    this.#onChange();
  }
}

/** Something that we can name ourselves; `key` is one of the page's messages. */
class Problem extends Error {
  constructor(key) {
    super(key);
    this.key = key;
  }
}

/**
 * Twilio's library speaks to wss:// only and keeps the WebSocket class that it finds when it loads.
 * For a signalling host of our own it finds one that uses ws:// for that host; the page's stays as it is.
 */
async function loadLibrary(address, host) {
  if (globalThis.Twilio?.Device) {
    return;
  }
  const native = globalThis.WebSocket;
  if (host) {
    globalThis.WebSocket = plainFor(host, native);
  }
  try {
    await new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => reject(new Problem("telephone_away")));
      document.head.append(script);
    });
  } finally {
    globalThis.WebSocket = native;
  }
}

function plainFor(host, native) {
  const secure = `wss://${host}/`;
  return class extends native {
    constructor(url, protocols = []) {
      const wanted = String(url);
      super(wanted.startsWith(secure) ? `ws${wanted.slice(3)}` : wanted, protocols);
    }
  };
}
