// Short news that goes away by itself; everything that must stay is shown elsewhere.
import { byId, setText, stamp } from "./page.js";

const SHOWN_MS = 6000;
const MOST = 3;

export function toast(text, { bad = false } = {}) {
  const root = byId("toasts");
  const element = stamp("toast-template");
  setText(element, text);
  element.classList.toggle("is-bad", bad);
  root.append(element);
  while (root.children.length > MOST) {
    root.firstElementChild.remove();
  }
  setTimeout(() => element.remove(), SHOWN_MS);
}
