// Follows the work after a call: asks for the steps, and for the page's parts when something has changed.
const EVERY = 2000;
const SLOWEST = 30000;

const parsed = async (address) => {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok || response.redirected) {
    throw new Error(`${address}: ${response.status}`);
  }
  return new DOMParser().parseFromString(await response.text(), "text/html");
};

const isSelected = (part) => {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(part, true);
};

// Somebody who reads an open definition, or has chosen words to copy, is not disturbed. The
// player is in no part: it plays on.
const isInUse = (part) =>
  part.contains(document.activeElement) ||
  isSelected(part) ||
  part.matches("[open]") ||
  part.querySelector("details[open]") !== null;

const parts = (page) => page.querySelectorAll("[id^='part-']");

// As the server sent them: what the page drew into them since is not news.
const sent = new Map();

// Whether something new could not be shown yet.
const replaceParts = (fresh, tell) => {
  let behind = false;
  let replaced = false;
  for (const part of parts(document)) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === sent.get(part.id)) {
      continue;
    }
    if (isInUse(part)) {
      behind = true;
    } else {
      replace(part, next);
      replaced = true;
    }
  }
  if (replaced) {
    tell();
  }
  return behind;
};

const replace = (part, next) => {
  const scrolled = part.querySelector(".lines-frame")?.scrollTop;
  sent.set(part.id, next.innerHTML);
  part.replaceWith(document.adoptNode(next));
  next.querySelector(".lines-frame")?.scrollTo({ top: scrolled ?? 0, behavior: "instant" });
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

/** Calls `tell` when parts of the page were replaced. */
export const follow = async (page, tell) => {
  for (const part of parts(document)) {
    sent.set(part.id, part.innerHTML);
  }
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
        behind = replaceParts(await parsed(location.href), tell);
      }
      pause = EVERY;
    } catch {
      // The server is away: ask more rarely until it is back.
      pause = Math.min(pause * 2, SLOWEST);
    }
  }
};
