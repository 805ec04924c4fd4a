"""Fills any JSON schema from a conversation, guided by property names and descriptions;
quotes are always words of the conversation unless told to fabricate.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from simulators.openai import choices, findings, lies, questions, replies, schemas
from simulators.openai.conversation import Line
from simulators.openai.fields import Field, Subject, bounds, plain, spaced, type_of
from simulators.openai.questions import Question
from simulators.openai.replies import Situation
from simulators.openai.schemas import Schema

LONGEST_QUOTE = 140
MOST_FINDINGS = 4
YES_NO = {"yes", "no"}
MOST_SUGGESTIONS = 3
REPORT = re.compile(r"summar|score|disposition|improve|sentiment|went", re.IGNORECASE)
SHORT_NAME = re.compile(r"\bkey|_key|\bid\b|_id|slug|short name|identif|number")
# What callers say of themselves, by what a property may ask for.
DETAILS = (
    (
        r"caller_?name|customer_?name|name of the (caller|customer)",
        r"(?i:my name is|my name's|this is|me llamo|mein name ist)"
        r"\s+((?:[A-ZÁÉÍÓÚÑÄÖÜ][\w'-]+\s?){1,3})",
    ),
    (r"e_?mail", r"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)"),
    (r"phone|telephone", r"(\+?\d[\d\s-]{6,}\d)"),
    (r"order|account|reference|invoice|number", r"\b([A-Z]{0,3}-?\d{4,})\b"),
    (r"amount|price|money", r"([$€£]\s?\d[\d.,]*)"),
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one answer; `fabricate` makes every quote false."""

    root: Schema
    situation: Situation
    questions: list[Question]
    fabricate: bool = False
    _told: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.situation.lines

    @property
    def judged(self) -> tuple[Line, ...]:
        """What the caller said, and whoever is to be judged."""
        who = questions.judged(self.situation.rest)
        own = [line for line in self.lines if line.speaker in {"caller", who}]
        return tuple(own) if who else self.lines

    def write(self) -> Any:  # noqa: ANN401  any JSON value
        return self.value(Field("", self.root, Subject()))

    def value(self, field: Field) -> Any:  # noqa: ANN401  any JSON value
        """The value of one field; null where that is allowed and nothing is known."""
        schema = self._settled(field.schema)
        if "description" in field.schema and "description" not in schema:
            schema = {**schema, "description": field.schema["description"]}
        nullable = self._nullable(field.schema)
        field = replace(field, schema=schema)
        if "const" in schema:
            return schema["const"]
        if nullable and self._unknown(field):
            return None
        if "enum" in schema:
            return self._choice(field, schema["enum"])
        return self._typed(field)

    def _typed(self, field: Field) -> Any:  # noqa: ANN401  any JSON value
        write: dict[str, Callable[[Field], Any]] = {
            "object": self._object,
            "array": self._array,
            "boolean": self._truth,
            "integer": self._whole,
            "number": self._number,
            "null": _nothing,
        }
        return write.get(type_of(field.schema), self._string)(field)

    def _settled(self, schema: Schema) -> Schema:
        """Follow references, and of several options take the first that is not null."""
        while True:
            if "$ref" in schema:
                schema = schemas.resolve(schema, self.root) or {}
            elif "anyOf" in schema:
                options = [self._settled(option) for option in schema["anyOf"]]
                filled = [o for o in options if o.get("type") != "null"]
                schema = (filled or options)[0]
            else:
                return schema

    def _nullable(self, schema: Schema) -> bool:
        options = [self._settled(option) for option in schema.get("anyOf", [])]
        return any(o.get("type") == "null" for o in options) or (
            isinstance(schema.get("type"), list) and "null" in schema["type"]
        )

    def _unknown(self, field: Field) -> bool:
        """Whether the conversation says nothing about an optional field."""
        subject = field.subject
        if field.kind == "when" and subject.line:
            return not findings.when(subject.line.text)
        if subject.question and subject.question.kind:
            return not _asked_in(field, subject.question.kind)
        if subject.line or subject.finding or subject.text:
            return False
        if type_of(field.schema) in {"object", "array", "boolean"}:
            return False
        if self._asks_detail(field):
            return not self._detail(field)
        return field.kind in {"", "start", "end", "promises"} and self._is_report()

    def _object(self, field: Field) -> dict[str, Any]:
        subject = field.subject
        properties: dict[str, Schema] = field.schema.get("properties", {})
        names = {plain(name) for name in properties}
        if subject.line is None and "speaker" in names and names & {"text", "quote"}:
            lines = self._evidence(field)
            subject = replace(subject, line=lines[0] if lines else None, text="")
        return {
            name: self.value(Field(name, inner, self._about(name, subject)))
            for name, inner in properties.items()
        }

    def _about(self, name: str, subject: Subject) -> Subject:
        """A property that is named as a question of the prompt is its answer."""
        asked = next((q for q in self.questions if q.key and q.key == name), None)
        return subject if asked is None else self._of_question(asked)

    def _of_question(self, question: Question) -> Subject:
        text = f"{spaced(question.key)} {question.text}"
        return Subject(
            question=question, finding=findings.for_question(text, self.judged)
        )

    def _array(self, field: Field) -> list[Any]:
        inner: Schema = field.schema.get("items", {"type": "string"})
        least = int(field.schema.get("minItems", 0))
        most = int(field.schema.get("maxItems", 1000))
        subjects = self._subjects(field)[:most]
        spare = [Subject(line=line, text=line.text) for line in self.lines]
        subjects += (spare + [field.subject] * least)[: max(0, least - len(subjects))]
        # Items are named for what they are: a text each, or a part of the list.
        plain_text = type_of(self._settled(inner)) == "string"
        name = "text" if plain_text and field.kind != "quotes" else field.name
        return [self.value(Field(name, inner, subject)) for subject in subjects]

    def _subjects(self, field: Field) -> list[Subject]:
        """What the items of a list are about."""
        lines = self.lines
        match field.kind:
            case "quotes":
                quoted = self._quoted(field)
                found = [replace(field.subject, line=x, text="") for x in quoted]
            case "went_well" | "to_improve" as side:
                told = findings.of_side(lines, good=side == "went_well")
                found = [Subject(finding=f, text=f.text) for f in told[:MOST_FINDINGS]]
            case "scores" | "question" | "rationale":
                found = self._questions(field)
            case "promises":
                found = [Subject(line=x, text=x.text) for x in findings.promises(lines)]
            case "topics" | "title":
                found = [Subject(text=name) for name in findings.topics(lines)]
            case "suggestions":
                best = replies.alternatives(self.situation)
                found = [Subject(text=text) for text in best[:MOST_SUGGESTIONS]]
            case _:
                found = []
        return found

    def _questions(self, field: Field) -> list[Subject]:
        """One subject per question of the prompt, or per value the schema allows."""
        asked = self.questions or [
            Question(rule.good, rule.topic) for rule in findings.RULES[:5]
        ]
        allowed = self._allowed(field)
        if allowed:
            known = {q.key: q for q in asked} | {q.text: q for q in asked}
            asked = [known.get(key, Question(spaced(key), key)) for key in allowed]
        return [self._of_question(question) for question in asked]

    def _allowed(self, field: Field) -> list[str]:
        inner = self._settled(field.schema.get("items", {}))
        for name, schema in inner.get("properties", {}).items():
            settled = self._settled(schema)
            if "enum" in settled and Field(name, settled, Subject()).kind == "question":
                return [str(value) for value in settled["enum"]]
        return []

    def _evidence(self, field: Field) -> list[Line]:
        """Lines that show what the field's subject says."""
        if field.subject.line:
            return [field.subject.line]
        if field.subject.finding:
            return list(field.subject.finding.lines)
        return [line for line in self.lines if line.speaker == "caller"][:1]

    def _string(self, field: Field) -> str:
        text = self._said(field)
        most = field.schema.get("maxLength")
        return text[:most] if most else text

    def _said(self, field: Field) -> str:
        if self._asks_detail(field) and not field.subject.text:
            return self._detail(field)
        return self._of_subject(field) or self._of_call(field)

    def _of_subject(self, field: Field) -> str:
        """What the part being written is about, where it is about something."""
        subject, kind = field.subject, field.kind
        if kind == "speaker" and subject.line:
            return subject.line.label or subject.line.speaker
        if kind == "when" and subject.line:
            return findings.when(subject.line.text)
        if kind == "quotes" or (kind == "text" and subject.line and not subject.text):
            return self._quote(field)
        if kind == "question" and subject.question:
            asked = subject.question
            short = SHORT_NAME.search(field.hint) and asked.key
            return short or asked.text
        return subject.text or (subject.finding.text if subject.finding else "")

    def _quoted(self, field: Field) -> list[Line]:
        """The evidence as it is quoted; a model that fabricates has some for everything."""
        lines = self._evidence(field)
        if not self.fabricate:
            return lines
        rules = self.situation.rest
        return [
            lies.told(line, self.lines, rules, next(self._told))
            for line in lines or self.lines[:1]
        ]

    def _quote(self, field: Field) -> str:
        lines = self._evidence(field)
        return quote(lines[0]) if lines else ""

    def _of_call(self, field: Field) -> str:
        lines = self.lines
        match field.kind:
            case "disposition":
                text = findings.outcome(lines)
            case "title":
                text = ", ".join(findings.topics(lines)) or "general question"
            case "language":
                text = replies.language(lines)
            case "mood":
                text = choices.mood(lines)
            case "went_well" | "to_improve" as side:
                told = findings.of_side(lines, good=side == "went_well")
                text = " ".join(finding.text for finding in told)
            case _:
                text = self._free_text()
        return text

    def _free_text(self) -> str:
        if self._is_report():
            return findings.summary(self.lines)
        return replies.suggest(self.situation)

    def _is_report(self) -> bool:
        return bool(REPORT.search(" ".join(self.root.get("properties", {}))))

    def _asks_detail(self, field: Field) -> bool:
        other = {"summary", "rationale", "text", "question"}
        name = plain(field.name)
        asked = any(re.search(wanted, name) for wanted, _ in DETAILS)
        return asked and field.kind not in other

    def _detail(self, field: Field) -> str:
        heard = " ".join(line.text for line in findings.caller_lines(self.lines))
        for wanted, shape in DETAILS:
            if re.search(wanted, plain(field.name)):
                found = re.search(shape, heard)
                return found[1].strip() if found else ""
        return ""

    def _choice(self, field: Field, options: list[Any]) -> Any:  # noqa: ANN401  likewise
        subject = field.subject
        named: tuple[str, ...] = ()
        if field.kind == "speaker" and subject.line:
            named = (subject.line.label, subject.line.speaker)
        elif field.kind == "question" and subject.question:
            named = (subject.question.key, subject.question.text)
        for name in named:
            if name in options:
                return name
        if subject.question and subject.finding and field.kind == "":
            return choices.answered(subject.finding, options, subject.question.answers)
        if set(options) == YES_NO:
            return "yes" if self._good(subject) else "no"
        if all(isinstance(option, int) for option in options):
            return sorted(options)[-1 if self._good(subject) else len(options) // 4]
        return max(options, key=lambda o: choices.liking(o, field.kind, self.lines))

    def _good(self, subject: Subject) -> bool:
        if subject.finding:
            return subject.finding.good
        return findings.outcome(self.lines) in {"resolved", "follow_up"}

    def _truth(self, field: Field) -> bool:
        if field.subject.finding:
            return field.subject.finding.good
        return choices.truth(field.hint, self.lines)

    def _whole(self, field: Field) -> int:
        return round(self._number(field))

    def _number(self, field: Field) -> float:
        subject = field.subject
        if field.kind == "question" and subject.question:
            return float(re.sub(r"\D", "", subject.question.key) or 0)
        if subject.line and field.kind in {"start", "end"}:
            at = subject.line.end if field.kind == "end" else subject.line.start
            return (at or 0.0) * (1000 if re.search(r"_ms\b|milli", field.hint) else 1)
        low, high = bounds(field.schema)
        return high - (high - low) * (0.0 if self._good(subject) else 0.75)


def _asked_in(field: Field, kind: str) -> bool:
    """Whether a question of this kind is answered in this optional field.

    A scorecard may mix questions for points with questions for yes or no.
    """
    if field.schema.get("enum") and set(field.schema["enum"]) == YES_NO:
        return "yes" in kind or "bool" in kind
    if type_of(field.schema) in {"integer", "number"}:
        return "yes" not in kind and "bool" not in kind
    return True


def _nothing(_: Field) -> None:
    return None


def quote(line: Line) -> str:
    """A stretch of the line that proves it: whole, or its longest short sentence."""
    if len(line.text) <= LONGEST_QUOTE:
        return line.text
    sentences = re.split(r"(?<=[.!?])\s+", line.text)
    short = [s for s in sentences if len(s) <= LONGEST_QUOTE]
    if short:
        return max(short, key=len)
    return line.text[:LONGEST_QUOTE].rsplit(" ", 1)[0]
