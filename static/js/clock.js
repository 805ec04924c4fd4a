// The server's time as far as this browser can know it, and how times are written.

const heard = { offset: null };

/** A moment that the server named just now, in Unix seconds: its clock is at least there. */
export function hearTime(at) {
  const offset = at - Date.now() / 1000;
  heard.offset = heard.offset === null ? offset : Math.max(heard.offset, offset);
}

/** Now on the server's clock, in Unix seconds. */
export function now() {
  return Date.now() / 1000 + (heard.offset ?? 0);
}

/** 0:07, 12:34, 1:02:03 */
export function asClock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part) => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** The same, for screen readers and datetime attributes: PT12M34S. */
export function asDuration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `PT${Math.floor(whole / 60)}M${whole % 60}S`;
}
