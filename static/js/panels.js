// The column beside the call: suggestions, the customer, the WhatsApp thread; and whose customer is shown when nobody calls.
import { byId, setAttribute, setHidden } from "./page.js";

const NAMES = ["say", "customer", "thread"];

export class Panels {
  /** The customer that was opened by hand, or null. */
  opened = null;

  #shown = "say";
  #names = NAMES;
  #onChange;
  #opener = null;
  #customer = null;

  constructor({ onChange }) {
    this.#onChange = onChange;
    for (const name of NAMES) {
      const tab = byId(`tab-${name}`);
      tab.addEventListener("click", () => this.show(name));
      tab.addEventListener("keydown", (event) => this.#walk(event));
    }
    byId("close-customer").addEventListener("click", () => this.close());
  }

  /** Opens somebody from a list, at "customer" or "thread". */
  open(customer, name = "customer") {
    this.#opener = document.activeElement;
    this.opened = customer;
    this.show(name);
    queueMicrotask(() => byId(`tab-${name}`).focus()); // it may have been hidden
  }

  close() {
    this.opened = null;
    this.#shown = "say";
    this.#onChange();
    this.#opener?.focus();
    this.#opener = null;
  }

  show(name) {
    this.#shown = name;
    this.#onChange();
  }

  /** `talking`: there are suggestions to show; `customer`: the one of the call, or null. Says whose is shown. */
  render({ talking, customer }) {
    // Whoever calls comes before whom I looked up.
    if (customer !== this.#customer && customer !== null) {
      this.opened = null;
    }
    this.#customer = customer;
    const shown = this.opened ?? customer;
    this.#names = NAMES.filter((name) => (name === "say" ? talking : shown !== null));
    const name = this.#names.includes(this.#shown) ? this.#shown : this.#names[0];
    for (const each of NAMES) {
      const current = each === name;
      setHidden(byId(`tab-${each}`), !this.#names.includes(each));
      setHidden(byId(`panel-${each}`), !current);
      setAttribute(byId(`tab-${each}`), "aria-selected", String(current));
      setAttribute(byId(`tab-${each}`), "tabindex", current ? "0" : "-1");
    }
    setHidden(byId("close-customer"), this.opened === null);
    setAttribute(byId("main"), "data-side", name ?? "none");
    return shown;
  }

  #walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) {
      return;
    }
    event.preventDefault();
    const at = this.#names.indexOf(this.#shown);
    const next = this.#names.at((at + step) % this.#names.length);
    this.show(next);
    byId(`tab-${next}`).focus();
  }
}
