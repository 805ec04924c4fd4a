"""What the assistant did in a call, in the words of the call's page; reads only, and decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import facts, latency
from analytics.lanes import Mark, share
from calls.models import AssistantVersion, Call, CallEvent
from copilot.models import AssistantLine, ToolUse

# Of each; a longer call shows its first ones.
MOST: Final = 500

_CHANGES: Final[dict[str, Promise]] = {
    "answered": gettext_lazy("%(assistant)s answered"),
    "taken_over": gettext_lazy("%(by)s took over"),
    "handed_back": gettext_lazy("%(by)s handed back to %(assistant)s"),
    "switched": gettext_lazy("%(by)s changed the mode"),
    "agent_lost": gettext_lazy("%(agent)s was gone: %(assistant)s went on"),
    "fallback": gettext_lazy("Nobody was free: %(assistant)s has the call"),
    "transferred": gettext_lazy("%(assistant)s passed the call on"),
    "failed": gettext_lazy("%(assistant)s could not go on"),
}
_CODES: Final[dict[str, Promise]] = {
    "interrupted": gettext_lazy("The caller interrupted."),
    "taken_over": gettext_lazy("An agent took over."),
    "dropped": gettext_lazy("Dropped by an agent."),
    "stream_lost": gettext_lazy("The connection broke."),
    "stream_ended": gettext_lazy("The call was over."),
    "leak": gettext_lazy("It would have told its instructions."),
}
_TOOLS: Final = dict(AssistantVersion.Tool.choices)


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody else leads from here on: when on the call's clock, who and why."""

    at: float
    title: str
    mode: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage of an answer in the picture of its time, in percent of the slowest of the call."""

    key: str
    title: str | Promise
    seconds: float
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Used:
    """A tool that it used, or was not allowed to."""

    title: str
    state: str
    state_title: str
    arguments: str
    result: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A line of the assistant's: what was heard of it, what was not, and how long it took."""

    at: float
    kind: str
    state: str
    state_title: str
    heard: str
    unheard: str
    why: str | Promise
    decided: str
    answered_after: float | None
    bars: list[Bar]
    tools: list[Used]


def changes(call: Call, events: Iterable[CallEvent]) -> list[Change]:
    """Every change of who leads, by the events that tell of it; the first one first."""
    found = sorted(events, key=lambda event: (event.at, event.number))
    return [
        Change(
            at=max(0.0, facts.on_clock(call, event.at)),
            title=_change(event.data),
            mode=str(event.data.get("mode", "")),
        )
        for event in found[:MOST]
    ]


def marks(found: Sequence[Change]) -> list[Mark]:
    """The changes as moments of the call's picture."""
    return [Mark("mode", each.title, each.at, each.at) for each in found]


def turns(call: Call) -> tuple[list[Turn], list[Used]]:
    """Every line of the assistant's with its way to the caller and its tools; and tools beside any line."""
    lines = list(call.assistant_lines.select_related("decided_by")[:MOST])
    used: dict[int | None, list[Used]] = {}
    for use in call.tool_uses.all()[:MOST]:
        used.setdefault(use.line_id, []).append(_used(use))
    slowest = max((_whole(latency.taken(line)) for line in lines), default=0.0)
    found = [_turn(call, line, slowest, used.pop(line.pk, [])) for line in lines]
    return found, [each for rest in used.values() for each in rest]


def unheard(text: str, heard: str) -> str:
    """The rest of a text of which the caller heard so much; all of it, if it was put otherwise."""
    words, known = text.split(), heard.split()
    began = words[: len(known)] == known
    return " ".join(words[len(known) :] if began else words)


def _change(data: Mapping[str, Any]) -> str:
    names = {
        "assistant": _name(data, "assistant") or _("The assistant"),
        "by": _name(data, "by") or _("Somebody"),
        "agent": _name(data, "agent") or _("The agent"),
    }
    text = _CHANGES.get(str(data.get("reason")))
    titles = dict(Call.Mode.choices)
    mode = titles.get(data.get("mode", ""), "")
    if text is None:
        return str(mode)
    return f"{text % names} · {mode}"


def _name(data: Mapping[str, Any], who: str) -> str:
    found = data.get(who) or {}
    return str(found.get("name", ""))


def _turn(call: Call, line: AssistantLine, slowest: float, tools: list[Used]) -> Turn:
    is_over = line.state not in AssistantLine.OPEN
    was_heard = line.heard or (
        line.text if line.state == AssistantLine.State.SAID else ""
    )
    return Turn(
        at=_began(call, line),
        kind=line.get_kind_display(),
        state=line.state,
        state_title=line.get_state_display(),
        heard=was_heard if is_over else line.text,
        unheard=unheard(line.text, was_heard) if is_over else "",
        why=_CODES.get(line.code, line.code.replace("_", " ")),
        decided=_decided(line),
        answered_after=latency.answered_after(line),
        bars=_bars(line, slowest),
        tools=tools,
    )


def _began(call: Call, line: AssistantLine) -> float:
    """When it was heard, else when it came up."""
    for at in (line.started_at, line.final_at, line.speech_end):
        if at is not None:
            return at
    return max(0.0, facts.on_clock(call, line.created_at))


def _decided(line: AssistantLine) -> str:
    if line.decided_by is None:
        return ""
    who = {"who": str(line.decided_by)}
    if line.dropped_at is not None:
        return _("dropped by %(who)s") % who
    if line.released_text:
        return _("put in other words by %(who)s") % who
    return _("released by %(who)s") % who


def _whole(stages: Sequence[latency.Taken]) -> float:
    return sum(each.seconds for each in stages)


def _bars(line: AssistantLine, slowest: float) -> list[Bar]:
    return [
        Bar(
            each.stage.key,
            each.stage.title,
            each.seconds,
            share(each.begin, slowest),
            share(each.seconds, slowest),
        )
        for each in latency.taken(line)
        if slowest
    ]


def _used(use: ToolUse) -> Used:
    given = use.arguments if isinstance(use.arguments, dict) else {}
    return Used(
        title=str(_TOOLS.get(use.name, use.name)),
        state=use.state,
        state_title=use.get_state_display(),
        arguments=", ".join(f"{name}: {value}" for name, value in given.items()),
        result=use.result,
    )
