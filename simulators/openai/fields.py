"""What a place in a JSON schema is about, told by its name and description; it fills
none.
"""

import re
from dataclasses import dataclass
from typing import Any

from simulators.openai.conversation import Line
from simulators.openai.findings import Finding
from simulators.openai.questions import Question
from simulators.openai.schemas import Schema

# What a property is about, told by its name first and its description second. The
# order decides where several fit.
KINDS: tuple[tuple[str, str], ...] = (
    ("when", r"by_when|deadline|due_"),
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
    def hint(self) -> str:
        """Name and description together, in lower case."""
        return f"{plain(self.name)} {self.schema.get('description', '')}".lower()

    @property
    def kind(self) -> str:
        for text in (plain(self.name), str(self.schema.get("description", ""))):
            for kind, pattern in KINDS:
                if re.search(rf"(?:^|[^a-z]|_)(?:{pattern})", text.lower()):
                    return kind
        return ""


def bounds(schema: Schema) -> tuple[float, float]:
    """The range of a score, from the schema or from words such as "1 to 5"."""
    hint = str(schema.get("description", ""))
    told = re.search(r"(\d+)\s*(?:-|–|to|and|\.\.)\s*(\d+)", hint)
    low, high = (float(told[1]), float(told[2])) if told else (0.0, 1.0)
    if not told and schema.get("type") == "integer":
        low, high = 1.0, 5.0
    return float(schema.get("minimum", low)), float(schema.get("maximum", high))


def type_of(schema: Schema) -> str:
    """The type to write; of several the first that is not null."""
    names: Any = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(names, list):
        names = next((name for name in names if name != "null"), "null")
    return str(names)


def plain(name: str) -> str:
    """camelCase and snake_case as one."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def spaced(key: str) -> str:
    return re.sub(r"[_-]+", " ", key)
