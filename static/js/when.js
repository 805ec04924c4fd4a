// Moments as people write them, in the page's language.

const language = () => globalThis.document?.documentElement.lang || undefined;
const formats = new Map();

function written(at, options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(language(), options));
  }
  return formats.get(key).format(at * 1000);
}

/** 14:05 */
export function timeOf(at) {
  return written(at, { hour: "2-digit", minute: "2-digit" });
}

/** 2026-11-21 of the reader's own clock: the same for two moments of one day. */
export function dayOf(at) {
  const moment = new Date(at * 1000);
  return [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()].map((one) => String(one).padStart(2, "0")).join("-");
}

/** "Today", "Yesterday", "Mon 3 Nov"; with the year where it is another one. `now` in Unix seconds. */
export function dayName(at, words, now = Date.now() / 1000) {
  if (dayOf(at) === dayOf(now)) {
    return words.today;
  }
  if (dayOf(at) === dayOf(dayBefore(now))) {
    return words.yesterday;
  }
  const year = new Date(at * 1000).getFullYear() === new Date(now * 1000).getFullYear() ? {} : { year: "numeric" };
  return written(at, { weekday: "short", day: "numeric", month: "short", ...year });
}

/** Today the time, before that the day. */
export function when(at, words, now = Date.now() / 1000) {
  return dayOf(at) === dayOf(now) ? timeOf(at) : dayName(at, words, now);
}

function dayBefore(at) {
  const moment = new Date(at * 1000);
  return moment.setDate(moment.getDate() - 1) / 1000;
}
