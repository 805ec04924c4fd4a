// Follows the work after a call: asks for the steps, and for the page's parts when something has changed.
import { startOf } from "./sound.js";

const EVERY = 2000;
const SLOWEST = 30000;

const parsed = async (address) => {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok || response.redirected) {
    throw new Error(`${address}: ${response.status}`);
  }
  return new DOMParser().parseFromString(await response.text(), "text/html");
};

const isPlaying = (part) => {
  const sound = part.querySelector("audio");
  if (sound === null) {
    return false;
  }
  const moved = Math.abs(sound.currentTime - startOf(sound)) > 0.1;
  return !sound.paused || (sound.currentTime > 0 && moved);
};

// Somebody who listens or reads an open definition is not disturbed.
const isInUse = (part) =>
  isPlaying(part) ||
  part.contains(document.activeElement) ||
  part.matches("[open]") ||
  part.querySelector("details[open]") !== null;

// Whether something new could not be shown yet.
const replaceParts = (fresh) => {
  let behind = false;
  for (const part of document.querySelectorAll("[id^='part-']")) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === part.innerHTML) {
      continue;
    }
    if (isInUse(part)) {
      behind = true;
    } else {
      part.replaceWith(document.adoptNode(next));
    }
  }
  return behind;
};

const replaceSteps = (fresh) => {
  const steps = document.getElementById("steps");
  const next = fresh.getElementById("steps");
  if (!next || next.dataset.version === steps.dataset.version) {
    return false;
  }
  steps.replaceWith(document.adoptNode(next));
  return true;
};

const isUnsettled = () =>
  document.getElementById("steps").hasAttribute("data-unsettled");

export const follow = async (page) => {
  let pause = EVERY;
  let behind = false;
  while (isUnsettled() || behind) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) {
      continue;
    }
    try {
      const changed = replaceSteps(await parsed(page.dataset.progress));
      if (changed || behind) {
        behind = replaceParts(await parsed(location.href));
      }
      pause = EVERY;
    } catch {
      // The server is away: ask more rarely until it is back.
      pause = Math.min(pause * 2, SLOWEST);
    }
  }
};
