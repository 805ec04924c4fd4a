"""Text as a model writes it, cut into what can be spoken: early, and never in a wrong place.

The first clause is short, so that a voice is heard soon; those after it are sentences,
because a voice that knows the sentence speaks it better. Where it is cut depends on the
text alone and not on the pieces in which it came.
"""

import re
from typing import Final

from copilot.voice import wording

# A clause has this many characters at most; speech backends take 4,096.
LONGEST: Final = 300
# A sentence longer than this is cut at its commas, characters.
LONG: Final = 120
# The first clause may end before a connective after so many words, and else after so many.
FEW_WORDS: Final = 4
SOME_WORDS: Final = 8

# What is longer is no word and is taken in parts; composing letters may treble one.
_LONGEST_WORD: Final = LONGEST // 3 - 1
_STOPS: Final = ".!?…。！？"
_PAUSES: Final = ",;:–，、；："
# Writing without spaces: these end a word by themselves.
_WIDE: Final = frozenset("。！？，、；：")
_CLOSING: Final = ")]"
# After these a full stop ends no sentence.
_ABBREVIATIONS: Final = wording.words(
    """
    dr. mr. mrs. ms. prof. st. vs. approx. dept. est. ext. fig. incl. jr. sr. tel. etc.
    mon. tue. wed. thu. fri. sat. sun. jan. feb. mar. apr. jun. jul. aug. sep. sept.
    oct. nov. dec. inc. ltd. hr. fr. nr. str. bzw. ca. evtl. ggf. inkl. max. min. usw.
    vgl. zzgl. abs. mio. mrd. std. sog. dipl. ing. sra. srta. ud. uds. vd. vds. dra.
    núm. pág. aprox. avda. izq. dcha. ej.
    """
)
# After these it ends none if a number follows.
_BEFORE_NUMBERS: Final = frozenset({"no.", "art.", "p.", "pp.", "apt.", "vol."})
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.)+\Z")
_ORDINAL: Final = re.compile(r"\d+\.\Z")
# A new thought begins with one of these.
_CONNECTIVES: Final = wording.words(
    """
    and but or so because that which who when while if then before after until where
    und aber oder denn weil dass damit wenn während bevor nachdem bis ob sondern
    y e pero o porque que cuando mientras si entonces antes hasta donde aunque
    """
)
# Nobody pauses after one of these.
_LEANING: Final = wording.words(
    """
    a an the this that my your our his her its their of to in on at for with from by as
    and or but not no is are
    der die das den dem des ein eine einen einem einer mein meine ihr ihre ihren ihrem
    unser unsere zu zum zur in im am an auf mit für von vom bei aus und oder aber nicht
    el la los las un una unos unas mi su sus tu de del al en con para por y e o que no
    """
)


class Clauses:
    """The clauses of one text, each as soon as it is complete."""

    def __init__(self) -> None:
        self._raw = ""
        self._clause = ""
        self._words = 0
        self._last = ""
        self._newlines = 0
        self._line_begins = True
        self._in_item = False
        self._glued = False
        self._undecided = False
        self._spoken = False
        self._ready: list[str] = []

    def add(self, delta: str) -> list[str]:
        """More of the text has come: the clauses it completes, of at most `LONGEST` characters."""
        for character in delta:
            self._take(character)
        return self._taken()

    def finish(self) -> list[str]:
        """The text is complete: what is left of it."""
        self._end_word()
        self._cut()
        return self._taken()

    def _taken(self) -> list[str]:
        ready, self._ready = self._ready, []
        return ready

    def _take(self, character: str) -> None:
        if character.isspace():
            self._end_word()
            self._glued = False
            if character == "\n":
                self._newlines += 1
                self._line_begins = True
            return
        if not self._raw and self._undecided:
            self._undecided = False
            self._decide(character)
        self._raw += character
        if character in _WIDE or len(self._raw) == _LONGEST_WORD:
            self._end_word()
            self._glued = True

    def _decide(self, following: str) -> None:
        """Whether what was said ends a clause, now that the next character is known."""
        if self._line_breaks(following):
            if self._clause and self._clause[-1] not in _STOPS + _PAUSES:
                self._clause += "."
            self._cut()
        elif self._is_sentence(following) or self._is_pause(following):
            self._cut()

    def _line_breaks(self, following: str) -> bool:
        if self._newlines == 0:
            return False
        return self._newlines > 1 or self._in_item or wording.is_bullet(following)

    def _is_sentence(self, following: str) -> bool:
        word = self._last.rstrip(_CLOSING)
        if not word or word[-1] not in _STOPS:
            return False
        if word[-1] not in ".…":
            return True
        return not (following.islower() or _is_abbreviated(word, following))

    def _is_pause(self, following: str) -> bool:
        """The first clause ends at any pause, a later one if it is long."""
        if self._spoken and len(self._clause) < LONG:
            return False
        word = self._last.rstrip(_CLOSING)
        if word.endswith(("…", "...")):
            return True
        if not word or word[-1] not in _PAUSES:
            return False
        # "3, 4, 5" is said in one breath, and may be one number.
        return not (following.isdigit() and word[:-1][-1:].isdigit())

    def _end_word(self) -> None:
        raw, self._raw = self._raw, ""
        if not raw:
            return
        word = self._read(raw)
        if not word or (not self._clause and _is_closing(word.strip("–"))):
            # What follows may still say that a clause has ended before this.
            self._undecided = bool(self._clause)
            return
        self._append(word)
        self._last = word
        self._undecided = True
        self._newlines = 0
        self._line_begins = False

    def _read(self, raw: str) -> str:
        if self._line_begins:
            after_bullet = self._in_item and self._newlines == 0
            self._in_item = after_bullet or wording.is_numbered(raw)
            if wording.is_bullet(raw):
                self._in_item = True
                self._newlines = 0
                return ""
        word = wording.said(raw)
        return "" if self._line_begins and wording.is_label(word) else word

    def _append(self, word: str) -> None:
        if self._ends_before(word):
            self._cut()
        space = "" if self._glued or _is_closing(word) else " "
        # One character is left for the full stop that a line may need.
        if len(self._clause) + len(space) + len(word) >= LONGEST:
            self._cut()
        self._clause += space + word if self._clause else word
        self._words += 1

    def _ends_before(self, word: str) -> bool:
        """Whether the first clause, though nothing ends it, is long enough to begin with."""
        if self._spoken or self._words < FEW_WORDS or self._glued:
            return False
        last = self._last.casefold()
        if last in _LEANING or last[-1:] == "." or _has_number(last + word):
            return False
        return word.casefold() in _CONNECTIVES or self._words >= SOME_WORDS

    def _cut(self) -> None:
        clause, self._clause = self._clause.strip(), ""
        self._words = 0
        self._last = ""
        if any(map(str.isalnum, clause)):
            self._ready.append(clause)
            self._spoken = True


def speakable(text: str) -> list[str]:
    """The clauses of a text that is complete, such as a greeting."""
    clauses = Clauses()
    return [*clauses.add(text), *clauses.finish()]


def _is_abbreviated(word: str, following: str) -> bool:
    word = word.lstrip("(¿¡").casefold()
    if following.isdigit() and word in _BEFORE_NUMBERS:
        return True
    return (
        word in _ABBREVIATIONS
        or _INITIALS.match(word) is not None
        or _ORDINAL.match(word) is not None
    )


def _is_closing(word: str) -> bool:
    return all(character in _STOPS + _PAUSES + _CLOSING for character in word)


def _has_number(text: str) -> bool:
    return any(map(str.isdigit, text))
