"""Each step against the vendors as the simulators play them: real files, real sockets."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from analytics import facts, reasons, reviewing, services, tasks
from analytics.models import (
    CallDocument,
    Contest,
    Measures,
    QualityReport,
    Scorecard,
    Step,
    Transcript,
)
from analytics.tests.conftest import default_card, happened, heard, led, sound
from audio import activity
from calls.models import Recording, Utterance

pytestmark = pytest.mark.django_db
# Words that the played recogniser knows, since the played vendor has said them.
HELLO = "Hello, where is my lamp? I have waited for a week."
MOMENT = "Good morning. One moment please, let me check that for you."
FOUND = "Thank you for waiting. It will be with you on Friday, goodbye."
OVER = "Thank you very much, goodbye."


def do(call, name):
    """The step's work, and the step afterwards."""
    step = begun(call, name)
    tasks.run_step(step.pk)
    step.refresh_from_db()
    return step


def begun(call, name):
    """The step, with all before it out of the way and its waiting cut short."""
    services.advance(call_id=call.pk)
    for step in call.steps.in_order():
        if step.name == name:
            break
        Step.objects.filter(pk=step.pk, state="waiting").update(state="done")
    Step.objects.filter(pk=step.pk).update(not_before=timezone.now())
    return step


def until_settled(call, name):
    for _ in range(100):
        step = do(call, name)
        if step.state in {"done", "failed"}:
            return step
        threading.Event().wait(0.05)
    pytest.fail(f"{name} is not settled: {step.state} {step.reason}")


# Fetching


class Shelf(BaseHTTPRequestHandler):
    """Gives out one recording, to those who know the account's key, as Twilio does."""

    answer = b""
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.headers["Authorization"] else 401)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def shelf(vendors, recording, settings) -> Iterator[type[Shelf]]:
    class Own(Shelf):
        answer = sound(np.zeros(8000, np.int16), np.ones(8000, np.int16))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.TWILIO_API_URL = f"http://127.0.0.1:{server.server_port}"
    recording.url = f"{settings.TWILIO_API_URL}/2010-04-01/Accounts/AC/Recordings/RE"
    recording.save()
    yield Own
    server.shutdown()
    server.server_close()


def test_a_recording_is_brought_home(call, recording, shelf):
    assert do(call, "fetch").state == "done"
    recording.refresh_from_db()
    with recording.file.open("rb") as kept:
        assert kept.read() == shelf.answer
    assert (recording.channels, recording.duration) == (2, 1.0)


def test_fetching_again_leaves_one_file(
    call, recording, shelf, sam, django_capture_on_commit_callbacks
):
    step = do(call, "fetch")
    services.run_again(step=step, by=sam)
    with django_capture_on_commit_callbacks(execute=True):
        assert do(call, "fetch").state == "done"
    recording.refresh_from_db()
    folder, name = recording.file.name.rsplit("/", 1)
    assert recording.file.storage.listdir(folder)[1] == [name]


def test_a_recording_that_is_not_there_yet_is_asked_for_again(call, shelf):
    shelf.status = 404
    step = do(call, "fetch")
    assert (step.state, step.reason) == ("waiting", "404")


def test_what_is_no_sound_is_not_kept(call, recording, shelf):
    shelf.answer = b"<html>Sorry</html>"
    assert do(call, "fetch").reason == reasons.UNREADABLE
    recording.refresh_from_db()
    assert not recording.file


def test_a_recording_elsewhere_is_not_fetched_with_our_key(call, recording, shelf):
    recording.url = "https://example.org/recording"
    recording.save()
    assert do(call, "fetch").reason == "foreign_host"


def test_a_call_without_a_recording_has_nothing_to_fetch(call):
    Recording.objects.create(call=call, sid="RE1", status="absent")
    step = do(call, "fetch")
    assert (step.state, step.reason) == ("done", reasons.NO_RECORDING)


def test_a_recording_that_was_never_announced_is_a_failure(call):
    step = do(call, "fetch")
    assert (step.state, step.reason) == ("failed", reasons.RECORDING_MISSING)


# Transcribing, measuring, judging


