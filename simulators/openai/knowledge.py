"""What the played model knows beforehand: the scripts of the scenarios, found again by
what a caller says; it holds no answers of its own.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from simulators import scenarios
from simulators.openai.conversation import Line, turns

SURE = 0.6
FEWEST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Exchange:
    """Something a caller says in a script, and how its agent answers."""

    scenario: str
    said: tuple[str, ...]
    answer: str


def words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.lower().replace("’", "'").replace("'", "")))


@cache
def exchanges() -> tuple[Exchange, ...]:
    """Every caller's turn of every script that an agent answers."""
    return tuple(
        exchange
        for name in scenarios.names()
        for exchange in from_lines(
            name,
            tuple(Line(line.speaker, line.text) for line in scenarios.load(name).lines),
        )
    )


def from_lines(name: str, lines: tuple[Line, ...]) -> list[Exchange]:
    spoken = turns(lines)
    return [
        Exchange(name, words(line.text), following.text)
        for line, following in itertools.pairwise(spoken)
        if line.speaker == "caller" and following.speaker != "caller"
    ]


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """How much two texts share, from 0 to 1: the F1 of their words."""
    left, right = list(one), list(other)
    if not left or not right:
        return 0.0
    pool = list(right)
    shared = 0
    for word in left:
        if word in pool:
            pool.remove(word)
            shared += 1
    return 2 * shared / (len(left) + len(right))


def recall(lines: tuple[Line, ...], known: tuple[Exchange, ...]) -> str | None:
    """The scripted answer to the caller's last turn, or to its last sentence."""
    heard = [line for line in turns(lines) if line.speaker == "caller"]
    if not heard:
        return None
    last = words(heard[-1].text)
    if len(last) < FEWEST_WORDS:
        return None
    before = frozenset(word for line in heard[:-1] for word in words(line.text))
    best, score = None, SURE
    for exchange in known:
        found = _match(last, exchange.said)
        # Among equally good matches the script of this very call wins.
        found += 0.05 * likeness(before, frozenset(_script(exchange, known)))
        if found > score:
            best, score = exchange, found
    return best.answer if best else None


def _match(heard: tuple[str, ...], said: tuple[str, ...]) -> float:
    """A turn may reach us in part: its end alone counts nearly as much as the whole."""
    whole = likeness(heard, said)
    if len(heard) < 4 or len(heard) >= len(said):
        return whole
    return max(whole, 0.9 * likeness(heard, said[-len(heard) :]))


def _script(exchange: Exchange, known: tuple[Exchange, ...]) -> Iterable[str]:
    return (w for e in known if e.scenario == exchange.scenario for w in e.said)
