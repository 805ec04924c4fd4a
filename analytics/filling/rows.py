"""Played calls as lines of PostgreSQL's COPY, table by table; it reads and writes nothing."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from analytics import metrics, pipeline
from analytics.filling import speech
from analytics.filling.desks import Desks
from analytics.filling.played import Played

# Twilio's SIDs are in lower case: nobody can take these for real calls.
SID: Final = "CAF"
TABLES: Final = {
    "calls_call": (
        "id sid direction status mode from_number to_number agent_id customer_id queue_id"
        " treatment outcome trial also_seen_by created_at answered_at accepted_at ended_at"
        " answered_by channel_map disposition_id notes wrapped_up_at conference_sid"
        " stream_sid stream_two_way streams stream_token last_number"
    ),
    "calls_callevent": "call_id number name at data",
    "calls_presencespan": "user_id presence reason call_id began_at ended_at",
    "calls_utterance": "id call_id source item speaker start end text words",
    "copilot_suggestion": "call_id after_id kind text state created_at decided_at",
    "analytics_measures": (
        "call_id computed_at current thresholds result wait_time hold_time dead_air_time"
        " agent_talk_share"
    ),
    "analytics_qualityreport": (
        "call_id written_at current model transcript judged summary disposition went_well"
        " to_improve scores promises score needs_human failed"
    ),
    "analytics_step": "call_id name state attempts reason message finished_at claim",
    "analytics_calldocument": (
        "call_id stale created_at trial direction outcome agent_id queue_id disposition_id"
        " conclusion score needs_human duration wait_time handle_time hold_time"
        " dead_air_time longest_dead_air agent_talk_share attended led"
        " turns_with_suggestion turns_with_suggestion_used words"
    ),
}
_MAP: Final = '{"1": "caller", "2": "agent"}'
_EMPTY: Final = metrics.Result(metrics.Thresholds(), {}, {})
_THRESHOLDS: Final = json.dumps(_EMPTY.thresholds_as_json())
_RESULT: Final = _EMPTY.as_json()
# What the work after calls would begin with, if it found nothing done.
_STEPS_FOR: Final = timedelta(days=4)
_NULL: Final = r"\N"


@dataclass(frozen=True, slots=True)
class Known:
    """Ids of the rows that calls point to."""

    agents: Sequence[int]
    queues: Sequence[int]
    dispositions: Sequence[int]
    first_customer: int


class Lines:
    """Collects the lines of some calls; ids count on from the given ones."""

    def __init__(self, known: Known, *, call: int, utterance: int, now: Any) -> None:  # noqa: ANN401
        self._known = known
        self._call, self._utterance = call, utterance
        self._recent = now - _STEPS_FOR
        self._desks = Desks()
        self.of: dict[str, list[str]] = defaultdict(list)

    def taken(self) -> dict[str, list[str]]:
        """What was collected; from here on anew."""
        found, self.of = self.of, defaultdict(list)
        return found

    def add(self, call: Played) -> None:
        """One call in all tables."""
        pk = self._call
        self._call += 1
        at, ended = call.at.isoformat(), call.ended_at.isoformat()
        agent = None if call.agent is None else self._known.agents[call.agent]
        queue = self._known.queues[call.queue]
        chosen = None
        if call.disposition is not None:
            chosen = self._known.dispositions[call.disposition]
        direction = "inbound" if call.inbound else "outbound"
        answered = call.duration is not None
        ours, theirs = "+15550100000", f"+1999{call.customer:07}"
        attended = call.wait is not None and agent is not None
        spoken = attended or call.led
        self._line(
            "calls_call",
            pk,
            f"{SID}{pk:031x}",
            direction,
            "completed" if answered else "no-answer",
            "auto" if call.led and agent is None else "human",
            theirs if call.inbound else ours,
            ours if call.inbound else theirs,
            agent,
            self._known.first_customer + call.customer,
            queue,
            "conference",
            call.outcome,
            "f",
            "{}",
            at,
            at if answered else None,
            at if spoken else None,
            ended,
            "",
            _MAP,
            chosen,
            "",
            ended if chosen else None,
            "",
            "",
            "f",
            0,
            "filled",
            1 if attended else 0,
        )
        if attended:
            joined = (call.at + timedelta(seconds=call.wait or 0.0)).isoformat()
            self._line("calls_callevent", pk, 1, "agent.joined", joined, "{}")
        self._desk(pk, call, agent)
        if call.said:
            self._said(pk, call, ended)
        if answered:
            self._measures(pk, call, ended)
        if call.score is not None:
            self._report(pk, call, ended)
        if call.at > self._recent:
            for name in pipeline.STEPS:
                self._line("analytics_step", pk, name, "done", 1, "", "", ended, 1)
        self._line(
            "analytics_calldocument",
            pk,
            "f",
            at,
            "f",
            direction,
            call.outcome,
            agent,
            queue,
            chosen,
            call.result,
            call.score,
            "t" if call.needs_human else "f",
            call.duration,
            call.wait,
            call.handle_time,
            call.hold,
            call.dead_air,
            call.longest,
            call.talk_share,
            "t" if attended else "f",
            "t" if call.led else "f",
            call.suggested,
            call.used,
            speech.vector(call.said),
        )

    def _line(self, table: str, *values: Any) -> None:
        text = "\t".join([_NULL if value is None else str(value) for value in values])
        self.of[table].append(f"{text}\n")

    def _desk(self, pk: int, call: Played, agent: int | None) -> None:
        for presence, began, ended_at in self._desks.spans(call):
            self._line(
                *("calls_presencespan", agent, presence, ""),
                None if presence == "available" else pk,
                *(began.isoformat(), ended_at.isoformat()),
            )

    def _said(self, pk: int, call: Played, ended: str) -> None:
        lines = self.of["calls_utterance"]
        # An assistant that hands over has led the first half.
        led_until = 0
        if call.led:
            led_until = len(call.said) // (1 if call.agent is None else 2)
        pace = ((call.duration or 0.0) - (call.wait or 0.0)) / len(call.said)
        second, first = call.wait or 0.0, self._utterance
        for number, (by_caller, sentence) in enumerate(call.said):
            us = "assistant" if number < led_until else "agent"
            who = "caller" if by_caller else us
            lines.append(
                f"{self._utterance}\t{pk}\tfinal\t{self._utterance - first}\t{who}"
                f"\t{second:.2f}\t{second + 0.8 * pace:.2f}\t{sentence.text}\t[]\n"
            )
            self._utterance += 1
            second += pace
        for number in range(call.suggested):
            state = "used" if number < call.used else "withdrawn"
            after = first + 2 * number
            self._line(
                *("copilot_suggestion", pk, after, "reply"),
                *("Let me look that up for you.", state, ended, ended),
            )

    def _measures(self, pk: int, call: Played, ended: str) -> None:
        share = None
        if call.talk_share is not None:
            share = {"agent": call.talk_share, "caller": 1 - call.talk_share}
        figures = {
            **dict.fromkeys(
                (*metrics.FROM_EVENTS, *metrics.FROM_SOUND, *metrics.FROM_SPEAKERS)
            ),
            "duration": call.duration,
            "wait_time": call.wait,
            "hold_time": call.hold,
            "wrap_up_time": call.wrap_up,
            "handle_time": call.handle_time,
            "dead_air_time": call.dead_air,
            "longest_dead_air": call.longest,
            "talk_share": share,
        }
        missing = [name for name, value in figures.items() if value is None]
        reasons = dict.fromkeys(missing, metrics.NO_RECORDING)
        result = json.dumps(_RESULT | {"figures": figures, "reasons": reasons})
        self._line(
            *("analytics_measures", pk, ended, "t", _THRESHOLDS, result),
            *(call.wait, call.hold, call.dead_air, call.talk_share),
        )

    def _report(self, pk: int, call: Played, ended: str) -> None:
        judged = "assistant" if call.agent is None else "agent"
        self._line(
            *("analytics_qualityreport", pk, ended, "t", "played", "final", judged),
            *("The caller asked about an order.", call.result, "[]", "[]", "[]", "[]"),
            *(call.score, 2 if call.needs_human else 0, "f"),
        )


def names(table: str) -> list[str]:
    """The columns in the order of a line."""
    return TABLES[table].split()


def customers(first: int, number: int, created: str) -> Iterable[str]:
    """Lines of `calls_customer`: id, number, name, notes, do_not_call, created_at."""
    for n in range(number):
        yield f"{first + n}\t+1999{n:07}\tCustomer {n}\t\tf\t{created}\n"
