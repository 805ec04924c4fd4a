"""Words for speech that codecs or resampling have changed; never for a stranger's."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from simulators import spectra
from simulators.bank import Bank
from simulators.hearing import HeardWord
from simulators.likeness import Alignment
from simulators.spectra import HOP, Patches

UNRECOGNISED: Final = "[unrecognised]"

_STEP = HOP / mulaw.RATE  # seconds from one spectrum to the next

# All in spectra.
_SHORTEST = 10
_LONG = 30
_AUDIBLE_AT_LEAST = 15
_EDGE = 5  # of a word, which may be lost in what is not told from silence

# Measured on real telephone voices against rendered ones: those reach 0.86 over half a
# second and 0.92 over a quarter, the rendered ones through Opus at 8 kbit/s stay above.
_LIKE = 0.90
_BRIEFLY_LIKE = 0.93
_WORD_LIKE = 0.85
_COVERED = 0.6


class _Part(NamedTuple):
    """Some spectra of the query: words for them, or None if they are a stranger's."""

    start: int
    end: int
    words: list[HeardWord] | None


def guess(bank: Bank, codes: NDArray[np.uint8], at: float) -> list[HeardWord]:
    """What the stretch that starts `at` seconds says, as far as the bank knows it."""
    sound = spectra.of(mulaw.decode(codes.tobytes()))
    audible = spectra.audible(sound)
    parts = _explain(bank, spectra.patches(sound), audible, 0)
    heard: list[HeardWord] = []
    for part in _joined(parts):
        if part.words is not None:
            heard += part.words
            continue
        loud = np.flatnonzero(audible[part.start : part.end])
        if loud.size >= _AUDIBLE_AT_LEAST:
            first, last = part.start + int(loud[0]), part.start + int(loud[-1]) + 1
            heard.append(
                HeardWord(
                    UNRECOGNISED, first * _STEP, last * _STEP, 0.0, unrecognised=True
                )
            )
    return [word.later(at) for word in heard]


def _explain(
    bank: Bank, query: Patches, audible: NDArray[np.bool_], at: int
) -> list[_Part]:
    """The best alignment, then the same for what is left before and after it."""
    stranger = _Part(at, at + len(query), None)
    if len(query) < _SHORTEST:
        return [stranger]
    for found in bank.likeness.align(query):
        words = _words(bank, found, at) if _convinces(found, audible) else None
        if words is None:
            continue
        first, last = int(found.heard[0]), int(found.heard[-1]) + 1
        return [
            *_explain(bank, query[:first], audible[:first], at),
            _Part(at + first, at + last, words),
            *_explain(bank, query[last:], audible[last:], at + last),
        ]
    return [stranger]


def _convinces(found: Alignment, audible: NDArray[np.bool_]) -> bool:
    length = len(found.heard)
    if length >= _LONG and found.mean >= _LIKE:
        return True
    # A short likeness is chance in a long stretch, but not if it is all there is.
    inside = audible[found.heard[0] : found.heard[-1] + 1].sum()
    covers = inside >= _COVERED * audible.sum()
    return bool(covers and length >= _SHORTEST and found.mean >= _BRIEFLY_LIKE)


def _words(bank: Bank, found: Alignment, at: int) -> list[HeardWord] | None:
    """The words wholly inside the alignment; none for music, None if it has none."""
    entry = bank.entries[found.number]
    if not entry.is_speech:
        return []
    words: list[HeardWord] = []
    for word in entry.words:
        first, last = word.start / HOP, word.end / HOP
        edge = min(_EDGE, (last - first) / 3)
        if found.kept[0] > first + edge or found.kept[-1] < last - 1 - edge:
            continue
        like = found.likeness[(found.kept >= first - 1) & (found.kept <= last)].mean()
        if like >= _WORD_LIKE:
            start, end = np.interp((first, last), found.kept, found.heard) + at
            words.append(
                HeardWord(
                    word.text,
                    float(start) * _STEP,
                    float(end) * _STEP,
                    round(float(like) * 0.95, 3),
                )
            )
    return words or None


def _joined(parts: list[_Part]) -> list[_Part]:
    """Neighbouring strangers are one."""
    joined: list[_Part] = []
    for part in parts:
        if joined and part.words is None and joined[-1].words is None:
            joined[-1] = _Part(joined[-1].start, part.end, None)
        else:
            joined.append(part)
    return joined
