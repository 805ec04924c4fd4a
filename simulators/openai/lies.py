"""False evidence, one kind after the other; a sound model's is chosen elsewhere.

Each lie is a line as it would be quoted: words, speaker and time of which something
is not so.
"""

from collections.abc import Callable
from dataclasses import replace

from simulators.openai.conversation import Line

FALSE_QUOTE = "I give you my word that we will pay you a million dollars tomorrow."
ELSEWHEN = 300.0  # seconds
HALF = 4  # words
OTHERS = {"caller": "agent"}

Lines = tuple[Line, ...]


def told(line: Line, lines: Lines, rules: tuple[str, ...], number: int) -> Line:
    """What a lying model quotes in place of a true line."""
    return LIES[number % len(LIES)](line, lines, rules)


def _invented(line: Line, lines: Lines, rules: tuple[str, ...]) -> Line:
    return replace(line, text=FALSE_QUOTE)


def _of_somebody_else(line: Line, lines: Lines, rules: tuple[str, ...]) -> Line:
    other = OTHERS.get(line.speaker, "caller")
    return replace(line, speaker=other, label=other)


def _of_another_time(line: Line, lines: Lines, rules: tuple[str, ...]) -> Line:
    last = max((each.end or 0.0 for each in lines), default=0.0)
    return replace(line, start=last + ELSEWHEN, end=last + ELSEWHEN + 1)


def _stitched(line: Line, lines: Lines, rules: tuple[str, ...]) -> Line:
    """The beginning of one line and the end of another, or the line backwards."""
    mine = [each for each in lines if each.speaker == line.speaker]
    other = next((each for each in reversed(mine) if each.text != line.text), None)
    words = line.text.split()
    if other is None:
        return replace(line, text=" ".join([*reversed(words), *words]))
    end = other.text.split()[-HALF:]
    # The longer half first, so that no single line can hold both.
    return replace(line, text=" ".join([*words[:HALF], *end, *words[:HALF]]))


def _altered(line: Line, lines: Lines, rules: tuple[str, ...]) -> Line:
    first, *rest = line.text.split()
    return replace(line, text=" ".join([first, "certainly", "never", *rest]))


def _empty(line: Line, lines: Lines, rules: tuple[str, ...]) -> Line:
    return replace(line, text="")


def _from_the_rules(line: Line, lines: Lines, rules: tuple[str, ...]) -> Line:
    plain = [rule for rule in rules if not rule.startswith(("{", "["))]
    return replace(line, text=max(plain, key=len, default=FALSE_QUOTE)[:140])


LIES: tuple[Callable[[Line, Lines, tuple[str, ...]], Line], ...] = (
    _invented,
    _of_somebody_else,
    _of_another_time,
    _stitched,
    _altered,
    _empty,
    _from_the_rules,
)
