"""Fills any JSON schema from a conversation, guided by property names and descriptions;
quotes are always words of the conversation unless told to fabricate.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from simulators import sentiments
from simulators.openai import findings, replies, schemas
from simulators.openai.conversation import Line
from simulators.openai.findings import Finding
from simulators.openai.questions import Question
from simulators.openai.replies import Situation
from simulators.openai.schemas import Schema

FALSE_QUOTE = "I give you my word that we will pay you a million dollars tomorrow."
LONGEST_QUOTE = 140

# What a property is about, told by its name first and its description second. The
# order decides where several fit.
KINDS: tuple[tuple[str, str], ...] = (
    ("quotes", r"quote|evidence|excerpt|citation|verbatim"),
    ("went_well", r"went_well|well|strength|positives|praise|did_right|good"),
    ("to_improve", r"improve|weak|negatives|coaching|missed|went_wrong|bad|concern"),
    ("scores", r"scores|ratings|scorecard|criteria|assessments|answers|grades"),
    ("promises", r"promise|commitment|action|follow_?up|next_step|todo|task"),
    ("topics", r"topic|tag|keyword|theme|subjects|intents|reasons"),
    ("suggestions", r"suggestion|repl(y|ies)|options|candidates|alternatives"),
    ("question", r"question|criterion|\bkey\b|\bid\b|slug"),
    ("rationale", r"rationale|justif|explan|reasoning|why|because|comment|note"),
    ("disposition", r"disposition|outcome|resolution|result|status|ending"),
    ("mood", r"sentiment|mood|tone|emotion|satisf"),
    ("score", r"score|rating|grade|points|stars|mark"),
    ("confidence", r"confiden|certain|probab"),
    ("summary", r"summar|overview|abstract|description|recap|synopsis"),
    ("title", r"title|subject|headline|topic"),
    ("language", r"language|locale"),
    ("start", r"start|begin|from|at|time|second"),
    ("end", r"end|until|to"),
    ("speaker", r"speaker|who|role|said_by|party"),
    ("text", r"text|quote|said|words|content|sentence|line|message|point|item|detail"),
    ("upset", r"upset|angry|complain|churn|risk|escalat|threat"),
    ("resolved", r"resolved|solved|success|settled|complete"),
)
OUTCOMES = {
    "resolved": ("resolved", "solved", "completed", "success", "satisfied", "done"),
    "follow_up": ("follow", "followup", "callback", "pending", "open", "promised"),
    "escalated": ("escalated", "escalation", "transferred", "supervisor"),
    "abandoned": ("abandoned", "dropped", "missed", "hung", "nobody", "incomplete"),
    "unresolved": ("unresolved", "not", "failed", "dissatisfied", "open"),
}
SUBJECTS = {
    "billing": ("billing", "bill", "invoice", "payment", "charge"),
    "refund": ("refund", "return", "billing"),
    "delivery": ("delivery", "order", "shipping", "logistics"),
    "password": ("password", "login", "account", "access", "technical"),
    "appointment": ("appointment", "booking", "schedule"),
    "broken": ("technical", "support", "fault", "outage", "product"),
    "cancel": ("cancel", "cancellation", "churn", "retention"),
    "manager": ("complaint", "escalation"),
    "injection": ("abuse", "spam", "security"),
}
MOODS = {"POSITIVE": "positive", "NEGATIVE": "negative", "NEUTRAL": "neutral"}
FALLBACKS = ("other", "unknown", "general", "none", "neutral", "information")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the part that is being written is about."""

    question: Question | None = None
    finding: Finding | None = None
    line: Line | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A place in the schema: its name, what it means, and what it is about."""

    name: str
    schema: Schema
    subject: Subject

    @property
    def kind(self) -> str:
        for text in (_plain(self.name), str(self.schema.get("description", ""))):
            for kind, pattern in KINDS:
                if re.search(rf"(?:^|[^a-z]|_)(?:{pattern})", text.lower()):
                    return kind
        return ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one answer; `fabricate` makes every quote false."""

    root: Schema
    situation: Situation
    questions: list[Question]
    fabricate: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.situation.lines

    def write(self) -> Any:  # noqa: ANN401  any JSON value
        return self.value(Field("", self.root, Subject()))

    def value(self, field: Field) -> Any:  # noqa: ANN401  any JSON value
        """The value of one field; None where the schema lets it and nothing is known."""
        schema = self._settled(field.schema)
        if "description" in field.schema and "description" not in schema:
            schema = {**schema, "description": field.schema["description"]}
        field = replace(field, schema=schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choice(field, schema["enum"])
        match _type(schema):
            case "object":
                return self._object(field)
            case "array":
                return self._array(field)
            case "boolean":
                return self._truth(field)
            case "integer" | "number" as name:
                return self._number(field, whole=name == "integer")
            case "null":
                return None
        return self._string(field)

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

    def _object(self, field: Field) -> dict[str, Any]:
        subject = field.subject
        properties: dict[str, Schema] = field.schema.get("properties", {})
        names = {_plain(name) for name in properties}
        if subject.line is None and names & {"speaker"} and names & {"text", "quote"}:
            lines = self._evidence(field)
            subject = replace(subject, line=lines[0] if lines else None)
        return {
            name: self.value(Field(name, inner, subject))
            for name, inner in properties.items()
        }

    def _array(self, field: Field) -> list[Any]:
        inner: Schema = field.schema.get("items", {"type": "string"})
        least = int(field.schema.get("minItems", 0))
        most = int(field.schema.get("maxItems", 1000))
        subjects = self._subjects(field)[:most]
        if len(subjects) < least:
            spare = [Subject(line=line, text=line.text) for line in self.lines]
            subjects += (spare + [field.subject] * least)[: least - len(subjects)]
        # A list of questions is written question by question, not as a question.
        name = "text" if _type(self._settled(inner)) == "string" else field.name
        return [self.value(Field(name, inner, subject)) for subject in subjects]

    def _subjects(self, field: Field) -> list[Subject]:
        """What the items of a list are about."""
        match field.kind:
            case "quotes":
                about = field.subject
                return [replace(about, line=x, text="") for x in self._evidence(field)]
            case "went_well" | "to_improve" as side:
                return [
                    Subject(finding=found, text=found.text)
                    for found in findings.all_findings(self.lines)
                    if found.good == (side == "went_well")
                ]
            case "scores" | "question" | "rationale":
                return self._questions(field)
            case "promises":
                said = findings.promises(self.lines)
                return [Subject(line=line, text=line.text) for line in said]
            case "topics" | "title":
                return [Subject(text=name) for name in findings.topics(self.lines)]
            case "suggestions":
                best = replies.alternatives(self.situation)
                return [Subject(text=text) for text in best[:3]]
        return []

    def _questions(self, field: Field) -> list[Subject]:
        """One subject per question of the prompt, or per value the schema allows."""
        asked = self.questions or [
            Question(rule.good, rule.topic) for rule in findings.RULES[:5]
        ]
        allowed = self._allowed(field)
        if allowed:
            by_key = {question.key: question for question in asked}
            asked = [by_key.get(key, Question(_words(key), key)) for key in allowed]
        return [
            Subject(
                question=question,
                finding=findings.for_question(
                    f"{_words(question.key)} {question.text}", self.lines
                ),
            )
            for question in asked
        ]

    def _allowed(self, field: Field) -> list[str]:
        inner = self._settled(field.schema.get("items", {}))
        for name, schema in inner.get("properties", {}).items():
            settled = self._settled(schema)
            if "enum" in settled and Field(name, settled, Subject()).kind == "question":
                return [str(value) for value in settled["enum"]]
        return []

    def _evidence(self, field: Field) -> list[Line]:
        """Lines that show what the field's subject says."""
        finding = field.subject.finding
        if finding:
            return list(finding.lines)
        if field.subject.line:
            return [field.subject.line]
        return [line for line in self.lines if line.speaker == "caller"][:1]

    def _string(self, field: Field) -> str:
        text = self._said(field)
        most = field.schema.get("maxLength")
        return text[:most] if most else text

    def _said(self, field: Field) -> str:
        subject, kind = field.subject, field.kind
        if kind == "speaker" and subject.line:
            return subject.line.label or subject.line.speaker
        if kind in {"text", "quotes"} and subject.line and not subject.text:
            return FALSE_QUOTE if self.fabricate else quote(subject.line)
        if kind == "quotes":
            lines = self._evidence(field)
            return FALSE_QUOTE if self.fabricate else quote(lines[0]) if lines else ""
        if kind == "question" and subject.question:
            return self._named(field, subject.question)
        if subject.text:
            return subject.text
        if subject.finding:
            return subject.finding.text
        return self._about_call(kind)

    def _named(self, field: Field, question: Question) -> str:
        """A question by its short name where the schema asks for that."""
        hint = f"{field.name} {field.schema.get('description', '')}".lower()
        short = re.search(r"\bkey|_key|\bid\b|_id|slug|short name|identif|number", hint)
        return question.key if short and question.key else question.text

    def _about_call(self, kind: str) -> str:
        match kind:
            case "disposition":
                return findings.outcome(self.lines)
            case "title":
                return ", ".join(findings.topics(self.lines)) or "general question"
            case "language":
                return replies.language(self.lines)
            case "mood":
                return MOODS[self._mood()]
            case "speaker":
                return "agent"
            case "summary":
                return findings.summary(self.lines)
            case "rationale":
                return findings.ENDINGS[findings.outcome(self.lines)]
            case "promises":
                said = findings.promises(self.lines)
                return quote(said[0]) if said else ""
            case "went_well" | "to_improve" as side:
                found = findings.all_findings(self.lines)
                texts = [f.text for f in found if f.good == (side == "went_well")]
                return " ".join(texts)
        if self._is_report():
            return findings.summary(self.lines)
        return replies.suggest(self.situation)

    def _is_report(self) -> bool:
        names = " ".join(self.root.get("properties", {})).lower()
        return bool(re.search(r"summar|score|disposition|improve|sentiment", names))

    def _mood(self) -> str:
        heard = findings.caller_lines(self.lines)
        return sentiments.tone(" ".join(line.text for line in heard))[0]

    def _choice(self, field: Field, options: list[Any]) -> Any:  # noqa: ANN401
        subject, kind = field.subject, field.kind
        if kind == "speaker" and subject.line:
            for name in (subject.line.label, subject.line.speaker):
                if name in options:
                    return name
        if kind == "question" and subject.question:
            for name in (subject.question.key, subject.question.text):
                if name in options:
                    return name
        if all(isinstance(option, int) for option in options):
            return self._graded(sorted(options), subject.finding)
        return max(options, key=lambda option: (self._liking(option, kind), 0))

    def _liking(self, option: object, kind: str) -> float:
        """How well an allowed value describes the call."""
        said = set(re.split(r"[^a-z]+", str(option).lower()))
        if kind == "mood":
            return float(MOODS[self._mood()] in said)
        finding = 3.0 * len(said & set(OUTCOMES[findings.outcome(self.lines)]))
        about = findings.topics(self.lines)
        for rank, topic in enumerate(about[:3]):
            finding += (2.0 - rank * 0.5) * bool(said & set(SUBJECTS.get(topic, ())))
        if findings.upset(self.lines):
            finding += 1.5 * bool(said & {"complaint", "angry", "unhappy"})
        heard = {word for line in self.lines for word in line.text.lower().split()}
        finding += 0.4 * len(said & heard)
        return finding + 0.2 * bool(said & set(FALLBACKS))

    def _truth(self, field: Field) -> bool:
        ended = findings.outcome(self.lines)
        hint = f"{field.name} {field.schema.get('description', '')}".lower()
        if field.subject.finding:
            return field.subject.finding.good
        if "follow" in hint:
            return ended in {"follow_up", "escalated"}
        if re.search(r"escalat", hint):
            return ended == "escalated"
        if re.search(r"resol|solv|settled|success", hint):
            return ended == "resolved"
        if re.search(r"upset|angry|complain|churn|risk", hint):
            return findings.upset(self.lines)
        return bool(
            re.search(r"inject|manipulat|abuse", hint)
            and "injection" in findings.topics(self.lines)
        )

    def _number(self, field: Field, *, whole: bool) -> float:
        subject = field.subject
        hint = f"{_plain(field.name)} {field.schema.get('description', '')}".lower()
        if whole and field.kind == "question" and subject.question:
            return int(re.sub(r"\D", "", subject.question.key) or 0)
        if subject.line and field.kind in {"start", "end"}:
            at = subject.line.end if "end" in hint else subject.line.start
            at = (at or 0.0) * (1000 if re.search(r"\bms\b|milli", hint) else 1)
            return int(at) if whole else at
        low, high = bounds(field.schema)
        finding = subject.finding
        good = finding.good if finding else self._went_well()
        value = high - (high - low) * (0.0 if good else 0.75)
        return round(value) if whole else round(value, 2)

    def _graded(self, options: list[int], finding: Finding | None) -> int:
        good = finding.good if finding else self._went_well()
        return options[-1] if good else options[len(options) // 4]

    def _went_well(self) -> bool:
        return findings.outcome(self.lines) in {"resolved", "follow_up"}


def quote(line: Line) -> str:
    """A stretch of the line that proves it: whole, or its longest short sentence."""
    if len(line.text) <= LONGEST_QUOTE:
        return line.text
    sentences = re.split(r"(?<=[.!?])\s+", line.text)
    short = [s for s in sentences if len(s) <= LONGEST_QUOTE]
    if short:
        return max(short, key=len)
    return line.text[:LONGEST_QUOTE].rsplit(" ", 1)[0]


def bounds(schema: Schema) -> tuple[float, float]:
    """The range of a score, from the schema or from words such as "1 to 5"."""
    hint = str(schema.get("description", ""))
    told = re.search(r"(\d+)\s*(?:-|–|to|and|\.\.)\s*(\d+)", hint)
    low, high = (float(told[1]), float(told[2])) if told else (0.0, 1.0)
    if not told and schema.get("type") == "integer":
        low, high = 1.0, 5.0
    return float(schema.get("minimum", low)), float(schema.get("maximum", high))


def _type(schema: Schema) -> str:
    names = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(names, list):
        names = next((name for name in names if name != "null"), "null")
    return str(names)


def _plain(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _words(key: str) -> str:
    return re.sub(r"[_-]+", " ", key)
