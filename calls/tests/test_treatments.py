"""What is done with callers whom nobody talks to, from the door of Twilio to the outcome."""

import itertools
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from calls import tasks, telephone
from calls.models import (
    Call,
    CallbackRequest,
    CallEvent,
    Customer,
    Dial,
    Line,
    Offer,
    OpeningHours,
    Queue,
    Recording,
    Voicemail,
)
from calls.services import (
    callbacks,
    lifecycle,
    presence,
    routing,
    treatments,
    voicemail,
)
from calls.services.refusals import Refused

pytestmark = pytest.mark.django_db

SID = "CA" + "1" * 32
OTHER = "CA" + "2" * 32
MESSAGE = "RE" + "6" * 32
LINE = "+15550100000"
CLEO = "+15550107788"


@pytest.fixture
def queue():
    return Queue.objects.create(name="Support", max_wait_seconds=60)


@pytest.fixture
def line(queue):
    return Line.objects.create(
        number=LINE,
        name="Main line",
        queue=queue,
        greeting="Good day.",
        consent="We record.",
        closed_message="We are closed.",
    )


@pytest.fixture
def closed(line):
    """The line's hours have no times: nobody is ever there."""
    line.opening_hours = OpeningHours.objects.create(name="Never")
    line.save()
    return line


@pytest.fixture
def ring(twilio):
    def ring(sid=SID, **changes):
        form = {"From": CLEO, "To": LINE, "Direction": "inbound"} | changes
        return ElementTree.fromstring(twilio("/voice", CallSid=sid, **form).content)

    return ring


@pytest.fixture
def end(twilio):
    def end(sid=SID, status="completed"):
        twilio("/call-status", CallSid=sid, CallStatus=status, SequenceNumber="9")
        return Call.objects.get(sid=sid)

    return end


@pytest.fixture
def message(twilio):
    """Twilio's two words on a message: the document's action, and the callback."""

    def message(path="/voicemail-left", seconds="4", sid=SID, **more):
        form = {"RecordingSid": MESSAGE, "RecordingDuration": seconds, **more}
        if path == "/voicemail-status":
            form = {"RecordingStatus": "completed"} | form
        return twilio(path, CallSid=sid, **form)

    return message


def said(document):
    return [element.text for element in document.iter("Say")]


def verbs(document):
    return [element.tag for element in document]


def names(call):
    return list(CallEvent.objects.filter(call=call).values_list("name", flat=True))


def event(name):
    return CallEvent.objects.filter(name=name).latest("pk").data


def wait(seconds, sid=SID):
    """The caller has waited so much longer."""
    call = Call.objects.get(sid=sid)
    since = call.waiting_since - timedelta(seconds=seconds)
    Call.objects.filter(pk=call.pk).update(waiting_since=since)
    return call


def recording_runs():
    call = Call.objects.get(sid=SID)
    Recording.objects.create(call=call, sid="RE" + "5" * 32, status="in-progress")


# The answer


def test_a_caller_hears_the_lines_own_words_and_waits_in_its_queue(ring, line, queue):
    document = ring()
    assert said(document) == ["Good day.", "We record."]
    assert document.find("./Dial/Conference") is not None
    call = Call.objects.get()
    assert (call.line, call.queue, call.customer.number) == (line, queue, CLEO)
    assert call.waiting_since is not None


def test_a_number_without_a_line_has_words_of_ours_and_rings_for_everybody(ring):
    document = ring(To="+15550109999")
    assert len(said(document)) == 2
    call = Call.objects.get()
    assert (call.line, call.queue) == (None, None)
    assert call.waiting_since is not None


def test_a_repeated_request_changes_nothing(ring, line):
    first = ring()
    events = names(Call.objects.get())
    assert ElementTree.tostring(ring()) == ElementTree.tostring(first)
    assert names(Call.objects.get()) == events


def test_what_was_said_is_not_said_again(ring, line):
    ring()
    recording_runs()
    assert said(ring()) == []


def test_who_loses_an_agent_is_asked_for_patience_and_not_welcomed_again(
    ring, line, ada
):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    routing.release_call(call=Call.objects.get())
    assert said(ring()) == ["One moment please, we are connecting you again."]


