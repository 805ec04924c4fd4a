"""Vendors that fail in mid-call and afterwards: the call goes on, the desk says what is missing, and it comes back.

All of it happens while Twilio sends every callback twice and some in the wrong order.
"""

import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from analytics.models import Measures, QualityReport, Step
from calls.models import Call, CallEvent, Recording, User, Utterance, WebhookDelivery
from tests.stack import conversations, doors
from tests.stack.conftest import Stack, eventually, history, settle

REALTIME = "/v1/realtime"
RESPONSES = "/v1/responses"
REST = "/2010-04-01/"


class Confusion:
    """While it is on, callbacks come twice, and now and then one is overtaken by others."""

    def __init__(self, stack: Stack) -> None:
        self.over = threading.Event()
        self._on = False
        self._lock = threading.Lock()
        self._stack = stack

    def begin(self) -> None:
        self._on = True

    def end(self) -> None:
        """From here on each callback is as it should be."""
        with self._lock:
            self._on = False
            self._stack.mend_vendors()

    def run(self) -> None:
        """Keep one overtaking in store, for if all of them wait none is overtaken."""
        while not self.over.wait(0.3):
            with self._lock:
                if self._on:
                    self._confuse()

    def _confuse(self) -> None:
        faults = self._stack.control("GET", "/_sim/faults")["faults"]
        for kind, count in (("duplicate", 8), ("reorder", 1)):
            if all(each["kind"] != kind for each in faults):
                self._stack.break_vendor(vendor="twilio", kind=kind, count=count)


@pytest.fixture(scope="module")
def confusion(stack: Stack) -> Iterator[Confusion]:
    confusion = Confusion(stack)
    thread = threading.Thread(target=confusion.run, daemon=True)
    thread.start()
    yield confusion
    confusion.over.set()
    thread.join()
    confusion.end()


@pytest.fixture(scope="module")
def whole(stack: Stack, confusion: Confusion) -> str:
    """A call whose callbacks are confused from ring to end."""
    confusion.begin()
    sid = stack.ring(scenario="long_hold", colleague=True)
    conversations.talking(stack, sid)
    return sid


@pytest.fixture(scope="module")
def first(stack: Stack, confusion: Confusion, whole: str) -> str:
    """A call whose beginning is undisturbed."""
    confusion.end()
    sid = stack.ring(scenario="happy_support", colleague=True)
    conversations.talking(stack, sid)
    confusion.begin()
    return sid


@pytest.fixture(scope="module")
def second(stack: Stack, first: str) -> str:
    """Another one, which has just begun to ring."""
    return stack.ring(scenario="angry_caller", colleague=True)


@pytest.fixture(scope="module")
def sam(stack: Stack, whole: str) -> Iterator[doors.Desk]:
    """A supervisor's desk, which is told everything."""
    with doors.open_desk(stack, User.objects.get(username="supervisor")) as desk:
        yield desk


def troubles(desk: doors.Desk, sid: str, part: str) -> list[str]:
    """What the desk was told about this part, in order."""
    return [
        message["name"]
        for message in list(desk.messages)
        if message.get("sid") == sid
        and str(message.get("name")).startswith("trouble.")
        and message["data"]["part"] == part
    ]


def lost(desk: doors.Desk, sid: str, part: str) -> None:
    eventually(
        lambda: troubles(desk, sid, part)[-1:] == ["trouble.started"],
        seconds=15,
        what=f"the desk says that {part} is missing",
        instead=lambda: (troubles(desk, sid, part), history(sid)),
    )


def back(desk: doors.Desk, sid: str, part: str) -> None:
    eventually(
        lambda: troubles(desk, sid, part)[-1:] == ["trouble.ended"],
        seconds=20,
        what=f"{part} comes back",
        instead=lambda: (troubles(desk, sid, part), history(sid)),
    )


def test_transcription_that_is_cut_and_refused_loses_no_word(stack, sam, first):
    eventually(
        lambda: conversations.is_speaking(stack, first), seconds=10, what="a voice"
    )
    stack.break_vendor(vendor="openai", kind="500", path=REALTIME)
    stack.break_vendor(vendor="openai", kind="drop", path=REALTIME, count=1)
    lost(sam, first, "transcription")
    before = len(conversations.said(stack, first))
    eventually(
        lambda: len(conversations.said(stack, first)) > before,
        seconds=15,
        what="somebody speaks while nothing is written",
    )
    assert not conversations.is_written(first, conversations.said(stack, first))
    stack.mend_vendors()
    back(sam, first, "transcription")
    conversations.check_all_is_written(stack, first)
    assert Call.objects.get(sid=first).status == "in-progress"


