"""Card numbers in spoken words: digits, and words for digits; pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from copilot.voice.wording import words

# How many digits a card's number has (ISO/IEC 7812-1) at the big schemes, by its first.
_LENGTHS: Final = {
    "2": (16,),
    "3": (14, 15, 16),
    "4": (16, 19),
    "5": (16,),
    "6": (16, 17, 18, 19),
}
_SHORTEST: Final = 14
_LONGEST: Final = 19

_NAMES: Final = (
    words("zero oh null cero"),
    words("one eins ein uno un"),
    words("two zwei zwo dos"),
    words("three drei tres"),
    words("four vier cuatro"),
    words("five funf fuenf cinco"),
    words("six sechs seis"),
    words("seven sieben siete"),
    words("eight acht ocho"),
    words("nine neun nueve"),
)
_DIGITS: Final = {name: str(n) for n, names in enumerate(_NAMES) for name in names}
# What may stand between the digits of one number.
_BETWEEN: Final = words("and und y then dann luego e")
_TIMES: Final = {"double": 2, "doppel": 2, "doble": 2, "triple": 3}


def has_card_number(spoken: Iterable[str]) -> bool:
    """Whether a complete card number stands in these words (small, without accents)."""
    return any(
        _is_card(row[at : at + length])
        for row in _rows(spoken)
        for length in range(_SHORTEST, _LONGEST + 1)
        for at in range(len(row) - length + 1)
        if at == 0 or at + length == len(row)
    )


def _rows(spoken: Iterable[str]) -> Iterator[str]:
    row, times = "", 1
    for word in [*spoken, ""]:
        digits = word if _is_number(word) else _DIGITS.get(word, "")
        if digits:
            row += digits * times
            times = 1
        elif word in _TIMES:
            times = _TIMES[word]
        elif word not in _BETWEEN:
            if len(row) >= _SHORTEST:
                yield row
            row, times = "", 1


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _is_card(digits: str) -> bool:
    return len(digits) in _LENGTHS.get(digits[0], ()) and _luhn(digits) % 10 == 0


def _luhn(digits: str) -> int:
    """The sum of ISO/IEC 7812-1, annex B: a multiple of ten for a number that is right."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return sum(map(int, digits[::-2])) + sum(n - 9 if n > 9 else n for n in doubled)
