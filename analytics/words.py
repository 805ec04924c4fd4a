"""Words as they are compared: without case, accents and punctuation; and how far two texts differ."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np

_WORD: Final = re.compile(r"[^\W_]+")


def normalised(text: str) -> list[str]:
    """The words of a text: letters and digits, lower case, without accents.

    "I'll" is two words here and in every text it is compared with.
    """
    plain = text.casefold()
    if plain.isascii():
        return _WORD.findall(plain)
    plain = unicodedata.normalize("NFKD", plain)
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def word_error_rate(reference: Sequence[str], heard: Sequence[str]) -> float | None:
    """Insertions, deletions and replacements over the reference's words; None if it has none."""
    if not reference:
        return None
    numbers = {word: number for number, word in enumerate({*reference, *heard})}
    others = np.array([numbers[word] for word in heard], dtype=np.int64)
    steps = np.arange(len(heard) + 1)
    before = steps
    # A row of the table at once: the insertions run along the row, so their minimum
    # is a running one.
    for row, word in enumerate(reference, start=1):
        replaced = before[:-1] + (others != numbers[word])
        best = np.concatenate(([row], np.minimum(replaced, before[1:] + 1)))
        before = np.minimum.accumulate(best - steps) + steps
    return float(before[-1]) / len(reference)
