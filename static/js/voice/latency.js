// How long the caller waited for the AI's last answer: one figure, and step by step for whoever opens it.
import { byId, fill, part, setHidden, setText, stamp } from "../page.js";
import { lastAnswer } from "../state/voice.js";

export class Latency {
  #messages;
  #root = byId("latency");
  #steps = byId("latency-steps");

  constructor({ messages }) {
    this.#messages = messages.voice.latency;
  }

  render(call) {
    const answer = call === null || call.assistant === null ? null : lastAnswer(call);
    setHidden(this.#root, answer === null);
    if (answer === null) {
      return;
    }
    setText(part(this.#root, "total"), this.#seconds(answer.total));
    const whole = answer.steps.at(-1).at || 1;
    while (this.#steps.children.length > answer.steps.length) {
      this.#steps.lastElementChild.remove();
    }
    answer.steps.forEach(({ name, at, took }, index) => {
      const row = this.#steps.children[index] ?? this.#steps.appendChild(stamp("latency-template"));
      setText(part(row, "name"), this.#messages.steps[name]);
      setText(part(row, "took"), fill(this.#messages.took, { seconds: this.#seconds(took) }));
      setText(part(row, "at"), this.#seconds(at));
      row.style.setProperty("--from", ((at - took) / whole).toFixed(3));
      row.style.setProperty("--share", (took / whole).toFixed(3));
    });
  }

  #seconds(value) {
    return fill(this.#messages.seconds, { seconds: value.toFixed(2) });
  }
}
