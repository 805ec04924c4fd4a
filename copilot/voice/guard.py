"""What the model wants to say, checked clause by clause before it is spoken; pure.

The caller hears nothing that was blocked. A prompt can be talked round and this cannot:
it does not read what the caller said.
"""

import re
from base64 import b64decode
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from copilot.voice import prompts
from copilot.voice.cards import has_card_number
from copilot.voice.leaks import Leaks, announces
from copilot.voice.phrases import phrases
from copilot.voice.prompts import Persona
from copilot.voice.tongues import is_foreign
from copilot.voice.tools import NAMES
from copilot.voice.wording import plain

# What a turn may have before it is ended at the end of a sentence, or else anyway.
MOST_SENTENCES: Final = 4
MOST_CHARACTERS: Final = 500
FAR_TOO_MANY: Final = 800
# How many of the last words are looked at together, over clauses and turns.
MEMORY: Final = 60

_ENDS: Final = re.compile(r"[.!?…。！？]+[)\]]*(?=\s|\Z)")
_LABEL: Final = re.compile(
    r"\A(?:(?:agent|ai|assistant|bot|caller|developer|human|system|tool|user)\s*:\s*)+",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
# Tools are called and not spoken of; nobody can hear JSON either.
_SYNTAX: Final = re.compile(
    r"\{\s*[\"'{]|[\"']\s*:\s*[\"'{\[]|<\||\|>|\b(?:functions?|tools?)\.\w|\w\(\s*\{|```"
    rf"|\b(?:{'|'.join(NAMES)})\b",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"(?<![\w./@+-])(?=[\w+/=-]*(?:[a-z][A-Z]|\d[a-z]))[\w+/=-]{24,}(?!\w|[.@]\w)"
)
# So many characters of Base64 are text by chance once in millions of times.
_TELLING_CODE: Final = 24
_BASE64: Final = re.compile(rf"[A-Za-z\d+/]{{{_TELLING_CODE},}}")

Reason = Literal["leak", "rambling", "language", "card", "markup"]


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this. It may be empty: then there was nothing to say in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """The turn ends here: say `instead` (or nothing more), and nothing else of the model's.

    `again`: nothing of the turn was said and another answer may be asked for, once; what
    is to be said `instead` then waits.
    """

    reason: Reason
    instead: str
    again: bool = False


class Guard:
    """Stands before the voice through one call. `spoken`: texts that are said anyway."""

    def __init__(self, persona: Persona, *, spoken: Iterable[str] = ()) -> None:
        self._leaks = Leaks(
            ours=prompts.own_words(persona),
            theirs=persona.instructions,
            allowed=(*spoken, *prompts.SAYABLE),
        )
        self._languages = persona.languages
        # What was written counts for secrets, which can come in pieces around a block.
        self._written: deque[str] = deque(maxlen=MEMORY)
        self._said: deque[str] = deque(maxlen=MEMORY)
        self.begin()

    def begin(self, language: str = "", *, again: bool = False) -> None:
        """A turn begins. `language` (BCP 47) is for what is said instead; else the usual one.

        `again`: it is the second answer to the same words of the caller.
        """
        self._phrases = phrases(language or (*self._languages, "en")[0])
        self._again = again
        self._blocked: Block | None = None
        self._words: list[str] = []
        self._sentences = 0
        self._characters = 0
        self._sentence = ""

    def check(self, clause: str) -> Speak | Block:
        """Whether the next clause of the turn may be spoken. After a block none may."""
        if self._blocked is not None:
            return Block(self._blocked.reason, "")
        text = _TAG.sub("", _LABEL.sub("", clause)).strip()
        new = plain(text)
        reason = self._reason(text, new)
        self._written.extend(new)
        if reason is not None:
            self._blocked = self._block(reason)
            return self._blocked
        self._remember(text, new)
        return Speak(text)

    def _reason(self, text: str, new: list[str]) -> Reason | None:
        if _SYNTAX.search(text) or _is_code(text):
            return "markup"
        sentence = f"{self._sentence} {text}"
        if announces(sentence) or self._leaks.told([*self._written], new):
            return "leak"
        if has_card_number([*self._said, *new]):
            return "card"
        if self._is_foreign(new):
            return "language"
        return "rambling" if self._is_too_long(text) else None

    def _is_foreign(self, new: list[str]) -> bool:
        """In this clause, or in the turn as a whole."""
        if is_foreign(new, self._languages):
            return True
        return is_foreign([*self._words, *new], self._languages)

    def _is_too_long(self, text: str) -> bool:
        length = self._characters + len(text)
        if self._sentence:
            return length > FAR_TOO_MANY
        full = self._sentences >= MOST_SENTENCES
        return full or (self._characters > 0 and length > MOST_CHARACTERS)

    def _block(self, reason: Reason) -> Block:
        first = not self._words
        match reason:
            case "leak":
                return Block(reason, self._phrases.decline)
            case "card":
                return Block(reason, self._phrases.no_card)
            case "rambling":
                return Block(reason, "")
            case _:
                return Block(reason, self._phrases.again, first and not self._again)

    def _remember(self, text: str, new: list[str]) -> None:
        if not text:
            return
        self._said.extend(new)
        self._words += new
        self._characters += len(text)
        self._sentences += len(_ENDS.findall(text))
        ended = _ENDS.search(text[-3:]) is not None
        self._sentence = "" if ended else f"{self._sentence} {text}"


def _is_code(text: str) -> bool:
    """Whether it is for machines: a long token, or Base64 in groups."""
    if _CODE.search(text):
        return True
    return any(
        _reads_as_text(row[at : at + _TELLING_CODE])
        for row in _BASE64.findall("".join(text.split()))
        for at in range(len(row) - _TELLING_CODE + 1)
    )


def _reads_as_text(encoded: str) -> bool:
    return all(32 <= byte < 127 for byte in b64decode(encoded))
