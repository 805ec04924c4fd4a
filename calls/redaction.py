"""Personal data found in words by its shape alone, and covered; pure: it knows nobody and stores nothing.

Kinds have the names of AssemblyAI's redaction policies, so that one setting speaks of
what the vendor finds in a recording and of what we find ourselves while a call lasts.
Speech is what it is made for: digits come as figures or as words, in groups, with
pauses and "uh"s between them, and now and then one of them is misheard.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

CARD: Final = "credit_card_number"
CARD_CODE: Final = "credit_card_cvv"
CARD_DATE: Final = "credit_card_expiration"
BANK: Final = "banking_information"
SOCIAL_SECURITY: Final = "us_social_security_number"
EMAIL: Final = "email_address"
PHONE: Final = "phone_number"
# What has a shape; other kinds (a name, a street) only the vendor can find.
BY_SHAPE: Final = frozenset(
    {CARD, CARD_CODE, CARD_DATE, BANK, SOCIAL_SECURITY, EMAIL, PHONE}
)
# What may still become a card number while somebody goes on speaking.
_UNFINISHED: Final = "number"

_NAMES: Final = {
    CARD: "card number",
    CARD_CODE: "security code",
    CARD_DATE: "expiry date",
    BANK: "bank account",
    SOCIAL_SECURITY: "social security number",
    EMAIL: "e-mail address",
}
_DIGITS: Final = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "zéro un deux trois quatre cinq six sept huit neuf",
        "zero uno due tre quattro cinque sei sette otto nove",
        "nul een twee drie vier vijf zes zeven acht negen",
    )
    for digit, word in enumerate(words.split())
} | {"oh": "0", "o": "0", "zwo": "2"}
_FROM_TEN: Final = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TEENS: Final = {
    word: str(number) for number, word in enumerate(_FROM_TEN.split(), start=10)
}
_FROM_TWENTY: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS: Final = {
    word: str(number) for number, word in enumerate(_FROM_TWENTY.split(), start=2)
}
_TIMES: Final = {"double": 2, "triple": 3}
# What people say between the digits of one number; "to" and "for" are misheard digits.
_SAID_BETWEEN: Final = (
    "uh um er erm ah and then dash minus hyphen space slash yes okay ok so äh ähm und"
    " y e et to too for"
)
_FILLERS: Final = frozenset(_SAID_BETWEEN.split())
_MOST_FILLERS: Final = 2
# The clue that must come within so many words before the digits.
_CLUE_WORDS: Final = 8
# A marker of ours is no clue.
_CLUES: Final = tuple(
    (kind, re.compile(rf"(?<!\[)(?:{clue})"), lengths)
    for kind, clue, lengths in (
        (
            CARD_CODE,
            r"security code|card code|\bcv[vc]\b|código de seguridad|prüfnummer",
            (3, 4),
        ),
        (CARD_DATE, r"expir|valid (?:until|through|thru)|caduca|gültig bis", (3, 4, 6)),
        (SOCIAL_SECURITY, r"social security|\bssn\b", (9,)),
    )
)
_CARD_LENGTHS: Final = range(13, 20)
# Where one digit was misheard Luhn's sum fails, and fifteen true ones would show.
_MISHEARD_LENGTHS: Final = range(15, 20)
_CARDS_BEGIN_WITH: Final = "23456"
# A number that is read out in pieces, with "let me see" between them: pieces of so many
# digits or more, so many words apart at most, and together as long as a card's.
_PIECE_DIGITS: Final = 2
_APART_WORDS: Final = 8
_PIECED_LENGTHS: Final = range(15, 17)
# Six digits of a card tell only who gave it out.
_HARMLESS: Final = 6
_PHONE_LENGTHS: Final = range(9, 13)
_INTERNATIONAL_LENGTHS: Final = range(8, 16)
_IBAN_LENGTHS: Final = range(15, 35)
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
# It takes nothing back, so that no text takes it long.
_SPOKEN_EMAIL: Final = re.compile(
    r"(?<!\S)\S++(?: (?:dot|underscore|dash|hyphen) \S++){0,8}+ at \S++(?: dot \w++)+"
)
# Numbers that are typed end with a key for it.
_EDGES: Final = "()[]{}<>.,;:!?¿¡\"'“”‘’«»#*"
_ENDING: Final = re.compile(r"[.,;:!?]*$")
_BETWEEN: Final = re.compile(r"[-–—/._*#\s]+")


@dataclass(frozen=True, slots=True)
class Found:
    """Something personal: the places of its first and its last word, and what it is."""

    first: int
    last: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that give digits one after the other: their places, and the digits of each."""

    places: tuple[int, ...]
    parts: tuple[str, ...]
    international: bool

    @property
    def digits(self) -> str:
        return "".join(self.parts)

    def found(self, kind: str, first: int = 0, last: int = -1) -> Found:
        return Found(self.places[first], self.places[last], kind)


def marker(kind: str) -> str:
    """What stands in the place of something covered, for people and for models."""
    return f"[{_NAMES.get(kind, kind.replace('_', ' '))}]"