def test_english_texts_are_not_read_by_a_german_voice(ring, closed):
    Line.objects.update(language="de-DE", when_closed="goodbye")
    spoken = {say.text: say.get("language") for say in ring().iter("Say")}
    assert spoken["We are closed."] == "de-DE"
    assert spoken["Please call again later. Goodbye."] == "en-US"


# Out of hours


def test_out_of_hours_nobody_is_rung(ring, closed, queue):
    document = ring()
    assert said(document)[:3] == ["Good day.", "We record.", "We are closed."]
    assert document.find("Record") is not None
    call = Call.objects.get()
    assert (call.waiting_since, call.queue) == (None, queue)
    assert event("treatment.started") == {"treatment": "voicemail", "reason": "closed"}
    assert "call.queued" not in names(call)


def test_within_hours_somebody_is(ring, closed):
    weekday = timezone.now().weekday()
    closed.opening_hours.times.create(weekday=weekday, opens=time(0), closes=time(0))
    assert ring().find("Dial") is not None


def test_out_of_hours_the_line_may_say_goodbye(ring, end, closed):
    Line.objects.update(when_closed="goodbye")
    assert verbs(ring())[-2:] == ["Say", "Hangup"]
    assert end().outcome == "turned-away"


# Waiting


def test_who_waits_is_told_the_place_in_line(ring, twilio, line):
    for sid in (SID, OTHER):
        ring(sid=sid)
    url = f"/waiting?call={OTHER}"
    document = ElementTree.fromstring(twilio(url).content)
    assert said(document) == ["You are number 2 in line."]
    assert document.find("Play").text.endswith("/static/sounds/wait.wav")
    onward = urlsplit(document.find("Redirect").text)
    next_round = f"{onward.path}?{onward.query}"
    assert said(ElementTree.fromstring(twilio(next_round).content)) == []
    asked = parse_qs(onward.query)
    later = int(asked["said"][0]) - 31
    document = twilio(f"/waiting?call={SID}&said={later}").content
    assert said(ElementTree.fromstring(document)) == ["You are next in line."]


def test_a_queue_may_keep_it_to_itself_and_have_music_of_its_own(
    ring, twilio, line, queue
):
    music = "https://music.example/a.wav?b=1&c=2"
    Queue.objects.update(announce_position=False, wait_music=music)
    ring()
    document = ElementTree.fromstring(twilio(f"/waiting?call={SID}").content)
    assert (said(document), document.find("Play").text) == ([], music)


def a_round(twilio, query):
    """What is played, for how long it is quiet after it, and the question of the next round."""
    document = ElementTree.fromstring(twilio(f"/waiting?{query}").content)
    onward = urlsplit(document.find("Redirect").text).query
    return document.find("Play").text, document.find("Pause").get("length"), onward


