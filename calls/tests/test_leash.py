"""Who speaks in a call, and that every change of it has one outcome, which every desk is told."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from calls import tasks, telephone
from calls.models import Call, CallEvent, Leg, Line, Offer, Queue, Transfer, User
from calls.services import (
    conference,
    control,
    leash,
    lifecycle,
    offers,
    participants,
    routing,
    streams,
    transfers,
)
from calls.services.refusals import Refused
from calls.tests.leads import (
    CLEO,
    LINE,
    SID,
    Caller,
    assistant,
    led_line,
    lost,
    modes,
    names,
    said,
    verbs,
)
from calls.tests.rooms import at_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return Queue.objects.create(name="Support", max_wait_seconds=60, wrap_up_seconds=0)


@pytest.fixture
def robin():
    return assistant()


@pytest.fixture
def line(robin, queue):
    return led_line(robin, queue)


@pytest.fixture
def cleo(settings, played, twilio, line):
    """She has rung, and the assistant has the call."""
    settings.DESK_SECONDS = 600.0
    caller = Caller(twilio)
    caller.ring()
    caller.twilio(
        "/recording-status",
        CallSid=SID,
        RecordingSid="RE" + "4" * 32,
        RecordingStatus="in-progress",
    )
    return caller


@pytest.fixture
def talking(cleo, ada):
    """Ada has taken the call over, and both are in the conference."""
    at_desk(ada)
    leash.take_over(sid=SID, by=ada)
    cleo.meet(ada)
    return cleo


def refused(verb, *args, **kwargs):
    with pytest.raises(Refused) as refusal:
        verb(*args, **kwargs)
    assert refusal.value.message
    return refusal.value.code


def presence_of(*users):
    return [User.objects.get(pk=user.pk).presence for user in users]


def last(call, name="call.mode"):
    return CallEvent.objects.filter(call=call, name=name).latest("number").data


# The assistant has it


def test_the_assistant_answers_and_nobody_is_rung(cleo, robin, queue, ada):
    at_desk(ada)
    offers.route()
    call = cleo.call()
    assert (call.mode, call.assistant, call.agent) == ("auto", robin.current, None)
    assert (call.waiting_since, call.queue) == (None, queue)
    assert not Offer.objects.exists()
    assert last(call) == {
        "mode": "auto",
        "before": "human",
        "reason": "answered",
        "by": None,
        "agent": None,
        "assistant": {"id": robin.current.pk, "name": "Robin", "version": 1},
    }


def test_it_begins_in_the_mode_of_its_version(twilio, played, queue):
    led_line(assistant(mode="approve"), queue)
    cleo = Caller(twilio)
    cleo.ring()
    assert cleo.call().mode == "approve"


@pytest.mark.parametrize("change", [{"active": False}, {"versions": 0}])
def test_where_no_assistant_is_ready_agents_are_rung(
    twilio, line, robin, queue, change
):
    if "versions" in change:
        robin.versions.all().delete()
    else:
        type(robin).objects.update(**change)
    cleo = Caller(twilio)
    document = cleo.ring()
    assert "Dial" in verbs(document)
    assert (cleo.call().mode, cleo.call().queue) == ("human", queue)
    assert cleo.call().waiting_since is not None


def test_a_call_that_it_led_to_the_end_was_handled(cleo):
    assert cleo.hang_up().outcome == "handled"


def test_who_hangs_up_while_a_human_is_fetched_has_abandoned_the_call(cleo):
    leash.fetch_human(call_id=cleo.call().pk)
    assert cleo.hang_up().outcome == "abandoned"


# Takeover


def test_a_takeover_makes_it_mine_and_sends_twilio_for_the_document(cleo, ada):
    at_desk(ada)
    call = leash.take_over(sid=SID, by=ada)
    assert (call.mode, call.agent, call.agent_joined_at) == ("human", ada, None)
    assert call.agent_gone_at is not None
    assert cleo.call().document_due_at is not None
    assert presence_of(ada) == ["busy"]
    assert names(call)[-2:] == ["call.accepted", "call.mode"]
    told = last(call)
    assert (told["before"], told["reason"]) == ("auto", "taken_over")
    assert told["by"] == told["agent"] == {"id": ada.pk, "name": "Ada"}


def test_the_caller_waits_for_the_agent_in_silence(cleo, ada):
    leash.take_over(sid=SID, by=ada)
    document = cleo.ring()
    assert verbs(document) == ["Start", "Dial"]
    assert document.find("Dial/Conference").get("waitUrl") == ""
    assert cleo.call().document_due_at is None


def test_taking_over_twice_is_once(talking, ada):
    before = names(talking.call())
    joined = talking.call().agent_joined_at
    assert leash.take_over(sid=SID, by=ada).agent == ada
    assert talking.call().agent_joined_at == joined is not None
    assert names(talking.call()) == before


def test_who_was_faster_has_it(cleo, ada, ben):
    leash.take_over(sid=SID, by=ada)
    assert refused(leash.take_over, sid=SID, by=ben) == "already_taken"
    assert presence_of(ben) == ["offline"]


def test_an_agent_takes_no_call_that_somebody_watches_but_a_supervisor_does(
    talking, ada, ben, sam
):
    leash.hand_back(sid=SID, by=ada)
    assert refused(leash.take_over, sid=SID, by=ben) == "already_taken"
    call = leash.take_over(sid=SID, by=sam)
    assert (call.agent, call.mode) == (sam, "human")
    assert presence_of(ada, sam) == ["available", "busy"]


def test_who_is_on_another_call_takes_none_over(cleo, ada):
    other = lifecycle.register_call(sid="CA" + "2" * 32, from_number="", to_number="")
    Call.objects.filter(pk=other.pk).update(agent=ada)
    assert refused(leash.take_over, sid=SID, by=ada) == "busy"
    assert cleo.call().mode == "auto"


def test_whose_desk_rings_for_another_call_answers_that_first(cleo, ada, queue):
    at_desk(ada)
    queue.memberships.create(user=ada)
    other = lifecycle.register_call(sid="CA" + "2" * 32, from_number="", to_number="")
    lifecycle.answer_call(call=other)
    Call.objects.filter(pk=other.pk).update(queue=queue)
    offers.route()
    assert Offer.objects.ringing().get().agent == ada
    assert refused(leash.take_over, sid=SID, by=ada) == "rings_here"


def test_who_has_no_desk_takes_nothing_over(cleo):
    shop = User.objects.create(username="shop", role="integrator")
    assert refused(leash.take_over, sid=SID, by=shop) == "not_allowed"


def test_what_no_assistant_has_cannot_be_taken_over(cleo, ada, twilio):
    Line.objects.update(answered_by="agents")
    Caller(twilio, sid="CA" + "2" * 32).ring()
    assert refused(leash.take_over, sid="CA" + "2" * 32, by=ada) == "no_assistant"


def test_what_is_over_or_unknown_cannot_be_taken_over(cleo, ada):
    cleo.hang_up()
    assert refused(leash.take_over, sid=SID, by=ada) == "call_ended"
    assert refused(leash.take_over, sid="CA0", by=ada) == "unknown_call"


def test_what_still_rings_cannot_be_taken_over(ada):
    lifecycle.register_call(
        sid=SID, from_number=LINE, to_number=CLEO, direction="outbound"
    )
    assert refused(leash.take_over, sid=SID, by=ada) == "not_answered"


def test_a_call_that_ends_right_after_a_takeover_frees_its_agent(cleo, ada):
    at_desk(ada)
    leash.take_over(sid=SID, by=ada)
    call = cleo.hang_up()
    assert (call.outcome, presence_of(ada)) == ("handled", ["available"])
    assert "call.ended" in names(call)


def test_who_takes_over_what_rings_at_another_desk_wins(cleo, ada, ben, queue):
    at_desk(ada)
    queue.memberships.create(user=ada)
    leash.fetch_human(call_id=cleo.call().pk)
    offers.route()
    assert Offer.objects.ringing().get().agent == ada
    call = leash.take_over(sid=SID, by=ben)
    assert (call.agent, call.waiting_since) == (ben, None)
    assert Offer.objects.get().outcome == "withdrawn"
    assert presence_of(ada, ben) == ["available", "busy"]
    assert refused(routing.accept_call, sid=SID, agent=ada) == "already_taken"


def test_what_an_agent_hands_to_a_colleague_is_not_for_others(talking, ada, ben, sam):
    at_desk(ben)
    transfers.start(sid=SID, by=ada, kind="cold", agent=ben.pk)
    assert refused(leash.take_over, sid=SID, by=sam) == "rings_elsewhere"
    assert leash.take_over(sid=SID, by=ben).agent == ben


def test_during_a_transfer_it_is_the_agents(talking, ada, ben, sam):
    call = talking.call()
    Transfer.objects.create(
        call=call, kind="warm", by=ada, to_agent=ben, began_at=timezone.now()
    )
    assert refused(leash.take_over, sid=SID, by=sam) == "already_taken"
    assert refused(leash.hand_back, sid=SID, by=ada) == "transfer_open"


# Hand-back


def test_a_hand_back_lets_the_assistant_go_on_and_its_agent_watch(talking, ada, robin):
    leg = talking.legs[-1]
    call = leash.hand_back(sid=SID, by=ada)
    assert (call.mode, call.agent, call.assistant) == ("auto", ada, robin.current)
    assert talking.call().document_due_at is not None
    talking.part()
    call = talking.call()
    assert (call.agent_gone_at, call.agent_joined_at) == (None, None)
    assert presence_of(ada) == ["busy"]
    assert Leg.objects.get(sid=leg).left_at is not None
    assert modes(call)[-1] == ("auto", "handed_back")
    assert last(call)["agent"] == last(call)["by"] == {"id": ada.pk, "name": "Ada"}


def test_the_document_after_it_is_a_two_way_stream_and_ends_the_other(talking, ada):
    talking.stream(1, ("inbound", "outbound"))
    leash.hand_back(sid=SID, by=ada)
    document = talking.ring()
    assert verbs(document) == ["Stop", "Connect", "Pause", "Redirect"]
    assert document.find("Stop/Stream").get("name") == "live"
    assert said(document) == []
    talking.stream(2)
    assert (talking.call().stream_two_way, talking.call().listens_one_way) == (
        True,
        False,
    )


def test_the_mode_is_chosen_with_the_hand_back(talking, ada):
    assert leash.hand_back(sid=SID, by=ada, mode="approve").mode == "approve"
    assert refused(leash.hand_back, sid=SID, by=ada, mode="human") == "unknown_mode"


def test_handing_back_twice_is_once(talking, ada):
    leash.hand_back(sid=SID, by=ada)
    before = names(talking.call())
    leash.hand_back(sid=SID, by=ada)
    assert names(talking.call()) == before


def test_hold_and_mute_are_over_with_it(talking, ada):
    talking.report("participant-hold", SID)
    talking.report("participant-mute", talking.legs[-1])
    assert talking.call().held_at is not None
    assert talking.call().muted_at is not None
    leash.hand_back(sid=SID, by=ada)
    call = talking.call()
    assert (call.held_at, call.muted_at) == (None, None)
    assert {"hold.ended", "mute.ended"} <= set(names(call))
    talking.part()
    assert talking.call().muted_at is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"agent_joined_at": None}, "not_connected"),
        ({"recording_paused_at": timezone.now()}, "recording_paused"),
        ({"assistant": None, "line": None}, "no_assistant"),
        ({"status": "completed"}, "call_ended"),
        ({"answered_at": None}, "not_answered"),
    ],
)
def test_when_a_call_cannot_be_handed_back(talking, ada, change, code):
    Call.objects.update(**change)
    assert refused(leash.hand_back, sid=SID, by=ada) == code
    assert talking.call().mode == "human"


def test_only_its_agent_hands_it_back_or_who_may_do_all(talking, ada, ben, sam):
    assert refused(leash.hand_back, sid=SID, by=ben) == "not_yours"
    call = leash.hand_back(sid=SID, by=sam)
    assert (call.agent, call.mode) == (ada, "auto")
    assert last(call)["by"]["name"] == "Sam"


def test_a_call_that_an_agent_answered_goes_to_the_lines_assistant(cleo, ada, robin):
    Line.objects.update(answered_by="agents")
    other = Caller(cleo.twilio, sid="CA" + "2" * 32)
    other.ring()
    routing.accept_call(sid=other.sid, agent=ada)
    other.meet(ada)
    call = leash.hand_back(sid=other.sid, by=ada)
    assert (call.mode, call.assistant) == ("auto", robin.current)


def test_the_assistant_goes_on_as_it_was_told_when_the_call_began(talking, ada, robin):
    first = robin.current
    first.pk, first.number, first._state.adding = None, 2, True
    first.save()
    assert leash.hand_back(sid=SID, by=ada).assistant.number == 1


def test_a_telephone_of_before_changes_nothing_any_more(talking, ada):
    """Its reports come late: after the hand-back, and after the next takeover."""
    leash.hand_back(sid=SID, by=ada)
    leash.take_over(sid=SID, by=ada)
    gone = talking.call().agent_gone_at
    talking.part()
    assert talking.call().agent_gone_at == gone
    leg = talking.meet(ada)
    call = talking.call()
    assert call.agent_gone_at is None
    assert call.agent_joined_at == Leg.objects.get(sid=leg).joined_at


def test_while_the_assistant_has_it_no_telephone_comes_in(talking, ada):
    leash.hand_back(sid=SID, by=ada)
    code = refused(
        conference.join_agent_leg, sid=SID, leg_sid="CA" + "7" * 32, agent=ada
    )
    assert code == "assistant_leads"
    assert refused(control.hold_call, sid=SID, by=ada) == "not_connected"


def test_a_telephone_that_stayed_in_is_sent_away(talking, ada):
    leash.hand_back(sid=SID, by=ada)
    long_ago = timezone.now() - timedelta(seconds=30)
    Leg.objects.filter(user=ada).update(dismissed_at=long_ago)
    participants.hang_up_strays()
    assert Leg.objects.get(user=ada).left_at is not None


def test_who_watches_may_leave(talking, ada):
    leash.hand_back(sid=SID, by=ada)
    for _ in range(2):
        leash.stop_watching(sid=SID, by=ada)
    call = talking.call()
    assert (call.agent, call.mode) == (None, "auto")
    assert presence_of(ada) == ["available"]
    assert names(call).count("call.released") == 1


def test_leaving_is_what_the_desk_calls_it(talking, ada):
    leash.hand_back(sid=SID, by=ada)
    assert control.leave_call(sid=SID, by=ada).agent is None


# Switching


def test_switching_between_approve_and_auto_does_not_touch_the_telephone(cleo, ada):
    call = leash.set_mode(sid=SID, by=ada, mode="approve")
    assert (call.mode, call.agent, call.document_due_at) == ("approve", None, None)
    leash.set_mode(sid=SID, by=ada, mode="approve")
    leash.set_mode(sid=SID, by=ada, mode="auto")
    assert modes(call)[1:] == [("approve", "switched"), ("auto", "switched")]


@pytest.mark.parametrize("word", ["human", "suggest"])
def test_a_mode_in_which_i_speak_is_a_takeover(cleo, ada, word):
    assert leash.set_mode(sid=SID, by=ada, mode=word).agent == ada


def test_from_there_to_the_others_is_a_hand_back(talking, ada):
    assert leash.set_mode(sid=SID, by=ada, mode="approve").mode == "approve"
    assert modes(talking.call())[-1] == ("approve", "handed_back")


def test_there_are_no_other_modes(cleo, ada):
    assert refused(leash.set_mode, sid=SID, by=ada, mode="robot") == "unknown_mode"


def test_another_agent_does_not_switch_what_somebody_watches(talking, ada, ben, sam):
    leash.hand_back(sid=SID, by=ada)
    change = {"sid": SID, "mode": "approve"}
    assert refused(leash.set_mode, by=ben, **change) == "already_taken"
    assert leash.set_mode(by=sam, **change).mode == "approve"


# A human is fetched


@pytest.mark.parametrize("reason", ["transferred", "failed"])
def test_a_human_is_fetched_and_the_caller_waits(cleo, queue, robin, ada, reason):
    at_desk(ada)
    queue.memberships.create(user=ada)
    for _ in range(2):
        leash.fetch_human(call_id=cleo.call().pk, reason=reason)
    call = cleo.call()
    assert (call.mode, call.queue, call.assistant) == ("human", queue, robin.current)
    assert modes(call)[1:] == [("human", reason)]
    assert names(call).count("call.queued") == 1
    document = cleo.ring()
    assert said(document) == ["One moment please, we are connecting you."]
    assert "waiting" in document.find("Dial/Conference").get("waitUrl")
    offers.route()
    assert Offer.objects.ringing().get().agent == ada


def test_it_waits_in_the_queue_that_was_wished_for_or_in_its_own(cleo, queue):
    sales = Queue.objects.create(name="Sales")
    call = leash.fetch_human(call_id=cleo.call().pk, queue_id=sales.pk)
    assert call.queue == sales
    Call.objects.update(mode="auto", queue=None)
    gone = leash.fetch_human(call_id=call.pk, queue_id=sales.pk + 1000)
    assert gone.queue == queue


def test_who_watched_is_free_when_a_human_is_fetched(talking, ada):
    leash.hand_back(sid=SID, by=ada)
    leash.fetch_human(call_id=talking.call().pk)
    assert talking.call().agent is None
    assert presence_of(ada) == ["available"]
    assert said(talking.ring()) == ["One moment please, we are connecting you."]


def test_what_it_does_not_have_it_cannot_give_away(talking, ada):
    before = names(talking.call())
    leash.fetch_human(call_id=talking.call().pk)
    assert names(talking.call()) == before
    talking.hang_up()
    assert leash.fetch_human(call_id=talking.call().pk).has_ended


# The agent is lost


def test_a_lost_agents_call_goes_to_the_queue(talking, queue, ada):
    lost(talking.call(), 10)
    tasks.tick()
    call = talking.call()
    assert (call.agent, call.mode, call.queue) == (None, "human", queue)
    assert call.waiting_since is not None
    assert call.document_due_at is not None
    assert presence_of(ada) == ["away"]
    assert said(talking.ring()) == ["One moment please, we are connecting you again."]


def test_or_back_to_the_assistant(talking, robin, ada):
    Line.objects.update(agent_lost="assistant")
    lost(talking.call(), 10)
    tasks.tick()
    call = talking.call()
    assert (call.agent, call.mode, call.assistant) == (None, "auto", robin.current)
    assert modes(call)[-1] == ("auto", "agent_lost")
    assert last(call)["agent"] is None
    assert presence_of(ada) == ["away"]
    assert "Connect" in verbs(talking.ring())


def test_who_is_back_in_time_keeps_it(talking, ada, settings):
    lost(talking.call(), settings.AGENT_LOST_SECONDS - 1)
    tasks.tick()
    assert talking.call().agent == ada
    leash.agent_lost(call=talking.call())
    assert talking.call().agent == ada


def test_who_never_comes_after_a_takeover_is_lost(cleo, ada):
    leash.take_over(sid=SID, by=ada)
    lost(cleo.call(), 10)
    tasks.tick()
    assert cleo.call().agent is None


def test_who_watches_has_no_telephone_to_lose(talking, ada):
    leash.hand_back(sid=SID, by=ada)
    talking.part()
    tasks.tick()
    tasks.sweep()
    assert (talking.call().agent, talking.call().mode) == (ada, "auto")


def test_a_lost_agents_consultation_has_the_call(talking, ada, ben):
    call = talking.call()
    Transfer.objects.create(
        call=call,
        kind="warm",
        state="consulting",
        by=ada,
        to_agent=ben,
        began_at=timezone.now(),
    )
    lost(call, 10)
    tasks.tick()
    assert (talking.call().agent, talking.call().mode) == (ben, "human")


def test_an_ordinary_call_keeps_its_patience(cleo, ada, settings):
    Line.objects.update(answered_by="agents")
    other = Caller(cleo.twilio, sid="CA" + "2" * 32)
    other.ring()
    routing.accept_call(sid=other.sid, agent=ada)
    lost(other.call(), 10)
    tasks.tick()
    tasks.sweep()
    assert other.call().agent == ada


# Streams and documents


def test_a_broken_stream_of_the_assistant_is_asked_for_with_the_document(cleo):
    stream = cleo.stream(1)
    streams.close_stream(call_id=cleo.call().pk, stream_sid=stream, lost=True)
    tasks.sweep()
    assert cleo.call().document_due_at is not None
    document = cleo.ring()
    assert verbs(document) == ["Connect", "Pause", "Redirect"]
    token = document.find("Connect/Stream/Parameter").get("value")
    assert token == cleo.call().stream_token


def test_an_announcement_is_not_cut_short_because_no_stream_has_come(cleo):
    """Twilio reads it out before it connects the stream, and a minute is not too long."""
    assert not Call.objects.unheard(by=timezone.now() + timedelta(seconds=80)).exists()
    assert Call.objects.unheard(by=timezone.now() + timedelta(seconds=110)).exists()


def test_the_way_back_is_taken_again_and_again(cleo):
    asked = cleo.ring().find("Redirect").text
    assert asked.endswith("/voice#rc=5&rp=ct,rt,5xx")


def test_the_end_of_the_assistants_stream_does_not_close_the_next_one(cleo, ada):
    old = cleo.stream(1)
    leash.take_over(sid=SID, by=ada)
    cleo.ring()
    new = cleo.stream(2, ("inbound", "outbound"))
    streams.close_stream(call_id=cleo.call().pk, stream_sid=old, lost=True)
    call = cleo.call()
    assert (call.stream_sid, call.stream_two_way) == (new, False)
    assert "trouble.started" not in names(call)


def test_the_clock_begins_with_the_answer_and_not_after_the_announcement(cleo):
    answered = cleo.call().answered_at
    cleo.stream(1)
    assert cleo.call().answered_at == answered
    assert last(cleo.call(), "call.answered") == {"answered_at": answered.timestamp()}


def test_what_twilio_was_not_told_is_told_again(cleo, ada, settings, closed_port):
    settings.TWILIO_API_URL = f"http://127.0.0.1:{closed_port}"
    telephone.twilio_config.cache_clear()
    telephone.telephone.cache_clear()
    assert leash.take_over(sid=SID, by=ada).agent == ada
    due = cleo.call().document_due_at
    Call.objects.update(document_due_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    assert cleo.call().document_due_at > due


# Queues that fall back on an assistant


@pytest.fixture
def waiting(cleo, queue, robin):
    """Nobody takes a call of ordinary callers."""
    Line.objects.update(answered_by="agents")
    Queue.objects.update(fallback="assistant", fallback_assistant=robin)
    other = Caller(cleo.twilio, sid="CA" + "2" * 32)
    other.ring()
    return other


def wait(caller):
    long_ago = timezone.now() - timedelta(seconds=61)
    Call.objects.filter(sid=caller.sid).update(waiting_since=long_ago)
    tasks.tick()
    return caller.call()


def test_whom_nobody_takes_the_assistant_does(waiting):
    call = wait(waiting)
    assert (call.mode, call.waiting_since) == ("auto", None)
    assert modes(call) == [("auto", "fallback")]
    assert call.document_due_at is not None


def test_an_assistant_that_gave_up_is_not_asked_again(waiting):
    call = wait(waiting)
    leash.fetch_human(call_id=call.pk, reason="failed")
    call = wait(waiting)
    assert (call.mode, call.treatment) == ("human", "voicemail")


def test_an_assistant_that_is_not_in_use_takes_nobody(waiting, robin):
    type(robin).objects.update(active=False)
    assert wait(waiting).treatment == "voicemail"


# Races


def at_once(*deeds):
    """Do all in threads that start together; what each came to: "done" or a refusal's code."""
    start = threading.Barrier(len(deeds))
    outcomes = [""] * len(deeds)

    def run(index, deed):
        start.wait()
        try:
            deed()
            outcomes[index] = "done"
        except Refused as refusal:
            outcomes[index] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_over_at_once_one_wins(cleo, ada, ben):
    for _ in range(10):
        outcomes = at_once(
            lambda: leash.take_over(sid=SID, by=ada),
            lambda: leash.take_over(sid=SID, by=ben),
        )
        assert sorted(outcomes) == ["already_taken", "done"]
        winner = ada if outcomes[0] == "done" else ben
        assert cleo.call().agent == winner
        assert sorted(presence_of(ada, ben)) == ["busy", "offline"]
        Call.objects.update(mode="auto", agent=None)
        User.objects.update(presence="offline")
    assert names(cleo.call()).count("call.accepted") == 10


