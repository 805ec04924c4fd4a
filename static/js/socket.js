// The line to the server: reconnects by itself, keeps count of what was asked; it knows nothing of what the words mean.

const HEARTBEAT_SECONDS = 5;
const SILENT_SECONDS = 11; // the server's beacon comes every 3
const ANSWER_SECONDS = 8;
const LONGEST_WAIT_SECONDS = 10;
const SYNC_AGAIN_SECONDS = 2;
const SIGNED_OUT = 4401;

/** A command that was refused or not answered; `code` is the server's, or "offline" or "timeout". */
export class CommandError extends Error {
  constructor(code, message = "") {
    super(message || code);
    this.code = code;
  }
}

/** Where the line stands: state is connecting, open, waiting (until `retryAt`, ms) or signed_out. */
export class Socket {
  #url;
  #onMessage;
  #onLine;
  #socket = null;
  #line = { state: "connecting", retryAt: 0 };
  #failures = 0;
  #lastHeard = 0;
  #nextId = 0;
  #asked = new Map();
  #synced = new Map();
  #retry = null;

  constructor({ url, onMessage, onLine }) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onLine = onLine;
    setInterval(() => this.#beat(), HEARTBEAT_SECONDS * 1000);
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.#socket?.close());
    this.#open();
  }

  get line() {
    return this.#line;
  }

  /** The line was lost, or never came up, and has not been open since. */
  get failed() {
    return this.#failures > 0;
  }

  /**
   * Resolves with the result's data when the server has done it, rejects with a CommandError. While the line is being
   * opened the command waits for it; while the line is known to be down it is refused.
   */
  command(name, sid = "", data = {}, { seconds = ANSWER_SECONDS } = {}) {
    if (this.#line.state !== "open" && this.#line.state !== "connecting") {
      return Promise.reject(new CommandError("offline"));
    }
    this.#nextId += 1;
    const id = String(this.#nextId);
    const message = { type: "command", id, name, sid, data };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id, new CommandError("timeout")),
        seconds * 1000,
      );
      this.#asked.set(id, { message, resolve, reject, timer });
      if (this.#line.state === "open") {
        this.#send(message);
      }
    });
  }

  /** Ask for the events of a call after a number; asked again at most every two seconds. */
  sync({ sid, after }) {
    const now = Date.now();
    const last = this.#synced.get(sid);
    if (last?.after === after && now - last.at < SYNC_AGAIN_SECONDS * 1000) {
      return;
    }
    this.#synced.set(sid, { after, at: now });
    this.#send({ type: "sync", sid, after });
  }

  retryNow() {
    if (this.#line.state === "waiting") {
      clearTimeout(this.#retry);
      this.#open();
    }
  }

  #open() {
    this.#tell({ state: "connecting", retryAt: 0 });
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#heard(socket, data));
    socket.addEventListener("close", ({ code }) => this.#closed(socket, code));
  }

  #heard(socket, data) {
    if (socket !== this.#socket) {
      return;
    }
    this.#lastHeard = Date.now();
    if (this.#line.state !== "open") {
      this.#failures = 0;
      this.#synced.clear();
      this.#tell({ state: "open", retryAt: 0 });
      for (const { message } of this.#asked.values()) {
        this.#send(message); // what was asked for while the line was being opened
      }
    }
    const message = JSON.parse(data);
    if (message.type === "result") {
      const { code, message: text } = message.error ?? {};
      this.#settle(message.id, message.ok ? null : new CommandError(code, text), message.data);
      return;
    }
    this.#onMessage(message);
  }

  #closed(socket, code) {
    if (socket !== this.#socket) {
      return;
    }
    this.#socket = null;
    for (const id of [...this.#asked.keys()]) {
      this.#settle(id, new CommandError("offline"));
    }
    if (code === SIGNED_OUT) {
      this.#tell({ state: "signed_out", retryAt: 0 });
      return;
    }
    this.#failures += 1;
    const wait = this.#backoff();
    this.#tell({ state: "waiting", retryAt: Date.now() + wait });
    this.#retry = setTimeout(() => this.#open(), wait);
    if (this.#failures > 1) {
      this.#checkLogin();
    }
  }

  /** Half a second, doubling, with a jitter so that a restarted server is not stormed. */
  #backoff() {
    const seconds = Math.min(LONGEST_WAIT_SECONDS, 0.5 * 2 ** (this.#failures - 1));
    return seconds * 1000 * (0.75 + Math.random() / 2);
  }

  /** A refused handshake looks like any other failure, so ask whether the login still holds. */
  async #checkLogin() {
    try {
      const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        clearTimeout(this.#retry);
        this.#tell({ state: "signed_out", retryAt: 0 });
      }
    } catch {
      // the server is away: the retry goes on
    }
  }

  #beat() {
    if (!this.#socket || this.#socket.readyState !== WebSocket.OPEN) {
      return;
    }
    if (Date.now() - this.#lastHeard > SILENT_SECONDS * 1000 && this.#line.state === "open") {
      const dead = this.#socket;
      this.#closed(dead, 1006); // a dead line may take minutes to say so
      dead.close();
      return;
    }
    this.#send({ type: "heartbeat" });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  #settle(id, error, data) {
    const asked = this.#asked.get(id);
    if (!asked) {
      return;
    }
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    if (error) {
      asked.reject(error);
    } else {
      asked.resolve(data);
    }
  }

  #tell(line) {
    this.#line = line;
    this.#onLine(line);
  }
}
