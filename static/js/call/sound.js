// One player for the page: a line, a quote or a place in the picture takes it there.

// A moment of lead, so that the first word is heard in full.
const LEAD = 0.3;

// The clock of the call begins at the answer, that of the sound at `data-offset`.
const offsetOf = (sound) => Number(sound.dataset.offset) || 0;

const seek = (root, at) => {
  const sound = root.querySelector("#sound");
  if (!sound) {
    return;
  }
  sound.currentTime = Math.max(0, at - offsetOf(sound) - LEAD);
  // A browser may refuse to play before the first touch; the place is kept.
  sound.play().catch(() => {});
};

/** The second of the sound at which the page opens. */
export const startOf = (sound) =>
  Math.max(0, Number(sound.dataset.begin ?? 0) - offsetOf(sound) - LEAD);

// Sounds that already stand where the page wants them.
const begun = new WeakSet();

// The page opens at a message, or at the second that its address asks for.
const begin = (sound) => {
  if (sound.dataset.begin === undefined || begun.has(sound)) {
    return;
  }
  begun.add(sound);
  sound.currentTime = startOf(sound);
  if (sound.hasAttribute("data-play")) {
    // Refused where nobody has touched the page yet; the place is kept.
    sound.play().catch(() => {});
  }
};

const timeIn = (picture, event) => {
  const frame = picture.getBoundingClientRect();
  const length = Number(picture.closest("[data-length]").dataset.length);
  return ((event.clientX - frame.left) / frame.width) * length;
};

const onClick = (root, event) => {
  const picture = event.target.closest("#lane-picture");
  if (picture) {
    seek(root, timeIn(picture, event));
    return;
  }
  const button = event.target.closest("[data-at]");
  const line = event.target.closest(".line");
  const selecting = String(getSelection()) !== "";
  if (button) {
    seek(root, Number(button.dataset.at));
  } else if (line && !selecting) {
    seek(root, Number(line.dataset.start));
  }
};

const showPlace = (root, at) => {
  const now = root.querySelector("#lane-now");
  if (now) {
    const length = Number(now.closest("[data-length]").dataset.length);
    const place = `${Math.min(100, (100 * at) / length).toFixed(3)}%`;
    now.setAttribute("x1", place);
    now.setAttribute("x2", place);
  }
  for (const line of root.querySelectorAll(".line")) {
    const spoken = Number(line.dataset.start) <= at && at < Number(line.dataset.end);
    line.classList.toggle("now", spoken);
  }
};

export const prepareSound = (root) => {
  root.addEventListener("click", (event) => onClick(root, event));
  // Media events do not bubble, and the player may be replaced: listen on the way down.
  root.addEventListener(
    "timeupdate",
    (event) => showPlace(root, event.target.currentTime + offsetOf(event.target)),
    true,
  );
  root.addEventListener("loadedmetadata", (event) => begin(event.target), true);
  const sound = root.querySelector("#sound");
  if (sound && sound.readyState >= HTMLMediaElement.HAVE_METADATA) {
    begin(sound);
  }
};
