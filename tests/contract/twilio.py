"""Whether a request that we sent to Twilio is one that Twilio's published API takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("twilio.yaml")
_SIGNS = {
    "text": r"[\s\S]*",
    "url": r"(https?|wss?)://[^\s/?#_]+(:\d+)?([/?#]\S*)?",
    "verb": r"GET|POST",
    "flag": r"true|false",
    "amount": r"\d+(\.\d{1,4})?",
    "address": r"((whatsapp:)?\+[1-9]\d{6,14})|(client:[\w.+-]{1,256}(\?\S*)?)",
    "day": r"\d{4}-\d\d-\d\d",
    "moment": r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?",
    "integer": r"\d+",
    "label": r"[^/]+",
    "sound": r"RE[0-9a-fA-F]{32}(\.wav|\.mp3)?",
}


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of Twilio."""

    does: str
    method: str
    path: re.Pattern[str]
    fields: Mapping[str, str]
    must: tuple[str, ...]
    either: tuple[tuple[str, ...], ...]

    def problems(self, form: Sequence[tuple[str, str]]) -> list[str]:
        """What is wrong with these fields, in words."""
        given = {name for name, _ in form}
        found = [f"{name} is missing" for name in self.must if name not in given]
        found += [
            f"one of {', '.join(group)} is missing"
            for group in self.either
            if not given & set(group)
        ]
        for name, value in form:
            kind = self._kind(name)
            if kind is None:
                found.append(f"{name} is unknown")
            elif not _fits(kind, value):
                found.append(f"{name} is not {kind}")
        names = [name for name, _ in form]
        found += [
            f"{name} is given twice"
            for name in given
            if names.count(name) > 1 and not (self._kind(name) or "").startswith("each")
        ]
        return [f"{self.does}: {problem}" for problem in found]

    def _kind(self, name: str) -> str | None:
        numbered = re.sub(r"^([A-Z][a-z]+)[1-9]\d?\.", r"\1#.", name)
        return self.fields.get(numbered)


@cache
def operations() -> tuple[Operation, ...]:
    """The table, read."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(_operation(table["names"], entry) for entry in table["operations"])


def problems(request: Mapping[str, Any]) -> list[str]:
    """What Twilio would not take of a request `{method, path, form: [[name, value], …]}`."""
    for operation in operations():
        same = operation.method == request["method"]
        if same and operation.path.fullmatch(request["path"]):
            return operation.problems([(str(n), str(v)) for n, v in request["form"]])
    return [f"there is no {request['method']} {request['path']}"]


def _operation(names: Mapping[str, str], entry: Mapping[str, Any]) -> Operation:
    method, path = entry["ask"].split(" ", 1)
    fields = dict(entry.get("fields", {}))
    for name, parts in entry.get("numbered", {}).items():
        fields |= {f"{name}#.{part}": "text" for part in parts}
    place = re.compile(r"\\\{(\w+)\\\}")
    return Operation(
        does=entry["does"],
        method=method,
        path=re.compile(
            place.sub(lambda at: f"({_sign(names[at[1]])})", re.escape(path))
        ),
        fields=fields,
        must=tuple(entry.get("must", ())),
        either=tuple(tuple(group) for group in entry.get("either", ())),
    )


def _fits(kind: str, value: str) -> bool:
    kind = kind.removeprefix("each ")
    if not re.fullmatch(_sign(kind), value):
        return False
    if bounds := re.fullmatch(r"integer (\d+)\.\.(\d+)", kind):
        return int(bounds[1]) <= int(value) <= int(bounds[2])
    return True


def _sign(kind: str) -> str:
    """The regular expression of a kind."""
    if kind.startswith("one of "):
        return "|".join(map(re.escape, kind.removeprefix("one of ").split("|")))
    if kind.startswith("sid "):
        return "|".join(map(_sid, kind.removeprefix("sid ").split(" or ")))
    return _SIGNS[kind.partition(" ")[0]]


def _sid(word: str) -> str:
    return word + "[0-9a-fA-F]{32}" if len(word) == 2 else re.escape(word)
