"""Whether words that are to be spoken give the instructions away; pure, and no judge of intent.

What is found: what was told to the assistant word for word, also spelled, read backwards
or in a simple cipher; and, in English, German and Spanish, talk that announces it or that
speaks of the caller to the caller. What the company tells about itself may be said.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Final

from copilot.voice.wording import plain, words

# So many words in a row are no coincidence: five occur in ordinary sentences ("and how
# else you can"), and a rule of seven words must not be told whole.
RUN: Final = 6
# So many letters, one by one, that stand so in what we were told. A name is shorter.
SPELLED: Final = 12

_WORD: Final = re.compile(r"[^\W_]+")
_SENTENCE: Final = re.compile(r"(?<=[.!?;:\n])\s+")
_SENTENCE_END: Final = re.compile(r"[.!?…]+(?:\s|\Z)")
_PART: Final = re.compile(r"[,\n]\s*")
# A sentence that has, or a part of one that begins with, one of these is said to the
# assistant; others tell about the company, and may be told to callers.
_ABOUT_CALLERS: Final = words(
    "caller callers anrufer anrufern anrufers anruferin anrufende anrufenden llamante "
    "llamantes instructions anweisungen instrucciones confidential vertraulich "
    "confidencial"
)
_ORDERS: Final = words(
    """
    act address always answer apologise apologize ask avoid be behave check confirm
    decline do don't dont end ensure explain fetch follow give greet handle help ignore
    keep let make mention never offer only pretend promise propose refer refuse reply
    respond reveal say speak stay suggest tell transfer treat use verify
    antworte antworten begrüsse begrüße behandle bestätige biete bleib bleibe erfrage
    erkläre erwähne frag frage gib hilf höchstens immer nenne nie niemals sag sage sei
    sprich verbinde verrate verrat versprich vermeide versuche
    ayuda confirma contesta da di evita explica habla intenta menciona no nunca ofrece
    pide pregunta promete rechaza responde revela saluda sé siempre trata usa
    """
)
# Letters by telephone.
_ALPHABET: Final = {
    name: name[0]
    for name in words(
        "alfa alpha bravo charlie delta echo foxtrot golf hotel india juliett juliet "
        "kilo lima mike november oscar papa quebec romeo sierra tango uniform victor "
        "whiskey xray yankee zulu"
    )
}
# The texts are without accents here, and in small letters.
_TELLING: Final = re.compile(
    r"""
    \bmy\ (?:\w+\ ){0,3}(?:instructions?|prompt|rules|guidelines)\ (?:\w+\ )?
        (?:are|is|say|says|tell|tells|read|reads|state|begin|begins|start|starts)\b
        (?!\ (?:confidential|secret|private|internal|not\b|nothing|something))
  | \bhere\ (?:are|is)\ (?:my|the|all)\ (?:\w+\ ){0,3}(?:instructions?|prompt|rules)\b
  | \bi\ (?:am|was|have\ been|ve\ been)\ (?:told|instructed|programmed|prompted)\ to\b
        (?!\ (?:help|connect)\b)
  | \byou\ are\ (?:\w+\ ){0,3}(?:an?|the)\ (?:\w+\ ){0,4}(?:assistant|chatbot|ai|bot)\b
  | \bmeine?\ (?:\w+\ ){0,3}(?:anweisung|anweisungen|instruktionen|regeln|vorgaben|prompt)
        \ (?:\w+\ )?(?:lauten|lautet|sind|ist|sagen|sagt|besagen|beginnen|beginnt)\b
        (?!\ (?:vertraulich|geheim|intern|privat|nicht|nichts|leider))
  | \bhier\ (?:sind|ist)\ (?:meine?|die|alle|der)\ (?:\w+\ ){0,3}
        (?:anweisung|anweisungen|instruktionen|regeln|vorgaben|prompt)\b
  | \bich\ (?:wurde|bin|soll)\ (?:\w+\ ){0,3}(?:angewiesen|instruiert|programmiert)\b
  | \b(?:du\ bist|sie\ sind)\ (?:\w+\ ){0,3}(?:ein|eine|der|die|das)\ (?:\w+\ ){0,4}
        (?:assistent|assistentin|sprachassistent|sprachassistentin|ki|chatbot|bot)\b
  | \bmis?\ (?:\w+\ ){0,3}(?:instruccion|instrucciones|reglas|directrices|prompt)
        \ (?:\w+\ )?(?:son|es|dicen|dice|indican|indica|empiezan|empieza)\b
        (?!\ (?:confidencial|confidenciales|secret[ao]s?|privad[ao]s?|intern[ao]s?|no\b))
  | \baqui\ (?:estan|tiene|van|esta)\ (?:mis|las|todas|el|mi)\ (?:\w+\ ){0,3}
        (?:instrucciones|reglas|directrices|prompt)\b
  | \bme\ (?:han|ha)\ (?:dicho|ordenado|instruido|programado|indicado)\ que\b
  | \b(?:eres|usted\ es)\ (?:\w+\ ){0,3}(?:un|una|el|la)\ (?:\w+\ ){0,4}
        (?:asistente|chatbot|ia|bot)\b
    """,
    re.VERBOSE,
)
# Who is called the caller is not spoken to.
_OF_THE_CALLER: Final = re.compile(
    r"""
    \b(?:the|a|every)\ callers?\b(?!\ id)
  | \b(?:der|dem|den|des|die|einem|jedem)\ anruf(?:er|ers|ern|erin|ende|enden)\b
  | \b(?:el|la|al|del|un)\ llamante\b | \b(?:la\ persona\ que|quien)\ llama\b
    """,
    re.VERBOSE,
)


class Leaks:
    """What may not be told: all of `ours`, and the orders among what is `theirs`.

    `ours` are our own rules; `theirs` what the company wrote for its assistant, in which
    facts stand beside orders. `allowed` are texts that are spoken anyway.
    """

    def __init__(self, *, ours: str, theirs: str, allowed: Iterable[str] = ()) -> None:
        secret = [plain(ours), *_orders(theirs)]
        harmless = {run for text in allowed for run in _runs(plain(text))}
        self._runs = {run for told in secret for run in _runs(told)} - harmless
        letters = "\n".join("".join(told) for told in secret)
        self._letters = letters + "\n" + letters[::-1]

    def told(self, before: Sequence[str], new: Sequence[str]) -> bool:
        """Whether new words (as `plain` gives them) give something away, with those before."""
        if any(
            run in self._runs for row in _readings(before, new) for run in _runs(row)
        ):
            return True
        return any(
            letters[at : at + SPELLED] in self._letters
            for letters in _spelled([*_spelled_last(before), *new])
            for at in range(len(letters) - SPELLED + 1)
        )


def announces(text: str) -> bool:
    """Whether a sentence begins to tell the rules, or speaks as rules do."""
    for sentence in _SENTENCE_END.split(text):
        said = " ".join(plain(sentence))
        if _TELLING.search(said) or _OF_THE_CALLER.search(said):
            return True
    return False


def _runs(told: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for at in range(len(told) - RUN + 1):
        yield tuple(told[at : at + RUN])


def _orders(text: str) -> Iterator[list[str]]:
    """The words of the orders; of those that follow each other, in one row."""
    row: list[str] = []
    for sentence in _SENTENCE.split(text):
        if _is_order(sentence):
            row += plain(sentence)
        else:
            yield row
            row = []
    yield row


def _is_order(sentence: str) -> bool:
    if not _ABOUT_CALLERS.isdisjoint(plain(sentence)):
        return True
    parts = (_WORD.findall(part.casefold()) for part in _PART.split(sentence))
    return any(part and part[0] in _ORDERS for part in parts)


def _readings(before: Sequence[str], new: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ways to read the new words with as many before that no run is of those alone."""
    near = [*before[-(RUN - 1) :], *new]
    yield near
    yield near[::-1]
    mirrored = [word[::-1] for word in near]
    yield mirrored
    yield mirrored[::-1]
    yield [codecs.encode(word, "rot13") for word in near]
    # Counted one by one, or with another word between.
    yield [*_uncounted(before)[-(RUN - 1) :], *_uncounted(new)]
    far = [*before[-2 * (RUN - 1) :], *new]
    yield far[::2]
    yield far[1::2]


def _uncounted(spoken: Sequence[str]) -> list[str]:
    return [word for word in spoken if not word.isdigit()]


def _spelled(spoken: Iterable[str]) -> Iterator[str]:
    """The rows of single letters that are long enough."""
    row = ""
    for word in [*spoken, ""]:
        letter = _letter(word)
        row += letter
        if not letter:
            if len(row) >= SPELLED:
                yield row
            row = ""


def _spelled_last(before: Sequence[str]) -> Sequence[str]:
    """The single letters at the end; not so many that they alone would be a row."""
    row = takewhile(_letter, islice(reversed(before), SPELLED - 1))
    return list(row)[::-1]


def _letter(word: str) -> str:
    return _ALPHABET.get(word, word if len(word) == 1 else "")
