// A telephone number as people type and paste it, made into what can be dialled. It knows no country's rules; the server checks.

const LONGEST = 16; // a plus and the fifteen digits of E.164

/** "tel:+44 (0)20 7946-0018" is "+442079460018", "0049 30 9018" is "+49309018"; what is no digit goes. */
export function cleanNumber(text) {
  const plain = text.normalize("NFKC").trim().replace(/^tel:/i, "");
  const abroad = /^[\s(]*(?:\+|00)/.test(plain);
  // The bracketed zero is for callers at home only.
  const kept = abroad ? plain.replace(/\(0\)/, "") : plain;
  const digits = kept.replace(/\D/g, "");
  return `${abroad ? "+" : ""}${abroad && !kept.includes("+") ? digits.slice(2) : digits}`.slice(0, LONGEST);
}

/** The same, while somebody types at `caret`: the text, and where the caret is then. */
export function cleanTyped(text, caret) {
  const value = cleanNumber(text);
  return { value, caret: Math.min(value.length, cleanNumber(text.slice(0, caret)).length) };
}

/** Enough to be a number that somebody wants to be put through to. */
export function looksDialable(text) {
  return !/\p{L}/u.test(text.replace(/^tel:/i, "")) && cleanNumber(text).replace("+", "").length >= 3;
}
