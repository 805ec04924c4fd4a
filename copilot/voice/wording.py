"""Words as they are written, spoken and compared; it knows no sentences."""

import html
import re
import unicodedata
from typing import Final

# At the beginning of a line these say who speaks. Nobody says them.
_LABELS: Final = frozenset(
    {"agent", "agente", "ai", "answer", "antwort", "asistente", "assistant"}
    | {"assistent", "assistentin", "bot", "ki", "reply", "respuesta", "system"}
    | {"sistema", "voice"}
)
_BULLET: Final = re.compile(r"(?:[-*+•·–—▪◦‣]|#{1,6}|>+)\Z")
_NUMBERED: Final = re.compile(r"\d{1,2}[.)]\Z")
_RULE: Final = re.compile(r"[|:=_*~-]{3,}\Z|\|+\Z|```\S*\Z")
_LINK: Final = re.compile(r"\[?([^\[\]]*)\]\([^()\s]*\)")
_SOURCE: Final = re.compile(r"\[\d+\]")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_FACE: Final = re.compile(r"[:;=8][-'^]?[()DPpOo|/\\*3]+\Z")
_ADDRESS: Final = re.compile(r"://|\Awww\.|\w@\w|\w\.[a-z]{2,}/", re.IGNORECASE)
_SCHEME: Final = re.compile(r"https?://|mailto:", re.IGNORECASE)
_QUOTES: Final = str.maketrans("", "", '"“”„‟«»`‹›「」『』•▪◦‣')
_STARS: Final = re.compile(r"(?<!\d)\*+|\*+(?!\d)")
_WORD: Final = re.compile(r"[^\W_]+")
# Signs among the symbols that are read aloud.
_SAID: Final = frozenset("°©®")
# Emoji, their joiners, skin tones and key caps; marks that steer the writing direction.
_UNSEEN: Final = frozenset({"So", "Sk", "Cf", "Cc", "Cs", "Co", "Cn", "Me"})


def words(text: str) -> frozenset[str]:
    """The words of a list that is written in one string."""
    return frozenset(text.split())


def plain(text: str) -> list[str]:
    """The words of a text in small letters, without accents and marks."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return _WORD.findall(bare.replace("'", "").replace("’", ""))


def is_bullet(raw: str) -> bool:
    """Whether it only marks the beginning of a line: a bullet, a heading, a quotation."""
    return _BULLET.match(raw) is not None


def is_numbered(raw: str) -> bool:
    """Whether it counts an item, at the beginning of a line."""
    return _NUMBERED.match(raw) is not None


def is_label(word: str) -> bool:
    """Whether a word that is made speakable says who speaks, at the beginning of a line."""
    return word.endswith(":") and word[:-1].casefold() in _LABELS


def said(raw: str) -> str:
    """The word as it is spoken; empty if there is nothing to speak in it.

    Addresses stay whole but for their scheme, which nobody says.
    """
    if _FACE.match(raw) or _RULE.match(raw):
        return ""
    word = html.unescape(raw) if "&" in raw else raw
    word = _LINK.sub(r"\1", _SOURCE.sub("", _TAG.sub("", word)))
    word = "".join(filter(_is_said, unicodedata.normalize("NFC", word)))
    word = word.translate(_QUOTES)
    if _ADDRESS.search(word):
        return _SCHEME.sub("", word.strip("*_<>[]'"))
    word = _STARS.sub("", word).replace("~~", "").replace("’", "'")
    word = word.strip("_[]'‘‚|")
    return "–" if word in ("--", "-", "—", "–") else word


def _is_said(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN or character in _SAID