@pytest.fixture
def kept(vendors, call, conversation):
    """Cleo asks at 5 s, Ada answers at 10 s, puts her on hold, and is back at 35 s."""
    happened(call, (20.0, "hold.started"), (30.0, "hold.ended"))
    return conversation(
        caller=[(5.0, HELLO), (45.0, OVER)], agent=[(10.0, MOMENT), (35.0, FOUND)]
    )


def test_a_recording_is_transcribed_by_speaker_and_time(call, kept):
    assert until_settled(call, "transcribe").state == "done"
    said = call.utterances.filter(source="final")
    assert [(each.speaker, round(each.start)) for each in said] == [
        ("caller", 5),
        ("agent", 10),
        ("agent", 35),
        ("caller", 45),
    ]
    assert said[0].words[0]["text"].strip(",") == "Hello"


def test_the_vendors_answer_is_kept(call, kept):
    until_settled(call, "transcribe")
    order = Transcript.objects.get()
    assert order.language.startswith("en")
    assert order.raw["status"] == "completed"
    assert order.completed_at


def test_the_live_transcript_is_held_against_the_final_one(call, kept):
    # Two of 39 words are missing.
    for number, (speaker, text) in enumerate(
        [
            ("caller", HELLO.replace("a week", "")),
            ("agent", f"{MOMENT} {FOUND}"),
            ("caller", OVER),
        ]
    ):
        Utterance.objects.create(
            call=call,
            source="live",
            item=number,
            speaker=speaker,
            start=number,
            end=number + 1,
            text=text,
        )
    until_settled(call, "transcribe")
    assert Transcript.objects.get().live_word_error_rate == round(2 / 39, 4)


def test_transcribing_orders_once_and_then_asks(call, kept):
    step = do(call, "transcribe")
    assert (step.state, step.reason) == ("running", reasons.WITH_VENDOR)
    do(call, "transcribe")
    assert Transcript.objects.count() == 1


def test_transcribing_again_replaces_the_words(call, kept, sam):
    step = until_settled(call, "transcribe")
    before = call.utterances.count()
    services.run_again(step=step, by=sam)
    until_settled(call, "transcribe")
    assert call.utterances.count() == before
    assert Transcript.objects.count() == 2


def test_a_vendor_that_is_away_is_asked_again_later(call, kept, vendors):
    vendors.fault("assemblyai", "500")
    step = do(call, "transcribe")
    assert step.state == "waiting"
    assert step.attempts == 1
    vendors.heal()
    assert until_settled(call, "transcribe").state == "done"


def test_measures_come_from_the_sound_the_events_and_the_words(call, kept):
    until_settled(call, "transcribe")
    assert do(call, "measure").state == "done"
    measures = Measures.objects.get()
    assert measures.hold_time == 10.0
    assert measures.wait_time == 2.0
    figures = measures.result["figures"]
    assert figures["talk_time"]["caller"] > 3.0
    assert figures["words_per_minute"]["agent"] > 60
    assert measures.agent_talk_share == figures["talk_share"]["agent"]
    # From Ada's "let me check" to the hold, from the hold to her return, and to Cleo.
    assert [each["announced"] for each in measures.result["dead_air"]] == [
        True,
        True,
        False,
    ]
    assert measures.result["dead_air"][0]["end"] == 20.0


def test_a_call_on_which_nobody_spoke_has_no_pace_for_that_reason(
    call, vendors, conversation
):
    conversation(caller=[], agent=[])
    step = until_settled(call, "transcribe")
    assert (step.state, step.reason) == ("done", reasons.NOTHING_SAID)
    do(call, "measure")
    reasons_given = Measures.objects.get().result["reasons"]
    assert reasons_given["words_per_minute"] == "no_speech"


@pytest.fixture
def led_call(vendors, call, conversation):
    """The assistant answers Cleo at 10 s, Ada takes over at 30 s and speaks from 35 s on."""
    call.events.all().delete()
    led(call, (1.0, "auto"), (30.0, "human"))
    happened(call, (31.0, "agent.joined"))
    heard(call, 10.0, 14.0, MOMENT, "assistant")
    return conversation(
        caller=[(5.0, HELLO), (45.0, OVER)], agent=[(10.0, MOMENT), (35.0, FOUND)]
    )