def test_suggestions_that_fail_are_said_to_be_missing_and_come_back(
    stack, sam, first, second
):
    stack.break_vendor(vendor="openai", kind="500", path=RESPONSES)
    lost(sam, first, "suggestions")
    stack.mend_vendors()
    back(sam, first, "suggestions")
    conversations.check_all_is_written(stack, first)


def test_a_desk_that_is_opened_in_mid_call_shows_what_events_have_told(
    stack, sam, first
):
    with doors.open_desk(stack, User.objects.get(username="supervisor")) as reloaded:
        shown = doors.on_the_screen([reloaded.snapshot()])[first]
    eventually(
        lambda: any(
            m.get("sid") == first and m.get("number", 0) >= shown["number"]
            for m in list(sam.messages)
        ),
        seconds=10,
        what="the event of that number",
    )
    told = doors.on_the_screen(
        [
            message
            for message in list(sam.messages)
            if message["type"] == "snapshot"
            or (
                message["type"] == "event"
                and message["sid"] == first
                and message["number"] <= shown["number"]
            )
        ]
    )[first]
    assert shown["utterances"]
    assert essence(shown) == essence(told)


def essence(call: dict[str, Any]) -> dict[str, Any]:
    """A call as the screen shows it, without what only those saw who were there."""
    seen = dict(call)
    for name in ("created_at", "marks", "partials", "steps"):
        del seen[name]
    open_ones = [
        (one["id"], one["text"], one["state"])
        for one in seen.pop("suggestions")
        if one["state"] in ("offered", "used", "writing")
    ]
    return seen | {"suggestions": open_ones[-3:]}


def test_a_stream_that_is_cut_is_opened_again(stack, sam, second):
    call = conversations.talking(stack, second)
    assert call.streams == 1
    assert stack.control("POST", "/_sim/twilio/drop")["dropped"] >= 1
    lost(sam, second, "transcription")
    back(sam, second, "transcription")
    assert Call.objects.get(sid=second).streams == 2
    heard_again = stack.performance(second)["duration"] + 0.5

    def new_line() -> dict[str, Any] | None:
        lines = conversations.said(stack, second)
        return next((line for line in lines if line["start"] > heard_again), None)

    line = eventually(new_line, seconds=25, what="a line after the cut")
    live = Utterance.objects.filter(call__sid=second, source="live")
    wanted = conversations.normalised(line["text"])
    row = eventually(
        lambda: next(
            (one for one in live.all() if conversations.normalised(one.text) in wanted),
            None,
        ),
        seconds=8,
        what="the words of that line",
    )
    assert row.start == pytest.approx(line["start"], abs=0.5)
    assert Call.objects.get(sid=second).status == "in-progress"


def test_a_telephone_service_that_is_away_refuses_and_changes_nothing(
    stack, sam, second
):
    call = conversations.talking(stack, second)
    with doors.open_desk(stack, call.agent) as desk:
        stack.break_vendor(vendor="twilio", kind="500", path=REST)
        before = Call.objects.get(sid=second).last_number
        for name in ("hold", "end"):
            answer = desk.command(name, second)
            assert answer["error"]["code"] == "telephone_unavailable"
            assert "try again" in answer["error"]["message"]
        now = Call.objects.get(sid=second)
        assert (now.held_at, now.status) == (None, "in-progress")
        later = CallEvent.objects.filter(call=now, number__gt=before)
        assert not later.filter(name__in=("hold.started", "call.ended")).exists()
        stack.mend_vendors()
        assert desk.command("hold", second)["ok"]
        eventually(
            lambda: Call.objects.get(sid=second).held_at, seconds=10, what="the hold"
        )
        assert desk.command("end", second)["ok"]
    assert conversations.ended(second).status == "completed"


def test_callbacks_twice_and_in_the_wrong_order_change_nothing(stack, whole):
    """Also, its live stream was cut with all others; what follows must not show it."""
    call = conversations.ended(whole)
    settle(call)
    truth = stack.performance(whole)
    assert (call.status, call.held_at) == ("completed", None)
    names = list(CallEvent.objects.filter(call=call).values_list("name", flat=True))
    assert names[:3] == ["call.created", "call.status", "call.queued"]
    for name in ("call.accepted", "call.ended", "agent.joined"):
        assert names.count(name) == 1, name
    assert names.count("hold.started") == names.count("hold.ended") == 1
    assert names.index("hold.started") < names.index("hold.ended")
    assert Recording.objects.get(call=call).status == "completed"
    result = Measures.objects.filter(call=call).latest("id").result["figures"]
    assert result["hold_time"] == pytest.approx(truth["hold_time"], abs=2.5)
    assert result["hold_count"] == truth["hold_count"]
    final = Utterance.objects.filter(call=call, source="final")
    assert conversations.by_speaker([(one.speaker, one.text) for one in final]) == (
        conversations.by_speaker(
            [(line["speaker"], line["text"]) for line in truth["utterances"]]
        )
    )


