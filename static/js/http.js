// Questions to the server that are not commands on a call: JSON there and back, refusals with a code.

/** What the server refused or could not answer; `code` is the server's, or "offline", "signed_out" or "other". */
export class HttpError extends Error {
  constructor(code, message = "") {
    super(message || code);
    this.code = code;
  }
}

/** `csrf()` gives the page's token. */
export class Http {
  #csrf;

  constructor({ csrf }) {
    this.#csrf = csrf;
  }

  get(url) {
    return this.#ask(url, { method: "GET" });
  }

  post(url, body = {}) {
    return this.#ask(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#csrf() },
      body: JSON.stringify(body),
    });
  }

  async #ask(url, { headers = {}, ...options }) {
    const answer = await reach(url, {
      ...options,
      headers: { Accept: "application/json", ...headers },
      credentials: "same-origin",
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect") {
      throw new HttpError("signed_out");
    }
    const content = await answer.json().catch(() => null);
    if (!answer.ok || content === null) {
      throw new HttpError(content?.error?.code ?? "other", content?.error?.message);
    }
    return content;
  }
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new HttpError("offline");
  }
}
