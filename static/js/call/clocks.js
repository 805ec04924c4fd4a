// The two clocks of a page: the call's begins at the answer, that of its sound where the recording began. Pure.

// A moment before what is to be heard, so that the first word is heard in full; and one after it.
export const LEAD = 0.3;
export const TAIL = 0.2;

/** A second of the call as a second of its sound, which has none before its beginning. */
export const toSound = (at, offset) => Math.max(0, at - offset);

export const toCall = (second, offset) => second + offset;

/** How far along a picture of so many seconds, 0 to 1. */
export const share = (at, length) =>
  length > 0 ? Math.min(1, Math.max(0, at / length)) : 0;

/** The second of the call under a point of the picture. */
export const under = (x, { left, width }, length) =>
  width > 0 ? share(x - left, width) * length : 0;