def so_much_later(query, seconds):
    """The question as it is asked when the round took that long."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    return urlencode(asked | {"since": int(asked["since"]) - seconds})


def test_music_that_cannot_be_fetched_gives_way_to_ours(ring, twilio, line, queue):
    music = "https://music.example/gone.wav"
    Queue.objects.update(wait_music=music)
    ring()
    first, rest, onward = a_round(twilio, f"call={SID}")
    assert (first, rest) == (music, "1")
    second, rest, onward = a_round(twilio, onward)
    assert (second.endswith("/static/sounds/wait.wav"), rest) == (True, "1")
    third, rest, _ = a_round(twilio, so_much_later(onward, 30))
    assert (third, rest) == (second, "1")


def test_music_that_plays_goes_on_playing(ring, twilio, line, queue):
    music = "https://music.example/a.wav"
    Queue.objects.update(wait_music=music)
    ring()
    _, _, onward = a_round(twilio, f"call={SID}")
    for _ in range(3):
        played, rest, onward = a_round(twilio, so_much_later(onward, 30))
        assert (played, rest) == (music, "1")


def test_where_no_music_plays_at_all_we_are_rarely_asked(ring, twilio, line):
    ring()
    _, rest, onward = a_round(twilio, f"call={SID}")
    assert rest == "1"
    _, rest, onward = a_round(twilio, onward)
    assert rest == "10"
    _, rest, _ = a_round(twilio, so_much_later(onward, 30))
    assert rest == "1"


def test_who_is_talking_is_not_in_line(ring, twilio, line, ada):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    document = ElementTree.fromstring(twilio(f"/waiting?call={SID}").content)
    assert said(document) == []


@pytest.mark.parametrize(
    "query", ["", "?call=CAx", f"?call={SID}&said=x", f"?call={SID}&since=-1&music=y"]
)
def test_a_strange_question_gets_an_answer(twilio, query):
    assert twilio(f"/waiting{query}").status_code == 200


def test_who_hangs_up_while_waiting_has_abandoned_the_call(ring, end, line, ada):
    presence.desk_seen(user_id=ada.pk)
    presence.set_presence(user=ada, presence="available")
    Queue.objects.get().memberships.create(user=ada)
    ring()
    offer = Offer.objects.create(
        call=Call.objects.get(),
        agent=ada,
        offered_at=timezone.now(),
        until=timezone.now() + timedelta(seconds=15),
    )
    call = end()
    offer.refresh_from_db()
    assert (call.outcome, offer.outcome) == ("abandoned", "withdrawn")
    assert event("call.ended")["outcome"] == "abandoned"


# Nobody comes


def test_before_the_longest_wait_is_over_nothing_happens(ring, line):
    ring()
    assert not treatments.overflow(call=wait(30))
    assert Call.objects.get().treatment == "conference"


@pytest.mark.parametrize("fallback", ["voicemail", "callback", "goodbye"])
def test_after_the_longest_wait_the_queues_choice_is_done(ring, line, fallback):
    Queue.objects.update(fallback=fallback)
    ring()
    recording_runs()
    assert treatments.overflow(call=wait(61))
    assert not treatments.overflow(call=Call.objects.get())
    call = Call.objects.get()
    assert (call.treatment, call.waiting_since) == (fallback, None)
    assert event("treatment.started") == {"treatment": fallback, "reason": "overflow"}
    assert said(ring())[0] == "We are sorry, nobody is free to take your call."


def test_a_document_that_twilio_did_not_come_for_is_missed_until_it_comes(ring, line):
    ring()
    treatments.overflow(call=wait(61))
    soon = timezone.now() + treatments.DOCUMENT_PATIENCE
    assert Call.objects.unfetched(by=soon).exists()
    assert not Call.objects.unfetched(by=timezone.now()).exists()
    ring()
    assert not Call.objects.unfetched(by=soon).exists()


def test_nobody_can_take_a_call_that_is_leaving_a_message(ring, line, ada):
    ring()
    treatments.overflow(call=wait(61))
    with pytest.raises(Refused) as refused:
        routing.accept_call(sid=SID, agent=ada)
    assert refused.value.code == "not_waiting"


def test_who_was_taken_in_the_meantime_is_left_alone(ring, line, ada):
    ring()
    call = wait(61)
    routing.accept_call(sid=SID, agent=ada)
    assert not treatments.overflow(call=call)


def test_a_call_goes_around_each_queue_once_and_then_to_voicemail(ring, line, queue):
    sales = Queue.objects.create(
        name="Sales", max_wait_seconds=60, fallback="queue", fallback_queue=queue
    )
    Queue.objects.filter(pk=queue.pk).update(fallback="queue", fallback_queue=sales)
    ring()
    assert not treatments.overflow(call=wait(61))
    call = Call.objects.get()
    assert (call.queue, call.treatment) == (sales, "conference")
    assert treatments.overflow(call=wait(61))
    assert Call.objects.get().treatment == "voicemail"


def test_a_call_of_a_line_without_queue_does_not_wait_for_ever(ring):
    ring(To="+15550109999")
    assert not treatments.overflow(call=wait(200))
    assert treatments.overflow(call=wait(200))
    assert Call.objects.get().treatment == "voicemail"


def test_whom_we_have_called_is_not_asked_for_a_message(ring, line, queue):
    ring(Direction="outbound-api", From=LINE, To=CLEO)
    assert treatments.overflow(call=wait(400))
    assert Call.objects.get().treatment == "goodbye"


# Voicemail


def test_a_message_is_kept_told_and_thanked_for(ring, end, message, closed):
    ring()
    document = ElementTree.fromstring(message().content)
    assert said(document)[-1] == "Thank you for your message. Goodbye."
    assert document[-1].tag == "Hangup"
    kept = Voicemail.objects.get()
    assert (kept.recording_sid, kept.duration) == (MESSAGE, 4.0)
    assert event("voicemail.left") == {"duration": 4.0}
    assert event("treatment.started")["treatment"] == "voicemail"
    assert end().outcome == "voicemail"
    # It is no recording of the call: that is another file, with both sides.
    assert not Recording.objects.exists()


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/voicemail-left", {"seconds": "0"}),
        ("/voicemail-status", {"seconds": "0"}),
        ("/voicemail-status", {"RecordingStatus": "absent"}),
        ("/voicemail-status", {"RecordingSid": ""}),
        ("/voicemail-status", {"seconds": "-3"}),
        ("/voicemail-status", {"seconds": "nan"}),
    ],
)
def test_silence_is_no_message(ring, end, message, closed, path, more):
    ring()
    message(path, **more)
    assert not Voicemail.objects.exists()
    assert end().outcome == "turned-away"


def test_after_an_empty_message_there_is_no_second_try(ring, message, closed):
    ring()
    document = ElementTree.fromstring(message(seconds="0").content)
    assert document.find("Record") is None
    assert document[-1].tag == "Hangup"


def test_the_message_begins_where_twilio_says(ring, message, closed):
    ring()
    zero = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    Call.objects.update(answered_at=zero)
    began = format_datetime(zero + timedelta(seconds=12))
    message()
    message("/voicemail-status", RecordingStartTime=began)
    assert Voicemail.objects.get().start == 12.0


def test_whatever_the_order_of_reports_the_end_is_the_same(
    ring, twilio, message, closed
):
    """Hanging up in mid-message: its action, its callback and the call's end race."""
    reports = {
        "left": message,
        "status": lambda: message("/voicemail-status"),
        "ended": lambda: twilio("/call-status", CallSid=SID, CallStatus="completed"),
    }
    orders = sorted(itertools.permutations([*reports, "status", "ended"]))
    for order in orders[::6]:
        Call.objects.all().delete()
        ring()
        for report in order:
            reports[report]()
        call = Call.objects.get()
        assert (call.status, call.outcome) == ("completed", "voicemail"), order
        assert names(call).count("voicemail.left") == 1
        assert Voicemail.objects.count() == 1