def test_the_words_of_the_assistant_and_the_agent_are_told_apart(call, led_call):
    until_settled(call, "transcribe")
    said = call.utterances.filter(source="final")
    assert [(each.speaker, round(each.start)) for each in said] == [
        ("caller", 5),
        ("assistant", 10),
        ("agent", 35),
        ("caller", 45),
    ]


def test_what_the_assistant_said_says_nothing_of_the_live_recognition(call, led_call):
    heard(call, 5.0, 8.0, HELLO, "caller")
    heard(call, 35.0, 39.0, FOUND, "agent")
    heard(call, 45.0, 47.0, OVER, "caller")
    call.utterances.filter(speaker="assistant").update(text="Something else")
    until_settled(call, "transcribe")
    assert Transcript.objects.get().live_word_error_rate == 0.0


def test_the_assistant_and_the_agent_are_measured_apart(call, led_call):
    until_settled(call, "transcribe")
    do(call, "measure")
    result = Measures.objects.get().result
    assert set(result["speech"]) == {"caller", "assistant", "agent"}
    assert result["figures"]["wait_time"] == 1.0
    assert result["figures"]["talk_time"]["assistant"] > 2.0
    assert result["figures"]["words_per_minute"]["assistant"] > 60
    # Until Ada speaks the assistant's words stand, which told Cleo to wait.
    silences = [(each["cause"], each["announced"]) for each in result["dead_air"]]
    assert silences == [("caller", True), ("caller", False)]


def test_a_call_of_the_assistant_alone_has_no_agent_to_measure(call, led_call):
    call.events.exclude(data__mode="auto").delete()
    do(call, "measure")
    measures = Measures.objects.get()
    assert set(measures.result["speech"]) == {"caller", "assistant"}
    assert measures.agent_talk_share is None


def test_measuring_with_another_threshold_keeps_the_old_result(
    call, kept, settings, sam
):
    step = do(call, "measure")
    settings.DEAD_AIR_SECONDS = 20.0
    services.run_again(step=step, by=sam)
    do(call, "measure")
    new, old = Measures.objects.all()
    assert (new.current, new.dead_air_time) == (True, 0.0)
    assert (old.current, old.thresholds["dead_air"]) == (False, 3.0)
    assert old.dead_air_time > 0


def test_without_a_recording_the_events_are_measured(call, vendors):
    assert do(call, "measure").state == "done"
    measures = Measures.objects.get()
    assert (measures.hold_time, measures.dead_air_time) == (0.0, None)
    assert measures.result["reasons"]["dead_air_time"] == "no_recording"


def test_a_report_answers_the_default_scorecard_with_true_quotes(call, kept):
    default_card()
    until_settled(call, "transcribe")
    do(call, "measure")
    assert do(call, "judge").state == "done"
    report = QualityReport.objects.get()
    assert report.summary
    assert report.transcript == "final"
    transcript = " ".join(each.text for each in facts.transcript(call))
    assert quoted(report)
    for quote in quoted(report):
        assert quote["text"] in transcript
        assert quote["start"] is not None
    assert (report.needs_human, report.score is None) == (0, False)
    sources = set(report.answers.values_list("question__source", flat=True))
    assert sources == {"model", "measure"}


def quoted(report):
    found = [quote for answer in report.answers.all() for quote in answer.quotes]
    return found + [quote for each in report.promises for quote in each["quotes"]]


# So many lies of each kind that a model tells: see the simulator's lies.
CONVERSATION = (
    ("agent", "Good morning, thank you for calling us. How can I help you?"),
    ("caller", "This is ridiculous, my lamp was broken when it came."),
    ("agent", "I am sorry about that. What is your order number, please?"),
    ("caller", "It is 44 17, and I want my money back."),
    ("agent", "One moment please, let me check that for you."),
    ("agent", "I will send you a new one by Friday, is that all right?"),
    ("caller", "Yes, that would be fine, thank you."),
    ("agent", "Is there anything else? Then have a nice day, goodbye."),
)


