"""Finds names, numbers, money, dates and addresses in spoken words by their shape and
their neighbours; it looks nothing up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from simulators.assemblyai.words import Group, Word

NAMES = (
    "account_number banking_information blood_type corporate_action credit_card_cvv"
    " credit_card_expiration credit_card_number date date_interval date_of_birth day"
    " drivers_license drug duration effect email_address event filename"
    " financial_metric gender gender_sexuality healthcare_number injury ip_address"
    " language location location_address location_address_street location_city"
    " location_coordinate location_country location_state location_zip marital_status"
    " medical_code medical_condition medical_process money_amount month nationality"
    " number_sequence occupation organization organization_id"
    " organization_medical_facility passport_number password person_age person_name"
    " phone_number physical_attribute political_affiliation product project religion"
    " sexuality statistics time url us_social_security_number username vehicle_id"
    " zodiac_sign"
)
KNOWN_TYPES = frozenset(NAMES.split())

DIGIT_WORDS = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "null eins zwei drei vier fünf sechs sieben acht neun",
    )
    for digit, word in enumerate(words.split())
} | {"oh": "0"}
MONTHS = (
    "january february march april may june july august september october november"
    " december enero febrero marzo abril mayo junio julio agosto septiembre octubre"
    " noviembre diciembre januar februar märz mai juni juli oktober dezember"
)
DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday lunes martes miércoles"
    " jueves viernes sábado domingo montag dienstag mittwoch donnerstag freitag samstag"
    " sonntag"
)
_DATE = rf"\b(?:{'|'.join(MONTHS.split())})\s+\d{{1,2}}(?:st|nd|rd|th)?\b"
_DATE += rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(?:{'|'.join(MONTHS.split())})\b"
_DATE += r"|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b"
_NAME = r"[^\W\d_a-z][\w'-]+"
_UNIT = r"(?:dollars?|euros?|pounds?|cents?|dólares|pesos|libras)"

# Each pattern's last group is the entity; an earlier one wins where two overlap.
PATTERNS: tuple[tuple[str, str, int], ...] = (
    ("email_address", r"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.IGNORECASE),
    ("email_address", r"((?:[\w.]+ )?[\w.]+ at [\w]+ dot \w+)", re.IGNORECASE),
    ("url", r"\b((?:https?://|www\.)\S*\w)", re.IGNORECASE),
    (
        "person_name",
        r"(?:[Mm]y name is|[Mm]y name's|[Tt]his is|[Mm]e llamo|[Mm]i nombre es"
        rf"|[Mm]ein Name ist|[Ii]ch heiße)\s+({_NAME}(?:\s{_NAME}){{0,2}})",
        0,
    ),
    ("person_name", rf"\b((?:Mrs?|Ms|Dr|Señora?|Herr|Frau)\.?\s{_NAME})", 0),
    ("money_amount", r"([$€£]\s?\d[\d.,]*\d|[$€£]\s?\d)", 0),
    ("money_amount", rf"(\d[\d.,]*\s+{_UNIT})\b", re.IGNORECASE),
    (
        "money_amount",
        rf"\b((?:\w+teen|\w+ty|ten|twenty|hundred|fifty)(?:[ -]\w+)?\s+{_UNIT})\b",
        re.IGNORECASE,
    ),
    ("date", f"({_DATE})", re.IGNORECASE),
    ("day", rf"\b({'|'.join(DAYS.split())})\b", re.IGNORECASE),
    (
        "time",
        r"\b(\d{1,2}(?::\d{2})?\s?(?:a\.?m\.?|p\.?m\.?|o'clock|Uhr))",
        re.IGNORECASE,
    ),
    ("person_age", r"\b(?:I am|I'm)\s(\d{1,3}) years old", re.IGNORECASE),
    (
        "duration",
        r"\b(\d+\s(?:minutes?|hours?|days?|weeks?|months?|years?|días|Tage))\b",
        re.IGNORECASE,
    ),
)


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: its type and the words it is made of."""

    type: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words).strip('.,;:!?¿¡"”“')

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end


def find(utterances: list[Group]) -> list[Entity]:
    """The entities of some utterances, in order; none overlaps another."""
    return [entity for utterance in utterances for entity in _in_group(utterance)]


def _in_group(group: Group) -> list[Entity]:
    taken: set[int] = set()
    found: list[tuple[int, Entity]] = []
    for kind, first, last in (*_by_pattern(group), *_by_digits(group)):
        places = set(range(first, last + 1))
        if places & taken:
            continue
        taken |= places
        found.append((first, Entity(kind, group.words[first : last + 1])))
    return [entity for _, entity in sorted(found, key=lambda f: f[0])]


def _by_pattern(group: Group) -> Iterator[tuple[str, int, int]]:
    text = group.text
    for kind, pattern, flags in PATTERNS:
        for match in re.finditer(pattern, text, flags):
            yield kind, _word_at(text, match.start(1)), _word_at(text, match.end(1) - 1)


def _word_at(text: str, place: int) -> int:
    return text.count(" ", 0, place)


def _by_digits(group: Group) -> Iterator[tuple[str, int, int]]:
    """Runs of digits, said as figures or one by one."""
    run: list[int] = []
    digits = ""
    for place, word in enumerate((*group.words, None)):
        more = digits_of(word.text) if word else ""
        if more:
            run.append(place)
            digits += more
            continue
        if run:
            kind = _meaning(digits, " ".join(w.text for w in group.words[: run[0]]))
            if kind:
                yield kind, run[0], run[-1]
        run, digits = [], ""


def digits_of(text: str) -> str:
    """The digits a word stands for: "555-0100" and "five" do, "B2" does not."""
    plain = text.strip(".,;:!?").lower()
    if plain in DIGIT_WORDS:
        return DIGIT_WORDS[plain]
    return re.sub(r"\D", "", plain) if re.fullmatch(r"[+()\d.-]+", plain) else ""


_CLUES: tuple[tuple[str, str, int, int], ...] = (
    ("credit_card_cvv", r"cvv|cvc|security code|código de seguridad|prüfnummer", 3, 4),
    ("us_social_security_number", r"social security|\bssn\b", 9, 9),
    ("account_number", r"account|customer|member|cuenta|cliente|kunden|konto", 3, 20),
    ("phone_number", r"phone|call me|reach me|teléfono|telefon|rückruf", 6, 15),
    ("date_of_birth", r"born|birth|nací|geboren|geburt", 6, 8),
    ("location_zip", r"zip|postcode|postal|postleitzahl", 4, 6),
)


def _meaning(digits: str, before: str) -> str | None:
    """What a run of digits is, by its length and the words before it."""
    for kind, clue, least, most in _CLUES:
        if least <= len(digits) <= most and re.search(
            clue, before[-60:], re.IGNORECASE
        ):
            return kind
    if 13 <= len(digits) <= 19:
        return "credit_card_number"
    if 9 <= len(digits) <= 12:
        return "phone_number"
    return "number_sequence" if len(digits) >= 4 else None