def ending(word: str) -> str:
    """The punctuation at the end of a word, which a marker keeps."""
    found = _ENDING.search(word)
    return found[0] if found else ""


def find(
    words: Sequence[str], policies: Collection[str], *, growing: bool = False
) -> list[Found]:
    """What is personal among one voice's words, in their order; nothing overlaps.

    Only of the kinds in `policies`. While the words are still `growing`, digits at
    their end that may become a card number are found as well.
    """
    runs = list(_runs(words))
    found = [
        *_bank_accounts(words),
        *_emails(words),
        *(each for run in runs for each in _numbers(run, words)),
        *_pieced_cards(runs),
    ]
    if growing and CARD in policies:
        last = len(words) - 1 - _trailing_fillers(words)
        found += [
            run.found(_UNFINISHED)
            for run in runs
            if run.places[-1] >= last and len(run.digits) > _HARMLESS
        ]
    allowed = {*policies, _UNFINISHED}
    return _apart(each for each in found if each.kind in allowed)


def cover(text: str, policies: Collection[str], *, growing: bool = False) -> str:
    """The text with a marker in the place of everything personal in it."""
    return _covered([text], policies, growing=growing)[0]


def cover_all(texts: Sequence[str], policies: Collection[str]) -> list[str]:
    """What one voice said in several goes: a number may be spread over them."""
    return _covered(texts, policies, growing=False)


def cover_talk(
    said: Sequence[tuple[str, str]], policies: Collection[str]
) -> list[tuple[str, str]]:
    """A talk, as (voice, text): each voice's texts belong together."""
    covered = [text for _, text in said]
    for voice in {who for who, _ in said}:
        places = [place for place, (who, _) in enumerate(said) if who == voice]
        texts = cover_all([said[place][1] for place in places], policies)
        for place, text in zip(places, texts, strict=True):
            covered[place] = text
    return [(who, text) for (who, _), text in zip(said, covered, strict=True)]


def _covered(
    texts: Sequence[str], policies: Collection[str], *, growing: bool
) -> list[str]:
    if not policies:
        return list(texts)
    spans = [
        (number, match.start(), match.end())
        for number, text in enumerate(texts)
        for match in re.finditer(r"\S+", text)
    ]
    words = [texts[number][start:end] for number, start, end in spans]
    covered = list(texts)
    for each in reversed(find(words, policies, growing=growing)):
        # Of each text that it touches, from its first word there to its last.
        touched: dict[int, list[int]] = {}
        for place in range(each.first, each.last + 1):
            touched.setdefault(spans[place][0], []).append(place)
        for number, places in touched.items():
            start, end = spans[places[0]][1], spans[places[-1]][2]
            sign = marker(each.kind) + ending(words[places[-1]])
            text = covered[number]
            covered[number] = text[:start] + sign + text[end:]
    return covered


def _apart(found: Iterable[Found]) -> list[Found]:
    """In order; of two that overlap the longer one, and of the same length the first."""
    kept: list[Found] = []
    taken: set[int] = set()
    for each in sorted(found, key=lambda one: (one.first - one.last, one.first)):
        places = range(each.first, each.last + 1)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(each)
    return sorted(kept, key=lambda one: one.first)


# Digits.


def _runs(words: Sequence[str]) -> Iterator[_Run]:
    places: list[int] = []
    parts: list[str] = []
    fillers, times, international = 0, 1, False
    for place, word in enumerate([*words, "."]):
        plain = word.strip(_EDGES).casefold()
        digits = _digits_of(plain, words[place + 1 : place + 2])
        begins_anew = word.lstrip(_EDGES).startswith("+")
        if digits and not (places and begins_anew):
            international = international or begins_anew
            places.append(place)
            parts.append(digits * times)
            fillers, times = 0, 1
        elif plain in _TIMES:
            times = _TIMES[plain]
        elif places and plain in _FILLERS and fillers < _MOST_FILLERS:
            fillers += 1
        else:
            if places:
                yield _Run(tuple(places), tuple(parts), international)
            places, parts = ([place], [digits]) if digits else ([], [])
            fillers, times, international = 0, 1, bool(digits) and begins_anew


def _digits_of(plain: str, following: Sequence[str]) -> str:
    """The digits that a word stands for: "555-0100", "five" and "forty-one" do."""
    pieces = [piece for piece in _BETWEEN.split(plain.lstrip("+")) if piece]
    after = [each.strip(_EDGES).casefold() for each in following]
    digits = [
        _piece(piece, rest)
        for piece, rest in zip(pieces, [*pieces[1:], *after, ""], strict=False)
    ]
    return "".join(digits) if all(digits) else ""


def _piece(piece: str, following: str) -> str:
    if piece.isdecimal():
        return "".join(str(unicodedata.decimal(digit)) for digit in piece)
    if piece in _TENS:
        is_counted_on = _DIGITS.get(following, "0") != "0"
        return _TENS[piece] if is_counted_on else _TENS[piece] + "0"
    return _TEENS.get(piece) or _DIGITS.get(piece, "")