def test_callbacks_were_really_held_back_until_others_had_passed(whole):
    """The twin of the test before: without disorder that one proves nothing."""
    late = [
        (delivery.received_at - parsedate_to_datetime(at)).total_seconds()
        for delivery in WebhookDelivery.objects.filter(
            call__sid=whole, kind__in=("conference-status", "call-status")
        )
        if (at := delivery.payload.get("Timestamp"))
    ]
    # Twilio's times are whole seconds.
    assert max(late) > 2.0


# After the call.


@pytest.fixture(scope="module")
def again(stack: Stack) -> Iterator[Any]:
    """Presses "run again" on a call's page, as a supervisor."""
    browser = requests.Session()
    browser.cookies.update(doors.cookie_of(User.objects.get(username="supervisor")))

    def press(sid: str, step: str) -> None:
        page = browser.get(f"{stack.web}/calls/{sid}/", timeout=10)
        assert page.status_code == 200
        answer = browser.post(
            f"{stack.web}/calls/{sid}/steps/{step}",
            headers={
                "X-CSRFToken": browser.cookies["csrftoken"],
                "Referer": f"{stack.web}/calls/{sid}/",
            },
            allow_redirects=False,
            timeout=10,
        )
        assert answer.status_code == 302, answer.text

    return press


def step(sid: str, name: str) -> Step:
    return Step.objects.get(call__sid=sid, name=name)


def states(sid: str) -> dict[str, str]:
    return dict(Step.objects.filter(call__sid=sid).values_list("name", "state"))


def test_a_transcription_service_that_is_away_is_asked_again(stack, whole, again):
    call = conversations.ended(whole)
    settle(call)
    stack.break_vendor(vendor="assemblyai", kind="500")
    again(whole, "transcribe")
    tried = eventually(
        lambda: next(
            (
                one
                for one in [step(whole, "transcribe")]
                if one.state == "waiting" and one.reason and one.not_before
            ),
            None,
        ),
        seconds=30,
        what="a failed attempt",
    )
    assert (tried.attempts, tried.reason) == (1, "500")
    stack.mend_vendors()
    settle(call)
    assert step(whole, "transcribe").attempts == 2
    assert set(states(whole).values()) == {"done"}


def test_a_refused_transcript_is_a_visible_row_and_can_be_run_again(
    stack, whole, again
):
    call = conversations.ended(whole)
    stack.break_vendor(vendor="assemblyai", kind="error", count=1)
    again(whole, "transcribe")
    settle(call)
    assert step(whole, "transcribe").reason == "transcription_failed"
    # What was hidden by the older transcript stays hidden.
    expected = {"fetch": "done", "transcribe": "failed", "redact": "done"}
    expected |= {"measure": "done"}
    assert states(whole) == expected | {"judge": "done", "follow_up": "done"}
    again(whole, "transcribe")
    settle(call)
    assert set(states(whole).values()) == {"done"}


def test_a_model_that_refuses_fails_its_step_alone(stack, whole, again):
    call = conversations.ended(whole)
    written = QualityReport.objects.filter(call=call).exclude(model="")
    reports = written.count()
    stack.break_vendor(vendor="openai", kind="refuse", path=RESPONSES)
    again(whole, "judge")
    settle(call)
    judge = step(whole, "judge")
    assert (judge.state, judge.reason) == ("failed", "refusal")
    assert states(whole)["measure"] == "done"
    assert written.count() == reports


def test_a_model_that_talks_nonsense_is_asked_later(stack, whole, again):
    call = conversations.ended(whole)
    stack.break_vendor(vendor="openai", kind="garbage", path=RESPONSES)
    again(whole, "judge")
    eventually(
        lambda: step(whole, "judge").reason == "garbled",
        seconds=20,
        what="an answer that is not understood",
    )
    assert step(whole, "judge").state == "waiting"
    assert states(whole)["measure"] == "done"
    stack.mend_vendors()
    again(whole, "judge")
    settle(call)
    assert states(whole)["judge"] == "done"


def test_invented_quotes_need_a_human(stack, whole, again):
    call = conversations.ended(whole)
    stack.break_vendor(vendor="openai", kind="fabricate", path=RESPONSES, count=1)
    again(whole, "judge")
    settle(call)
    report = QualityReport.objects.get(call=call, current=True)
    doubtful = report.answers.exclude(doubt="")
    assert report.needs_human == doubtful.count() > 0
    quotes = [quote for answer in report.answers.all() for quote in answer.quotes]
    assert all(quote["start"] is None for quote in quotes)
