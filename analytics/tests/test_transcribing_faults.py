"""Whatever AssemblyAI does, the step says since when it waits and why, and can be done again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics import mood, reasons, services, spoken
from analytics.models import Step, Transcript
from analytics.tests.test_work import HELLO, MOMENT, do, until_settled
from analytics.work import transcribe
from calls.models import Recording, WebhookDelivery
from vendors.assemblyai.transcript import read

pytestmark = pytest.mark.django_db
PATH = "/v2/transcript/"


@pytest.fixture
def kept(vendors, call, conversation):
    """Cleo asks at 5 s, Ada answers at 10 s."""
    return conversation(caller=[(5.0, HELLO)], agent=[(10.0, MOMENT)])


@pytest.fixture
def ordered(call, kept):
    """The vendor has it."""
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("running", reasons.WITH_VENDOR)
    return Transcript.objects.get()


def make_old(order, **ago):
    order.ordered_at = timezone.now() - timedelta(**ago)
    order.save()


def test_a_vendor_that_never_finishes_is_given_up_with_a_reason(
    call, ordered, vendors, sam
):
    vendors.fault("assemblyai", "stuck", path=PATH)
    make_old(ordered, hours=1)
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("running", reasons.WITH_VENDOR)
    assert step.message.startswith("Ordered at ")
    make_old(ordered, hours=4)
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("failed", reasons.TOO_LONG)
    vendors.heal()
    services.run_again(step=step, by=sam)
    assert until_settled(call, "transcribe").state == "done"
    assert Transcript.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("garbage", "could not be understood"), ("500", "500"), ("429", "too often")],
)
def test_a_vendor_in_trouble_is_waited_for_and_costs_no_attempt(
    call, ordered, vendors, kind, reason
):
    vendors.fault("assemblyai", kind, path=PATH, seconds=0.01)
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("running", reasons.WITH_VENDOR)
    assert reason in step.message
    assert step.attempts == 1
    assert step.not_before > timezone.now() + timedelta(seconds=50)
    vendors.heal()
    assert until_settled(call, "transcribe").state == "done"


def test_a_throttling_vendor_says_when_to_come_again(call, kept, vendors):
    vendors.fault("assemblyai", "429", seconds=300)
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("waiting", "429")
    assert step.not_before > timezone.now() + timedelta(seconds=290)


def test_a_vendor_that_is_away_too_long_is_given_up_and_asked_anew(
    call, ordered, vendors, sam
):
    vendors.fault("assemblyai", "500", path=PATH)
    make_old(ordered, hours=4)
    Step.objects.filter(name="transcribe").update(attempts=5)
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("failed", "500")
    vendors.heal()
    services.run_again(step=step, by=sam)
    assert until_settled(call, "transcribe").state == "done"
    assert Transcript.objects.count() == 2


def test_an_order_that_the_vendor_has_lost_is_placed_anew(call, ordered, sam):
    Transcript.objects.update(vendor_id="gone")
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("failed", "404")
    services.run_again(step=step, by=sam)
    assert until_settled(call, "transcribe").state == "done"


def test_a_job_in_error_leaves_the_vendor_s_words_for_why(call, kept, vendors, sam):
    vendors.fault("assemblyai", "error", count=1)
    step = until_settled(call, "transcribe")
    assert (step.state, step.reason) == ("failed", reasons.VENDOR_REFUSED)
    assert "alerted" in step.message
    assert do(call, "measure").state == "done"
    services.run_again(step=step, by=sam)
    assert until_settled(call, "transcribe").state == "done"


def test_an_answer_as_no_specification_has_it_is_read_all_the_same(call, kept, vendors):
    vendors.fault("assemblyai", "odd", path=PATH)
    assert until_settled(call, "transcribe").state == "done"
    said = list(call.utterances.filter(source="final"))
    assert [each.speaker for each in said] == ["caller", "agent"]
    assert all(0 <= each.start <= each.end <= 60 for each in said)
    assert set(mood.of(call).values()) <= {"positive", "neutral", "negative"}
    kinds = [each["kind"] for each in Transcript.objects.get().entities]
    assert "star_sign" in kinds
    assert do(call, "redact").state == "done"


def told_of(order):
    return WebhookDelivery.objects.create(
        kind=transcribe.WEBHOOK_KIND, key=f"{order.vendor_id}:completed", payload={}
    )


def test_a_message_that_comes_before_the_order_is_stored_is_not_lost(call, kept):
    began = timezone.now()
    order = Transcript(vendor_id="early", ordered_at=began)
    told_of(order)
    assert transcribe.later(order, since=began).is_ready()


def test_a_vendor_that_says_done_and_is_not_is_not_asked_without_end(
    call, ordered, vendors
):
    told_of(ordered)
    vendors.fault("assemblyai", "stuck", path=PATH)
    step = do(call, "transcribe")
    assert step.not_before > timezone.now() + timedelta(seconds=10)


def test_a_recording_that_never_came_has_its_reason_everywhere(call, vendors):
    Recording.objects.create(call=call, sid="RE1", status="completed", url="")
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("done", reasons.NOT_FETCHED)
    step = do(call, "redact")
    assert (step.state, step.reason) == ("done", reasons.NOT_FETCHED)


def test_words_of_nobody_known_are_said_to_be_that(call, kept):
    Recording.objects.update(channels=1)
    step = until_settled(call, "transcribe")
    assert (step.state, step.reason) == ("done", reasons.UNATTRIBUTED)


# Reading


def answered(**fields):
    return read({"id": "t", "status": "completed", **fields})


def test_one_channel_alone_is_heard():
    answer = answered(
        utterances=[{"channel": "1", "start": 0, "end": 900, "text": "So it is."}]
    )
    found = spoken.said(
        answer.utterances,
        {"1": "caller", "2": "agent"},
        spoken.Timing(offset=2.0, turns=[], holds=[], length=0.6),
    )
    assert [(each.speaker, each.text, each.start, each.end) for each in found] == [
        ("caller", "So it is.", 2.0, 2.6)
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"utterances": []},
        {"utterances": {}, "words": "x"},
        {"utterances": [{"channel": "1", "words": [], "text": ""}]},
        {"utterances": [None, 5], "words": [None, {"text": " "}]},
    ],
)
def test_an_answer_without_words_has_none(fields):
    assert answered(**fields).utterances == ()


def test_what_no_database_takes_is_left_out():
    answer = answered(
        text="a\0b\ud800", audio_duration=float("nan"), deep=[{"x": float("inf")}]
    )
    assert answer.raw["text"] == "ab?"
    assert answer.raw["audio_duration"] is None
    assert answer.raw["deep"] == [{"x": None}]
    assert answer.duration == 0.0


def test_a_very_long_utterance_is_read_whole():
    text = "word " * 50_000
    answer = answered(utterances=[{"channel": "1", "end": 9000, "text": text}])
    assert len(answer.utterances[0].words) == 50_000