def _trailing_fillers(words: Sequence[str]) -> int:
    count = 0
    for word in reversed(words):
        plain = word.strip(_EDGES).casefold()
        if plain and plain not in _FILLERS and plain not in _TIMES:
            break
        count += 1
    return count


def _numbers(run: _Run, words: Sequence[str]) -> Iterator[Found]:
    digits = run.digits
    yield from _cards(run)
    before = " ".join(words[max(0, run.places[0] - _CLUE_WORDS) : run.places[0]])
    for kind, clue, wanted in _CLUES:
        if len(digits) in wanted and clue.search(before.casefold()):
            yield run.found(kind)
    if _grouped_as(run, words) == [3, 2, 4]:
        yield run.found(SOCIAL_SECURITY)
    lengths = _INTERNATIONAL_LENGTHS if run.international else _PHONE_LENGTHS
    if len(digits) in lengths:
        yield run.found(PHONE)


def _grouped_as(run: _Run, words: Sequence[str]) -> list[int]:
    """The lengths of the groups in which the digits are written."""
    return [
        len(group)
        for place in run.places
        for group in _BETWEEN.split(words[place].strip(_EDGES))
    ]


def _cards(run: _Run) -> Iterator[Found]:
    """Digits that pass Luhn's test, and digits that only look like a card's."""
    parts, at = run.parts, 0
    while at < len(parts):
        last = _card_from(parts, at)
        if last is None:
            at += 1
            continue
        yield run.found(CARD, at, last)
        at = last + 1
    digits = run.digits
    begins_like_one = digits[0] in _CARDS_BEGIN_WITH and not run.international
    if begins_like_one and len(digits) in _MISHEARD_LENGTHS:
        yield run.found(CARD)


def _card_from(parts: Sequence[str], first: int) -> int | None:
    """The last part of the longest card number that begins with this one."""
    digits, found = "", None
    for place in range(first, len(parts)):
        digits += parts[place]
        if len(digits) > _CARD_LENGTHS[-1]:
            break
        if (
            len(digits) in _CARD_LENGTHS
            and digits[0] in _CARDS_BEGIN_WITH
            and passes_luhn(digits)
        ):
            found = place
    return found


def _pieced_cards(runs: Sequence[_Run]) -> Iterator[Found]:
    """Each piece of a card number that has other words between its pieces."""
    for first, begin in enumerate(runs):
        digits, last = "", begin.places[0]
        for after, run in enumerate(runs[first:], start=first + 1):
            digits += run.digits
            if (
                len(run.digits) < _PIECE_DIGITS
                or len(digits) > _PIECED_LENGTHS[-1]
                or run.places[0] - last > _APART_WORDS + 1
                or run.international
            ):
                break
            last = run.places[-1]
            if (
                len(digits) in _PIECED_LENGTHS
                and digits[0] in _CARDS_BEGIN_WITH
                and passes_luhn(digits)
            ):
                yield from (piece.found(CARD) for piece in runs[first:after])


def passes_luhn(digits: str) -> bool:
    """The check of card numbers (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


# Accounts and addresses.


def _bank_accounts(words: Sequence[str]) -> Iterator[Found]:
    """IBANs in one piece, in groups, or letter by letter."""
    pieces = [_account_piece(word) for word in words]
    for first in range(len(pieces)):
        if not pieces[first][:1].isalpha():
            continue
        joined, last = "", None
        for place in range(first, len(pieces)):
            piece = pieces[place]
            if not piece or len(joined) + len(piece) > _IBAN_LENGTHS[-1]:
                break
            joined += piece
            if len(joined) in _IBAN_LENGTHS and _is_iban(joined):
                last = place
        if last is not None:
            yield Found(first, last, BANK)


def _account_piece(word: str) -> str:
    """What a word adds to an account number; "" for an ordinary one."""
    plain = word.strip(_EDGES)
    digits = _digits_of(plain.casefold(), ())
    if digits and plain.casefold() != "o":
        return digits
    letters = plain.replace("-", "")
    is_part = letters.isascii() and letters.isalnum()
    if is_part and (len(letters) == 1 or letters == letters.upper()):
        return letters.upper()
    return ""


def _is_iban(text: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as numbers, modulo 97."""
    if not _IBAN.fullmatch(text):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(each, 36)) for each in moved)) % 97 == 1


def _emails(words: Sequence[str]) -> Iterator[Found]:
    for place, word in enumerate(words):
        name, _, host = word.strip(_EDGES).rpartition("@")
        if name and "." in host.strip("."):
            yield Found(place, place, EMAIL)
    # A vendor's word may have a space in it, or nothing: each is one here.
    text = " ".join("".join(word.split()) or "-" for word in words).casefold()
    for match in _SPOKEN_EMAIL.finditer(text):
        first = text.count(" ", 0, match.start())
        yield Found(first, text.count(" ", 0, match.end()), EMAIL)