@pytest.fixture
def adas(ring, message, closed, queue, ada):
    """A message for Ada's queue."""
    ring()
    message()
    queue.memberships.create(user=ada)


def test_a_message_is_done_with_once_and_by_those_it_is_for(adas, ada, ben, sam):
    kept = Voicemail.objects.get()
    with pytest.raises(Refused):
        voicemail.handle(voicemail_id=kept.pk, by=ben)
    voicemail.handle(voicemail_id=kept.pk, by=ada)
    assert voicemail.handle(voicemail_id=kept.pk, by=sam).handled_by == ada


def test_who_may_hear_the_message_may_open_its_call(adas, ada, ben):
    assert voicemail.readable_calls(ada).exists()
    assert not voicemail.readable_calls(ben).exists()


# Callback


@pytest.fixture
def offered(ring, closed):
    Line.objects.update(when_closed="callback")
    return ring()


def choose(twilio, digits):
    answer = twilio("/callback-choice", CallSid=SID, Digits=digits)
    return ElementTree.fromstring(answer.content)


def test_who_presses_1_is_promised_a_callback_once(twilio, end, offered, queue):
    assert offered.find("Gather") is not None
    for _ in range(2):
        document = choose(twilio, "1")
        assert said(document)[-1] == "Thank you. We will call you back. Goodbye."
    wanted = CallbackRequest.objects.get()
    assert (wanted.customer.number, wanted.queue) == (CLEO, queue)
    call = end()
    assert call.outcome == "callback"
    assert names(call).count("callback.requested") == 1


def test_who_presses_nothing_may_leave_a_message(twilio, offered):
    assert choose(twilio, "").find("Record") is not None
    # It is too late for a key.
    assert choose(twilio, "1").find("Record") is not None
    assert not CallbackRequest.objects.exists()


