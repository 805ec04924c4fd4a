// Text that saves itself: kept in this tab at once, sent a moment later, and tried again until the server has it.

const AGAIN_MS = [2000, 5000, 15000];
// The server may have been away; any other refusal stays until the text is changed.
const PASSING = new Set(["offline", "timeout", "other", "telephone_unavailable"]);

/**
 * Drafts of one kind, each for the record that it belongs to. `save(id, text)` returns a promise;
 * `store` is a Storage; `onChange` is called when what is to be shown may have changed.
 */
export class Drafts {
  #prefix;
  #save;
  #onChange;
  #store;
  #wait;
  #known = new Map();

  constructor({ name, save, onChange, store = sessionStorage, wait = 700 }) {
    this.#prefix = `draft.${name}.`;
    this.#save = save;
    this.#onChange = onChange;
    this.#store = store;
    this.#wait = wait;
    this.#recover();
  }

  /** The text to show: what is written here, else what the server has. */
  text(id, saved) {
    return this.#known.get(String(id))?.text ?? saved;
  }

  /** "" (nothing written here), waiting, saving, saved or failed. */
  state(id) {
    return this.#known.get(String(id))?.state ?? "";
  }

  /** Why it failed, in the server's words; empty while it is tried again by itself. */
  trouble(id) {
    return this.#known.get(String(id))?.trouble ?? "";
  }

  write(id, text) {
    const key = String(id);
    const one = this.#known.get(key) ?? fresh();
    this.#known.set(key, one);
    one.text = text;
    one.failures = 0;
    this.#store.setItem(this.#prefix + key, text);
    this.#later(key, one, this.#wait);
  }

  /** Everything that is not saved yet, now. */
  flush() {
    return Promise.all(
      [...this.#known].filter(([, one]) => isOpen(one)).map(([key, one]) => this.#work(key, one)),
    );
  }

  /** The server's text is news: it counts where nothing unsaved stands against it. */
  settle(id) {
    if (this.state(id) === "saved") {
      this.#known.delete(String(id));
    }
  }

  /** The text went to the server by another way. */
  done(id) {
    const one = this.#known.get(String(id));
    if (one) {
      clearTimeout(one.timer);
      this.#store.removeItem(this.#prefix + id);
      this.#tell(one, "saved");
    }
  }

  /** What an earlier page of this tab could not save any more. */
  #recover() {
    for (const key of Object.keys(this.#store)) {
      if (key.startsWith(this.#prefix)) {
        this.write(key.slice(this.#prefix.length), this.#store.getItem(key));
      }
    }
  }

  #later(key, one, wait) {
    clearTimeout(one.timer);
    one.timer = setTimeout(() => this.#work(key, one), wait);
    if (one.state !== "saving") {
      this.#tell(one, "waiting");
    }
  }

  #work(key, one) {
    clearTimeout(one.timer);
    one.working ??= this.#send(key, one).finally(() => {
      one.working = null;
    });
    return one.working;
  }

  async #send(key, one) {
    while (isOpen(one)) {
      const { text } = one;
      this.#tell(one, "saving");
      try {
        await this.#save(key, text);
      } catch (error) {
        this.#failed(key, one, error);
        return;
      }
      if (one.text === text) {
        this.#store.removeItem(this.#prefix + key);
        clearTimeout(one.timer);
        one.failures = 0;
        this.#tell(one, "saved");
      }
    }
  }

  #failed(key, one, error) {
    if (PASSING.has(error.code)) {
      const wait = AGAIN_MS[Math.min(one.failures, AGAIN_MS.length - 1)];
      one.failures += 1;
      one.timer = setTimeout(() => this.#work(key, one), wait);
      this.#tell(one, "failed");
    } else {
      this.#tell(one, "failed", error.message);
    }
  }

  #tell(one, state, trouble = "") {
    one.state = state;
    one.trouble = trouble;
    this.#onChange();
  }
}

function fresh() {
  return { text: "", state: "", trouble: "", failures: 0, timer: null, working: null };
}

function isOpen(one) {
  return one.state !== "saved";
}

/** A text area that shows the draft of `id` and writes it; `state` is the element that says how far it is. */
export class DraftField {
  #area;
  #state;
  #drafts;
  #words;
  #id = null;

  constructor({ area, state, drafts, words }) {
    this.#area = area;
    this.#state = state;
    this.#drafts = drafts;
    this.#words = words;
    area.addEventListener("input", () => {
      if (this.#id !== null) {
        drafts.write(this.#id, area.value);
      }
    });
    area.addEventListener("blur", () => drafts.flush());
  }

  /** `saved` is the server's text; whoever types is never overwritten by it. */
  render(id, saved) {
    const moved = String(id) !== String(this.#id);
    this.#id = id;
    this.#area.disabled = id === null;
    const text = id === null ? "" : this.#drafts.text(id, saved);
    if (this.#area.value !== text && (moved || document.activeElement !== this.#area || this.#drafts.state(id))) {
      this.#area.value = text;
    }
    this.#tell(id);
  }

  #tell(id) {
    const state = id === null ? "" : this.#drafts.state(id);
    const text = (state === "failed" && this.#drafts.trouble(id)) || this.#words[state] || "";
    if (this.#state.textContent !== text) {
      this.#state.textContent = text;
    }
    this.#state.dataset.state = state;
  }
}
