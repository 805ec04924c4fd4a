"""Finds the telephone conversation inside whatever text a prompt carries; it
understands layout, not meaning.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ROLES = {
    "caller": "caller",
    "customer": "caller",
    "client": "caller",
    "user": "caller",
    "agent": "agent",
    "rep": "agent",
    "representative": "agent",
    "operator": "agent",
    "assistant": "assistant",
    "supervisor": "supervisor",
}
TEXT_KEYS = ("text", "said", "transcript", "utterance", "content")
SPEAKER_KEYS = ("speaker", "role", "who")

_TIME = r"(?:\d+:)?\d+(?::\d{2})?(?:\.\d+)?\s*s?"
_SPAN = (
    rf"[\[(<]?\s*(?P<start>{_TIME})\s*(?:(?:-|–|—|→|to|\.\.+)\s*(?P<end>{_TIME}))?"
    r"\s*[\])>]?"
)
_NAMES = "|".join(ROLES)
_LINE = re.compile(
    rf"^\s*(?:[-*•]\s+)?(?:#?[A-Za-z]?\d+[.)#]\s+)?(?:{_SPAN}[\s|,:-]*)?"
    rf"[\[(*<]*(?P<speaker>{_NAMES})[\])*>]*"
    rf"\s*(?:[\[(]\s*(?P<s2>{_TIME})\s*(?:(?:-|–|—|→|to|\.\.+)\s*(?P<e2>{_TIME}))?"
    r"\s*[\])])?\s*[*]*[:|>][*]*\s*(?P<text>\S.*)$",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"<(?P<tag>\w+)(?P<attributes>[^>]*)>(?P<text>[^<]+)</(?P=tag)>", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*[\"']([^\"']*)[\"']")


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance as the prompt gives it; times in seconds where it gives them."""

    speaker: str  # caller, agent, assistant or supervisor
    text: str
    start: float | None = None
    end: float | None = None
    label: str = ""  # the speaker as the prompt wrote it


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt taken apart: the conversation, and everything else line by line."""

    lines: tuple[Line, ...]
    rest: tuple[str, ...]


def read(text: str) -> Prompt:
    """Take a prompt apart; a prompt without a conversation has no lines."""
    lines: list[Line] = []
    rest: list[str] = []
    for part in _parts(text):
        found = (
            list(_from_json(part)) if not isinstance(part, str) else _from_text(part)
        )
        lines += found
        if not isinstance(part, str):
            rest.append(json.dumps(part, ensure_ascii=False))
        elif not found:
            rest.append(part)
    return Prompt(tuple(lines), tuple(rest))


def _parts(text: str) -> Iterator[Any]:
    """JSON values that begin a line, parsed, and the lines around them."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        stripped = len(text) - len(text[at:].lstrip())
        if text[stripped : stripped + 1] in {"{", "["}:
            try:
                value, end = decoder.raw_decode(text, stripped)
            except ValueError:
                pass
            else:
                if isinstance(value, dict | list) and value and not _is_label(value):
                    yield value
                    at = end
                    continue
        line, _, _ = text[at:].partition("\n")
        at += len(line) + 1
        if line.strip():
            yield line.strip()


def _is_label(value: object) -> bool:
    """`[12]` and `[1, 2]` at the start of a line are times, not JSON."""
    return isinstance(value, list) and all(isinstance(v, int | float) for v in value)


def _from_text(line: str) -> list[Line]:
    match = _LINE.match(line)
    if match:
        label = match["speaker"]
        return [
            Line(
                ROLES[label.lower()],
                match["text"].strip(),
                _seconds(match["start"] or match["s2"]),
                _seconds(match["end"] or match["e2"]),
                label,
            )
        ]
    return [found for tag in _TAG.finditer(line) if (found := _from_tag(tag))]


def _from_tag(tag: "re.Match[str]") -> Line | None:
    attributes = dict(_ATTRIBUTE.findall(tag["attributes"]))
    label = next(
        (attributes[key] for key in SPEAKER_KEYS if key in attributes), tag["tag"]
    )
    if label.lower() not in ROLES:
        return None
    return Line(
        ROLES[label.lower()],
        tag["text"].strip(),
        _seconds(attributes.get("start")),
        _seconds(attributes.get("end")),
        label,
    )


def _from_json(value: Any) -> Iterator[Line]:  # noqa: ANN401  any JSON value
    if isinstance(value, list):
        for entry in value:
            yield from _from_json(entry)
    elif isinstance(value, dict):
        line = _utterance(value)
        if line:
            yield line
            return
        for entry in value.values():
            yield from _from_json(entry)


def _utterance(entry: dict[str, Any]) -> Line | None:
    label = next((entry[k] for k in SPEAKER_KEYS if isinstance(entry.get(k), str)), "")
    text = next((entry[k] for k in TEXT_KEYS if isinstance(entry.get(k), str)), "")
    if label.lower() not in ROLES or not text.strip():
        return None
    return Line(
        ROLES[label.lower()],
        text.strip(),
        _seconds(entry.get("start")),
        _seconds(entry.get("end")),
        label,
    )


def _seconds(given: object) -> float | None:
    if isinstance(given, int | float):
        return float(given)
    if not isinstance(given, str) or not given.strip(" s"):
        return None
    total = 0.0
    for piece in given.strip().rstrip("s ").split(":"):
        try:
            total = total * 60 + float(piece)
        except ValueError:
            return None
    return total


def turns(lines: tuple[Line, ...]) -> list[Line]:
    """Neighbouring lines of one speaker as one."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last and last.speaker == line.speaker:
            text = f"{last.text} {line.text}"
            joined[-1] = Line(last.speaker, text, last.start, line.end, last.label)
        else:
            joined.append(line)
    return joined


def last_words(lines: tuple[Line, ...]) -> str:
    """What the caller has said since the other side spoke; empty when that spoke last."""
    said: list[str] = []
    for line in reversed(lines):
        if line.speaker != "caller":
            break
        said.insert(0, line.text)
    return " ".join(said)
