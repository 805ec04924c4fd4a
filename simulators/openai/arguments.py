"""Fills the arguments of a tool from the conversation, as its schema asks; it decides no
call.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from simulators.openai import schemas
from simulators.openai.fields import bounds, plain, type_of
from simulators.openai.knowledge import words
from simulators.openai.schemas import Schema
from simulators.openai.tools import Tool

LONGEST_TEXT: Final = 200
_NUMBERS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_DIGITS: Final = {name: str(n) for n, name in enumerate(_NUMBERS[:10])} | {"oh": "0"}
_DAYS: Final = (
    ("monday", "lunes", "montag"),
    ("tuesday", "martes", "dienstag"),
    ("wednesday", "miércoles", "mittwoch"),
    ("thursday", "jueves", "donnerstag"),
    ("friday", "viernes", "freitag"),
    ("saturday", "sábado", "samstag"),
    ("sunday", "domingo", "sonntag"),
)
_HOURS: Final = {name: number for number, name in enumerate(_NUMBERS) if number}
# Where a prompt does not tell the time, a model does not know it.
_NO_CLOCK: Final = datetime.fromisoformat("2026-11-27T09:00:00+00:00")
_MORNING: Final = 10  # the hour where none was named
_WHEN: Final = (
    r"(?:tomorrow|today|tonight|this (?:morning|afternoon|evening)|next week|mañana|hoy"
    r"|morgen|heute|(?:on )?(?:" + "|".join(d for names in _DAYS for d in names) + "))"
)
_HOUR: Final = (
    r"(?:at|a las|um) (\d{1,2}(?::\d{2})?|" + "|".join(_HOURS) + r")"
    r"\s*(?:o'clock)?\s*(am|pm|a\.m\.|p\.m\.|in the (?:afternoon|evening))?"
)
# What a property asks for, told by its name, and where a caller says it.
SAID: Final = (
    (
        r"^(caller_|customer_|full_|first_|last_)?name$",
        r"(?i:my name is|my name's|this is|me llamo|mein name ist)"
        r"\s+((?:[A-ZÁÉÍÓÚÑÄÖÜ][\w'-]+\s?){1,3})",
    ),
    (r"e_?mail", r"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)"),
    (r"phone|^to$|^number$|whatsapp", r"(\+\d[\d\s-]{6,}\d|\b\d{9,13}\b)"),
    (
        r"query|search",
        r"(?:[Ll]ook up|[Ff]ind|[Ss]earch for)\s+(?:the\s+)?(?:customer\s+)?"
        r"((?:[A-Z][\w'-]+\s?){1,3})",
    ),
    (
        r"order|account|reference|invoice|number|query|search",
        r"\b([A-Z]{0,3}-?\d{4,})\b",
    ),
)
TIMES: Final = r"when|time|date|(^|_)at$|day|moment"
ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)


@dataclass(frozen=True, slots=True)
class Source:
    """What the arguments are made of: the caller's words, the newest also by themselves.

    `context` is the rest of the prompt, which may tell the time. `free` takes what the
    caller wishes although the schema does not list it.
    """

    last: str
    heard: str
    context: str = ""
    free: bool = False


def written(tool: Tool, source: Source) -> str:
    """The arguments as the JSON text that a model writes."""
    filler = _Filler(tool.parameters, source)
    return json.dumps(filler.value("", tool.parameters), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Filler:
    root: Schema
    source: Source

    def value(self, name: str, schema: Schema) -> Any:  # noqa: ANN401  any JSON value
        schema, nullable = self._settled(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choice(name, schema, nullable=nullable)
        value: Any
        match type_of(schema):
            case "object":
                inner: dict[str, Schema] = schema.get("properties", {})
                value = {key: self.value(key, one) for key, one in inner.items()}
            case "array":
                value = self._list(name, schema)
            case "boolean":
                value = True
            case "integer" | "number" as kind:
                value = self._number(schema, whole=kind == "integer", nullable=nullable)
            case "null":
                value = None
            case _:
                value = self._text(name, schema, nullable=nullable)
        return value

    def _settled(self, schema: Schema) -> tuple[Schema, bool]:
        """Follow references; of several options the first that is not null."""
        if "$ref" in schema:
            return self._settled(schemas.resolve(schema, self.root) or {})
        kinds = schema.get("type")
        nullable = isinstance(kinds, list) and "null" in kinds
        if "anyOf" in schema:
            options = [self._settled(option)[0] for option in schema["anyOf"]]
            filled = [one for one in options if one.get("type") != "null"]
            about = (
                {"description": schema["description"]}
                if "description" in schema
                else {}
            )
            return about | (filled or options)[0], len(filled) < len(options)
        return schema, nullable

    def _choice(self, name: str, schema: Schema, *, nullable: bool) -> Any:  # noqa: ANN401
        options = [option for option in schema["enum"] if option is not None]
        heard = set(words(self.source.last))
        if self.source.free and (wish := wished(name, self.source.last, options)):
            return wish
        told = str(schema.get("description", ""))
        fitting = [o for o in options if heard & set(_about(o, told))]
        if fitting:
            return max(fitting, key=lambda o: len(heard & set(_about(o, told))))
        return None if nullable or not options else options[0]

    def _list(self, name: str, schema: Schema) -> list[Any]:
        least = int(schema.get("minItems", 0))
        inner: Schema = schema.get("items", {"type": "string"})
        return [self.value(name, inner) for _ in range(least)]

    def _number(self, schema: Schema, *, whole: bool, nullable: bool) -> float | None:
        said = re.search(r"\b\d{1,6}\b", self.source.last)
        if said is None and nullable:
            return None
        low, high = bounds(schema)
        number = float(said[0]) if said else low
        if "minimum" in schema or "maximum" in schema:
            number = min(max(number, low), high)
        return int(number) if whole else number

    def _text(self, name: str, schema: Schema, *, nullable: bool) -> str | None:
        about = plain(name)
        if re.search(TIMES, about):
            return self._moment(schema) or (None if nullable else self.source.last)
        shapes = [shape for asked, shape in SAID if re.search(asked, about)]
        for shape in shapes:
            if found := _last_said(shape, self.source):
                return found
        text = self.source.last[:LONGEST_TEXT]
        return None if nullable and (shapes or not text) else text

    def _moment(self, schema: Schema) -> str | None:
        said = " ".join(
            part[0].strip()
            for pattern in (_WHEN, _HOUR)
            if (part := re.search(rf"\b{pattern}", self.source.last, re.IGNORECASE))
        )
        hint = str(schema.get("description", ""))
        if schema.get("format") in {"date-time", "date"} or "ISO" in hint:
            return self._date(said) if said else None
        return said or None

    def _date(self, said: str) -> str:
        told = [t for t in ISO.findall(self.source.context) if len(t) > 10]
        base = datetime.fromisoformat(told[-1]) if told else None
        return moment(said, base or _NO_CLOCK).isoformat()


def moment(said: str, base: datetime) -> datetime:
    """What "tomorrow at three" is, seen from `base`; at ten where no hour was named."""
    text = said.lower()
    days = int(bool(re.search(r"tomorrow|mañana|morgen", text)))
    days = 7 if "next week" in text else days
    for weekday, names in enumerate(_DAYS):
        if any(name in text for name in names):
            days = (weekday - base.weekday() - 1) % 7 + 1
    found = re.search(_HOUR, text)
    hour, minute = _MORNING, 0
    if found:
        first, _, rest = found[1].partition(":")
        hour = _HOURS.get(first) or int(first) % 24
        minute = int(rest or 0)
        later = found[2] and not found[2].startswith("a")
        if hour < 12 and (later or (hour < 8 and not found[2])):
            hour += 12
    day = base + timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def digits(text: str) -> str:
    """The text with digits that were spelled out, four at least, as a number."""
    name = "|".join(_DIGITS)
    return re.sub(
        rf"\b(?:{name})(?:[ ,-]+(?:{name})){{3,}}\b",
        lambda found: "".join(
            _DIGITS[word] for word in re.findall(r"[a-z]+", found[0].lower())
        ),
        text,
        flags=re.IGNORECASE,
    )


def wished(name: str, said: str, options: list[Any]) -> str | None:
    """What the caller names for a property although it is none of the options."""
    label = re.sub(r"_(id|name)$", "", plain(name))
    found = re.search(
        rf"\b{label}\b(?: called| named| number| is| to)? [\"“']?([\w+-]+)",
        said.lower(),
    ) or re.search(rf"\b([\w-]+) {label}\b", said.lower())
    if found is None or found[1] in {"the", "a", "an", "my", "another", "other"}:
        return None
    known = {str(option).lower() for option in options}
    return None if found[1] in known else found[1]


def _last_said(shape: str, source: Source) -> str:
    for text in (source.last, source.heard):
        found = re.findall(shape, digits(text))
        if found:
            return str(found[-1]).strip()
    return ""


def _about(option: object, told: str) -> tuple[str, ...]:
    """The words that mean an option: its own, and those that the description gives it."""
    own = str(option)
    named = re.search(rf"(?<!\w){re.escape(own)}(?!\w)\W+([^,;.\n\d]+)", told)
    text = re.sub(r"[_-]", " ", own) + " " + (named[1] if named else "")
    return tuple(word for word in words(text) if len(word) > 3)
