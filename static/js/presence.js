// My status, and how long it has been so.
import { byId, setAttribute } from "./page.js";

export class Presence {
  /** `desk.goAvailable()` unlocks sound and microphone too; `desk.goAway()` only says so. */
  constructor({ desk }) {
    byId("go-available").addEventListener("click", desk.goAvailable);
    byId("go-away").addEventListener("click", desk.goAway);
  }

  render({ state }) {
    const { presence } = state.me ?? {};
    setAttribute(byId("go-available"), "aria-pressed", String(presence === "available"));
    setAttribute(byId("go-away"), "aria-pressed", String(presence !== "available"));
  }
}