def test_another_key_asks_again(twilio, offered):
    assert choose(twilio, "7").find("Gather") is not None


@pytest.mark.parametrize("number", ["anonymous", "", "+266696687", "+19005550123"])
def test_who_cannot_be_called_back_may_leave_a_message(ring, closed, number):
    Line.objects.update(when_closed="callback")
    assert ring(From=number).find("Record") is not None
    assert event("treatment.started")["treatment"] == "voicemail"


def test_who_does_not_want_calls_is_not_offered_one(ring, closed):
    Line.objects.update(when_closed="callback")
    Customer.objects.create(number=CLEO, do_not_call=True)
    assert ring().find("Record") is not None


def call_back(wanted, by, *, answered_by=""):
    """Somebody calls back, and the customer answers."""
    now = timezone.now()
    call = Call.objects.create(
        sid=OTHER,
        direction="outbound",
        status="in-progress",
        from_number=LINE,
        to_number=CLEO,
        agent=by,
        created_at=now,
        accepted_at=now,
        answered_at=now,
        answered_by=answered_by,
    )
    Dial.objects.create(
        to_number=CLEO,
        from_number=LINE,
        customer=wanted.customer,
        by=by,
        agent=by,
        call=call,
        callback_request=wanted,
        asked_at=now,
    )
    return call


def test_a_request_is_settled_by_talking_to_the_customer(twilio, end, offered, ada):
    choose(twilio, "1")
    wanted = CallbackRequest.objects.get()
    call = call_back(wanted, ada)
    assert not CallbackRequest.objects.open().exists()
    end(sid=OTHER)
    wanted.refresh_from_db()
    assert (wanted.answered_with, wanted.handled_by) == (call, ada)


@pytest.mark.parametrize(
    ("status", "answered_by"), [("no-answer", ""), ("completed", "machine_start")]
)
def test_a_request_is_not_settled_by_ringing_in_vain(
    twilio, end, offered, ada, status, answered_by
):
    choose(twilio, "1")
    wanted = CallbackRequest.objects.get()
    call_back(wanted, ada, answered_by=answered_by)
    end(sid=OTHER, status=status)
    assert CallbackRequest.objects.open().get() == wanted


def test_a_request_is_done_with_by_hand_once(twilio, offered, sam, ada):
    choose(twilio, "1")
    wanted = CallbackRequest.objects.get()
    with pytest.raises(Refused):
        callbacks.handle(request_id=wanted.pk, by=ada)
    callbacks.handle(request_id=wanted.pk, by=sam)
    assert callbacks.handle(request_id=wanted.pk, by=sam).handled_by == sam


# Outcomes


def test_a_call_that_somebody_took_was_handled(ring, end, line, ada):
    ring()
    routing.accept_call(sid=SID, agent=ada)
    assert end().outcome == "handled"


def test_who_hangs_up_before_the_answer_has_abandoned_the_call(end):
    lifecycle.register_call(sid=SID, from_number=CLEO, to_number=LINE)
    assert end(status="canceled").outcome == "abandoned"


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_whom_we_did_not_reach_was_not_reached(end, status):
    lifecycle.register_call(
        sid=SID, from_number=LINE, to_number=CLEO, direction="outbound"
    )
    assert end(status=status).outcome == "not-reached"


# Twilio is away


@pytest.fixture
def away(settings, closed_port):
    """Nobody answers at Twilio's address."""
    settings.TWILIO_API_URL = f"http://127.0.0.1:{closed_port}"
    for configured in (telephone.twilio_config, telephone.telephone):
        configured.cache_clear()
    yield
    for configured in (telephone.twilio_config, telephone.telephone):
        configured.cache_clear()


def test_what_twilio_could_not_be_told_is_told_again(ring, line, away):
    ring()
    wait(61)
    tasks.tick()
    call = Call.objects.get()
    assert call.treatment == "voicemail"
    assert call.document_due_at is not None
    Call.objects.update(document_due_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    assert Call.objects.get().document_due_at > timezone.now()
    assert ring().find("Record") is not None
    assert Call.objects.get().document_due_at is None
