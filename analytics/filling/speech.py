"""What played callers and agents say: a stock of sentences with their words counted beforehand; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from analytics import words


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STOCK: Final = 12_000  # sentences of each side
_NAMES: Final = 6_000
_SYLLABLES: Final = _listed(
    "ba be bo da del do fa fen fo ga gri ha hol ja ka kel la lin lo ma mer mo na nor"
    " o pa per po ra rin ro sa sen so ta tor u va vin wa wes yo za"
)
_THINGS: Final = _listed(
    "lamp shade bulb switch cable order parcel invoice refund delivery appointment"
    " lantern socket bracket chandelier dimmer transformer catalogue voucher receipt"
    " warranty repair replacement courier address"
)
_STATES: Final = _listed(
    "broken late missing wrong damaged open paid unpaid cancelled delivered returned"
    " ready waiting lost confirmed"
)
_DAYS: Final = _listed(
    "today tomorrow yesterday monday tuesday wednesday thursday friday saturday"
)
_CALLER: Final = (
    "Hello, I am calling about my {thing}, it is {state}.",
    "I ordered a {thing} on {day} and it has not arrived yet.",
    "The {thing} that came {day} is {state}, and I would like a {thing}.",
    "My name is {name}, the {thing} was sent to {name} street.",
    "Can you tell me when the {thing} will be here?",
    "That does not help me, it was promised for {day}.",
    "Yes, that is right, thank you very much.",
    "No, it is still {state}, I looked again {day}.",
    "How much would a new {thing} cost, with the {thing}?",
    "All right, then I wait until {day}.",
    "I have been waiting for a long time now.",
    "Is there any way to change the {thing} to {day}?",
)
_OURS: Final = (
    "Thank you for calling Harbour Lamps, how can I help you?",
    "I am sorry to hear that the {thing} is {state}.",
    "Let me look that up for you, one moment please.",
    "I can see the {thing} here, it was {state} on {day}.",
    "We will send you a new {thing} on {day}.",
    "Could you give me the number of the {thing}, please?",
    "The {thing} should be with you on {day} at the latest.",
    "Is there anything else that I can do for you?",
    "I have made a note of that for our colleague {name}.",
    "The {thing} is under warranty, so the repair costs nothing.",
    "May I put you on hold while I ask about the {thing}?",
    "You will get a message with the {thing} {day}.",
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Its text, and its words as they stand in a document: "'c.lamp'"."""

    text: str
    keys: tuple[str, ...]


class Stock:
    """Sentences to choose from, the same for the same seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names = [_name(random) for _ in range(_NAMES)]
        self.caller = self._made(_CALLER, "c")
        self.ours = self._made(_OURS, "o")

    def any(self, *, by_caller: bool) -> Sentence:
        """One of the stock; of a caller's now and then one with a number of its own."""
        stock = self.caller if by_caller else self.ours
        chance = self._random.random()
        if by_caller and chance < 0.06:
            number = int(self._random.random() * 10_000_000)
            text = f"The number of my order is {number}."
            return Sentence(
                text, tuple(f"'c.{word}'" for word in words.normalised(text))
            )
        return stock[int(self._random.random() * len(stock))]

    def _made(self, patterns: Sequence[str], side: str) -> list[Sentence]:
        random = self._random
        found = []
        for _ in range(_STOCK):
            text = random.choice(patterns).format(
                thing=_often(random, _THINGS),
                state=_often(random, _STATES),
                day=_often(random, _DAYS),
                name=_often(random, self._names).capitalize(),
            )
            keys = tuple(f"'{side}.{word}'" for word in words.normalised(text))
            found.append(Sentence(text, keys))
        return found


def vector(said: Sequence[tuple[bool, Sentence]]) -> str:
    """As `find_words.vector`, from words that are counted already."""
    places: dict[str, list[str]] = {}
    last = [0, 0]
    for by_caller, sentence in said:
        at = last[by_caller]
        for key in sentence.keys:
            at += 1
            if key in places:
                places[key].append(str(at))
            else:
                places[key] = [str(at)]
        last[by_caller] = at + 1
    return " ".join([f"{key}:{','.join(at)}" for key, at in places.items()])


def _often(random: Random, some: Sequence[str]) -> str:
    """The first ones much more often than the last, as words are."""
    return some[int(len(some) * random.random() ** 3)]


def _name(random: Random) -> str:
    return "".join(random.choice(_SYLLABLES) for _ in range(random.randint(2, 4)))