def test_whatever_a_model_fabricates_is_caught_and_counts_for_nothing(call, vendors):
    default_card()
    for number, (speaker, text) in enumerate(CONVERSATION):
        heard(call, 5.0 * number, 5.0 * number + 4, text, speaker)
    vendors.fault("openai", "fabricate")
    assert do(call, "judge").state == "done"
    report = QualityReport.objects.get()
    assert len(quoted(report)) >= 7
    assert all(quote["start"] is None for quote in quoted(report))
    kinds = {quote["fault"] for quote in quoted(report)}
    assert kinds == {"quote_not_found", "wrong_speaker", "wrong_time"}
    lied = report.answers.exclude(quotes=[])
    assert not lied.filter(counts=True).exists()
    assert report.needs_human == report.answers.exclude(doubt="").count()
    assert all(promise["doubt"] for promise in report.promises)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("refuse", "refusal"), ("garbage", "garbled"), ("incomplete", "incomplete")],
)
def test_without_the_model_what_is_measured_is_there_and_the_rest_comes_later(
    call, kept, vendors, sam, fault, reason
):
    default_card()
    do(call, "measure")
    heard(call, 5.0, 9.0, HELLO, "caller")
    heard(call, 10.0, 14.0, MOMENT, "agent")
    vendors.fault("openai", fault)
    step = do(call, "judge")
    assert step.reason == reason
    report = QualityReport.objects.get(current=True)
    silence = report.answers.get(question__key="dead-air")
    assert (report.model, report.score, silence.counts) == ("", None, True)
    vendors.heal()
    services.run_again(step=step, by=sam)
    do(call, "judge")
    report = QualityReport.objects.get(current=True)
    assert (report.model != "", report.score is None) == (True, False)


def test_what_people_wrote_stands_when_a_call_is_judged_again(call, vendors, sam, ada):
    default_card()
    for number, (speaker, text) in enumerate(CONVERSATION):
        heard(call, 5.0 * number, 5.0 * number + 4, text, speaker)
    step = do(call, "judge")
    before = QualityReport.objects.get(current=True)
    greeting = before.answers.get(question__key="greeting")
    reviewing.correct(answer=greeting, value="no", why="Too quick.", by=sam)
    reviewing.contest(
        answer=before.answers.get(question__key="closing"), reason="I did.", by=ada
    )
    reviewing.rewrite(
        report=before, by=ada, summary="Mine.", disposition="other", promises=[]
    )
    services.run_again(step=step, by=sam)
    do(call, "judge")
    report = QualityReport.objects.get(current=True)
    assert report != before
    assert (report.summary, report.disposition, report.promises) == (
        "Mine.",
        "other",
        [],
    )
    kept = report.answers.get(question__key="greeting")
    assert (kept.given, kept.final, kept.corrections.count()) == ("yes", "no", 1)
    assert report.answers.get(question__key="closing").contests.count() == 1


def test_an_objection_to_what_is_no_longer_asked_is_closed_with_a_reason(
    call, vendors, client, sam, ada
):
    default_card()
    for number, (speaker, text) in enumerate(CONVERSATION):
        heard(call, 5.0 * number, 5.0 * number + 4, text, speaker)
    step = do(call, "judge")
    closing = QualityReport.objects.get().answers.get(question__key="closing")
    reviewing.contest(answer=closing, reason="I did.", by=ada)
    Scorecard.objects.update(default=False)
    services.run_again(step=step, by=sam)
    do(call, "judge")
    contest = Contest.objects.get()
    assert (contest.state, contest.answered_by) == ("lapsed", None)
    client.force_login(ada)
    page = client.get(reverse("call", args=[call.sid])).content.decode()
    assert "I did." in page
    assert "no longer asked as it was" in page