@pytest.mark.django_db(transaction=True)
def test_taking_over_against_the_end_of_the_call_has_one_outcome(cleo, ada):
    at_desk(ada)
    taken, ended = at_once(
        lambda: leash.take_over(sid=SID, by=ada),
        lambda: lifecycle.record_status(call=cleo.call(), status="completed"),
    )
    assert ended == "done"
    assert taken in ("done", "call_ended")
    assert presence_of(ada) == ["available"]
    assert names(cleo.call())[-1] != "call.mode"


@pytest.mark.django_db(transaction=True)
def test_taking_over_against_the_assistants_own_transfer_ends_with_the_agent(
    cleo, ada, ben, queue
):
    at_desk(ben)
    queue.memberships.create(user=ben)
    for _ in range(5):
        call = cleo.call()
        outcomes = at_once(
            lambda: leash.take_over(sid=SID, by=ada),
            lambda call=call: leash.fetch_human(call_id=call.pk),
            offers.route,
        )
        assert outcomes == ["done"] * 3
        call = cleo.call()
        assert (call.agent, call.mode, call.waiting_since) == (ada, "human", None)
        assert not Offer.objects.ringing().exists()
        Call.objects.update(mode="auto", agent=None)
        User.objects.filter(pk=ada.pk).update(presence="offline")
        Offer.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_handing_back_against_losing_the_agent_has_one_outcome(talking, ada):
    Line.objects.update(agent_lost="assistant")
    Call.objects.update(agent_gone_at=timezone.now() - timedelta(seconds=9))
    back, swept = at_once(
        lambda: leash.hand_back(sid=SID, by=ada),
        lambda: leash.agent_lost(call=talking.call()),
    )
    assert swept == "done"
    assert back in ("done", "already_taken", "not_yours")
    call = talking.call()
    assert call.mode == "auto"
    assert call.agent == (ada if modes(call)[-1][1] == "handed_back" else None)
