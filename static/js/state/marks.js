// Marks in a transcript: stretches and moments on the call's clock, beside the words.

/** A stretch that has begun: a hold, a gap, a secure moment. */
export function mark(kind, start) {
  return { kind, start, end: null, key: `${kind}${start.toFixed(3)}` };
}

/** Something that happened at one moment; `more` is what is to be told of it, such as a name. */
export function moment(kind, start, more) {
  return { ...mark(kind, start), end: start, ...more };
}

/** The same marks with the open stretch of this kind ended. */
export function closed(marks, kind, end) {
  return marks.map((one) => (one.kind === kind && one.end === null ? { ...one, end } : one));
}

/** Each once, whether an event or a snapshot told it. */
export function joined(...lists) {
  return [...new Map(lists.flat().map((one) => [one.key, one])).values()];
}

/** A moment of the day as seconds since the call was answered. */
export function onClock(call, at) {
  return Math.max(0, at - (call.answered_at ?? call.created_at ?? at));
}