def test_of_words_that_are_gone_no_report_stays_and_what_people_wrote_comes_back(
    call, vendors, sam
):
    default_card()
    for number, (speaker, text) in enumerate(CONVERSATION):
        heard(call, 5.0 * number, 5.0 * number + 4, text, speaker)
    step = do(call, "judge")
    report = QualityReport.objects.get(current=True)
    reviewing.rewrite(
        report=report, by=sam, summary="Mine.", disposition="other", promises=[]
    )
    callers = call.utterances.filter(speaker="caller")
    callers.update(speaker="agent")
    services.run_again(step=step, by=sam)
    assert do(call, "judge").reason == reasons.NO_CONVERSATION
    assert not QualityReport.objects.filter(current=True).exists()
    assert CallDocument.objects.get().stale
    call.utterances.filter(start=0.0).update(speaker="caller")
    services.run_again(step=step, by=sam)
    do(call, "judge")
    assert QualityReport.objects.get(current=True).summary == "Mine."


def test_a_report_on_a_call_of_the_assistant_alone_is_about_the_assistant(
    call, led_call
):
    call.events.exclude(data__mode="auto").delete()
    until_settled(call, "transcribe")
    assert do(call, "judge").state == "done"
    report = QualityReport.objects.get()
    assert report.judged == "assistant"
    assert {quote["speaker"] for quote in quoted(report)} <= {"caller", "assistant"}


def test_without_a_final_transcript_the_live_one_is_judged(call, vendors):
    for number, (speaker, text) in enumerate([("caller", HELLO), ("agent", FOUND)]):
        Utterance.objects.create(
            call=call,
            source="live",
            item=number,
            speaker=speaker,
            start=5.0 + number,
            end=5.5 + number,
            text=text,
        )
    assert do(call, "judge").state == "done"
    assert QualityReport.objects.get().transcript == "live"


def test_a_caller_who_hung_up_while_waiting_gets_no_report_but_a_reason(call, vendors):
    call.events.all().delete()
    step = do(call, "judge")
    assert (step.state, step.reason) == ("done", reasons.NO_CONVERSATION)
    assert not QualityReport.objects.exists()


def test_a_model_that_is_away_leaves_a_reason(call, kept, vendors):
    until_settled(call, "transcribe")
    vendors.fault("openai", "500")
    step = do(call, "judge")
    assert (step.state, step.reason) == ("waiting", "500")


def test_a_fault_of_ours_is_raised_and_shown(call, recording):
    # Nobody can work on a map like this.
    recording.channel_map = {"left": "caller"}
    recording.file = "there.wav"
    recording.save()
    with pytest.raises(ValueError, match="left"):
        do(call, "measure")
    step = Step.objects.get(name="measure")
    assert (step.state, step.reason) == ("waiting", reasons.UNEXPECTED)


def test_a_step_that_is_done_is_not_done_twice(call, vendors):
    step = do(call, "measure")
    tasks.run_step(step.pk)
    assert Measures.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", reasons.UNREADABLE),
        (b"<html>Sorry</html>", reasons.UNREADABLE),
        (sound(np.ones(8000, np.int16))[:4000], reasons.CUT_SHORT),
        (sound(np.zeros(0, np.int16)), reasons.EMPTY),
        (sound(*[np.ones(800, np.int16)] * 3), reasons.ODD_SOUND),
    ],
)
def test_of_a_bad_file_the_events_are_measured_and_the_reason_is_told(
    call, recording, content, why
):
    recording.file.save("bad.wav", ContentFile(content))
    step = do(call, "measure")
    assert (step.state, step.reason) == ("done", why)
    result = Measures.objects.get().result
    assert result["figures"]["hold_time"] == 0.0
    assert result["reasons"]["dead_air_time"] == why
    assert reasons.text(why) != why


def test_of_a_file_that_is_gone_the_events_are_measured(call, recording):
    recording.file = "gone.wav"
    recording.save()
    assert do(call, "measure").reason == reasons.FILE_LOST
    assert Measures.objects.get().wait_time == 2.0


def test_a_recording_that_was_cut_short_on_its_way_is_fetched_again(
    call, recording, shelf
):
    whole = shelf.answer
    shelf.answer = whole[:9000]
    step = do(call, "fetch")
    assert (step.state, step.reason) == ("waiting", reasons.CUT_SHORT)


def test_what_decided_is_stored_with_every_result(call, kept):
    do(call, "measure")
    stored = Measures.objects.get().thresholds
    assert stored["joined"] == activity.JOINED_BELOW
    assert stored.items() >= activity.LIMITS.items()
