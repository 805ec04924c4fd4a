"""Finds the questions of a scorecard in a prompt, whether it lists them as lines or as
JSON; it answers none.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LINE = re.compile(
    r"^\s*(?:[-*•]\s+)?(?:(?P<number>\d+)[.)]\s+)?"
    r"(?:[\[(`\"*]*(?P<key>[A-Za-z0-9][\w-]{0,39})[\])`\"*]*\s*(?::|—|–|\|| - |=)\s*)?"
    r"(?P<text>[A-ZÁÉÍÓÚÑÄÖÜ¿\"“][^?]{5,200}\?)"
)
TEXT_KEYS = ("question", "text", "prompt", "title", "criterion")
KIND_KEYS = ("kind", "type", "scale")
KEY_KEYS = ("key", "id", "slug", "code", "name", "number")


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with the short name the prompt gives it, if any."""

    text: str
    key: str = ""
    kind: str = ""  # such as points or yes_no, where the prompt says
    # What may be answered, and what that means, where the prompt says.
    answers: dict[str, str] = field(default_factory=dict)


def find(texts: tuple[str, ...]) -> list[Question]:
    found = [question for text in texts for question in _in_line(text)]
    return list({question.text: question for question in found}.values())


def _in_line(text: str) -> Iterator[Question]:
    if text.startswith(("{", "[")):
        try:
            yield from _in_json(json.loads(text))
        except ValueError:
            pass
        else:
            return
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            yield Question(match["text"].strip(), match["key"] or match["number"] or "")


def _in_json(value: Any) -> Iterator[Question]:  # noqa: ANN401  any JSON value
    if isinstance(value, list):
        for entry in value:
            yield from _in_json(entry)
    elif isinstance(value, dict):
        text = next((value[k] for k in TEXT_KEYS if isinstance(value.get(k), str)), "")
        if "?" in text:
            key = next((str(value[k]) for k in KEY_KEYS if k in value), "")
            kind = next((str(value[k]) for k in KIND_KEYS if k in value), "")
            given = value.get("answers")
            answers = given if isinstance(given, dict) else {}
            yield Question(text, key, kind, {k: str(v) for k, v in answers.items()})
            return
        for entry in value.values():
            yield from _in_json(entry)


def judged(texts: tuple[str, ...]) -> str:
    """Whom the prompt wants judged, if it names one."""
    for text in texts:
        if match := re.search(r'"judged":\s*"(\w+)"', text):
            return match[1]
    return ""
