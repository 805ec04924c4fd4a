"""Handing a call on: cold, warm, three-way; who has it afterwards, and that nobody is left in silence."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.db import connection
from django.utils import timezone

from calls import tasks
from calls.models import Call, CallEvent, Leg, Queue, Transfer, User
from calls.services import (
    conference,
    control,
    lifecycle,
    participants,
    routing,
    transfer_reports,
    transfer_states,
    transfers,
)
from calls.services.refusals import Refused
from calls.tests.rooms import PHONES, Room, at_desk, eventually, talking
from vendors.tests.conftest import Outside

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+15550101011"


@pytest.fixture
def room(settings: Any, played: Outside, ada: User) -> Room:
    settings.TWILIO_TIMEOUT = 0.5
    # On a busy machine a telephone may take long to come.
    settings.DESK_SECONDS = 600.0
    return talking(played.url, at_desk(ada), phones=PHONES)


def names(call: Call) -> list[str]:
    return list(CallEvent.objects.filter(call=call).values_list("name", flat=True))


def refused(verb: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refusal:
        verb()
    assert refusal.value.message
    return refusal.value.code


def report(twilio: Any, room: Room, event: str, leg: str, number: int) -> None:
    twilio(
        "/conference-status",
        ConferenceSid=room.sid,
        CallSid=leg,
        StatusCallbackEvent=event,
        SequenceNumber=str(number),
    )


def consulting(room: Room, ada: User, ben: User, twilio: Any) -> Leg:
    """Ben was asked, has accepted and has come; the caller is on hold."""
    at_desk(ben)
    transfers.start(sid=room.call.sid, by=ada, kind="warm", agent=ben.pk)
    report(twilio, room, "participant-hold", room.call.sid, 5)
    routing.accept_call(sid=room.call.sid, agent=ben)
    leg = room.join(room.call, ben, PHONES[2])
    Leg.objects.filter(pk=leg.pk).update(joined_at=None)
    conference.join_agent_leg(sid=room.call.sid, leg_sid=leg.sid, agent=ben)
    report(twilio, room, "participant-join", leg.sid, 6)
    return leg


def presence_of(*users: User) -> list[str]:
    return [User.objects.get(pk=user.pk).presence for user in users]


def test_a_cold_transfer_to_a_colleague_rings_there_and_frees_the_first(
    room: Room, ada: User, ben: User
) -> None:
    at_desk(ben)
    for _ in range(2):
        done = transfers.start(sid=room.call.sid, by=ada, kind="cold", agent=ben.pk)
    call = Call.objects.get()
    assert (done.state, call.agent, call.reserved_for) == ("completed", None, ben)
    assert presence_of(ada) == ["available"]
    assert names(call)[:4] == [
        "transfer.started",
        "transfer.completed",
        "call.released",
        "call.queued",
    ]
    assert "call.offered" in names(call)
    routing.accept_call(sid=call.sid, agent=ben)
    assert presence_of(ada, ben) == ["available", "busy"]


def test_a_cold_transfer_to_a_queue_waits_there(room: Room, ada: User) -> None:
    sales = Queue.objects.create(name="Sales")
    transfers.start(sid=room.call.sid, by=ada, kind="cold", queue=sales.pk)
    call = Call.objects.get()
    assert (call.agent, call.queue) == (None, sales)
    assert call.waiting_since is not None


def test_a_number_that_answers_has_the_call(room: Room, ada: User, twilio: Any) -> None:
    done = transfers.start(sid=room.call.sid, by=ada, kind="cold", number=NUMBER)
    call = Call.objects.get()
    assert (call.agent, call.waiting_since) == (None, None)
    for number, status in enumerate(("ringing", "in-progress", "in-progress")):
        number_tells(twilio, done, status, number)
    done.refresh_from_db()
    assert done.state == "completed"
    assert transfer_states.is_handed_over(call)
    assert not Call.objects.waiting().exists()
    eventually(lambda: room.participant(done.leg_sid))
    assert room.participant(done.leg_sid)["end_conference_on_exit"]
    answer = twilio(
        "/voice", CallSid=call.sid, From=PHONES[0], To="+1", Direction="inbound"
    )
    assert b"<Hangup" in answer.content


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_number_that_does_not_answer_sends_the_caller_back_to_wait(
    room: Room, ada: User, twilio: Any, played: Outside, status: str
) -> None:
    done = transfers.start(sid=room.call.sid, by=ada, kind="cold", number=NUMBER)
    for _ in range(2):
        number_tells(twilio, done, status, 3)
    done.refresh_from_db()
    call = Call.objects.get()
    assert (done.state, done.reason) == ("failed", status)
    assert call.waiting_since is not None
    told = names(call)
    assert told.count("transfer.ended") == 1
    assert told.index("transfer.ended") < told.index("call.queued")
    assert redirects(played, call) == 1


def redirects(played: Outside, call: Call) -> int:
    """How often Twilio was told to fetch this call's document."""
    asked = httpx2.get(f"{played.url}/_sim/twilio/requests").json()["requests"]
    return sum(
        one["path"].endswith(f"/Calls/{call.sid}.json")
        and "Url" in [key for key, _value in one["form"]]
        for one in asked
    )


def sweep_later() -> None:
    """The next sweep after Twilio should have come for the document."""
    assert Call.objects.get().document_due_at > timezone.now()
    Call.objects.update(document_due_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()


def test_a_caller_for_whom_twilio_did_not_come_is_redirected_again(
    room: Room, ada: User, twilio: Any, played: Outside
) -> None:
    sales = Queue.objects.create(name="Sales")
    transfers.start(sid=room.call.sid, by=ada, kind="cold", queue=sales.pk)
    assert redirects(played, room.call) == 1
    sweep_later()
    assert redirects(played, room.call) == 2
    twilio(
        "/voice", CallSid=room.call.sid, From=PHONES[0], To="+1", Direction="inbound"
    )
    assert Call.objects.get().document_due_at is None
    tasks.sweep()
    assert redirects(played, room.call) == 2


def test_a_caller_whom_twilio_did_not_send_back_to_wait_is_sent_by_the_sweep(
    room: Room, ada: User, twilio: Any, played: Outside
) -> None:
    done = transfers.start(sid=room.call.sid, by=ada, kind="cold", number=NUMBER)
    played.fault("twilio", "500")
    number_tells(twilio, done, "busy", 3)
    assert Call.objects.get().waiting_since is not None
    played.heal()
    before = redirects(played, room.call)
    sweep_later()
    assert redirects(played, room.call) == before + 1


def number_tells(twilio: Any, transfer: Transfer, status: str, number: int) -> None:
    transfer.refresh_from_db()
    twilio(
        f"/participant-status?transfer={transfer.pk}",
        CallSid=transfer.leg_sid,
        CallStatus=status,
        SequenceNumber=str(number),
    )


def test_a_colleague_is_asked_while_the_caller_hears_music(
    room: Room, ada: User, ben: User
) -> None:
    at_desk(ben)
    for _ in range(2):
        asked = transfers.start(sid=room.call.sid, by=ada, kind="warm", agent=ben.pk)
    assert room.participant(room.call.sid)["hold"]
    call = Call.objects.get()
    assert (asked.state, call.agent, call.also_seen_by) == ("ringing", ada, [ben.pk])
    assert names(call) == ["transfer.started", "call.offered"]


def test_a_colleague_who_was_not_asked_may_not_come_in(
    room: Room, ada: User, ben: User, sam: User
) -> None:
    at_desk(ben)
    transfers.start(sid=room.call.sid, by=ada, kind="warm", agent=ben.pk)
    for guest in (ben, sam):
        code = refused(
            lambda guest=guest: conference.join_agent_leg(
                sid=room.call.sid, leg_sid="CA" + "8" * 32, agent=guest
            )
        )
        assert code == "not_yours"


def test_a_warm_transfer_is_completed_once_and_both_have_their_status(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    consulting(room, ada, ben, twilio)
    for _ in range(2):
        done = transfers.complete(sid=room.call.sid, by=ada)
    call = Call.objects.get()
    assert (done.state, call.agent) == ("completed", ben)
    assert call.also_seen_by == []
    assert presence_of(ada, ben) == ["available", "busy"]
    assert names(call).count("transfer.completed") == 1
    assert not room.participant(call.sid)["hold"]
    gone = Leg.objects.get(user=ada)
    assert room.participant(gone.sid) is None


def test_a_colleague_whose_page_was_loaded_again_stays_in(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    """The new telephone is in before Twilio has noticed that the old one is gone."""
    old, new = consulting(room, ada, ben, twilio), "CA" + "9" * 32
    conference.join_agent_leg(sid=room.call.sid, leg_sid=new, agent=ben)
    report(twilio, room, "participant-join", new, 7)
    report(twilio, room, "participant-leave", old.sid, 8)
    assert Transfer.objects.get().state == "consulting"
    report(twilio, room, "participant-leave", new, 9)
    assert Transfer.objects.get().state == "failed"


def test_a_cold_transfer_that_was_left_half_done_is_ended(
    room: Room, ada: User, ben: User
) -> None:
    began = timezone.now() - timedelta(minutes=10)
    Transfer.objects.create(
        call=room.call, kind="cold", by=ada, to_agent=ben, began_at=began
    )
    transfer_reports.expire()
    assert Transfer.objects.get().state == "canceled"
    assert Call.objects.get().agent == ada


def test_three_talk_and_the_first_may_go(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    consulting(room, ada, ben, twilio)
    leave = lambda: control.leave_call(sid=room.call.sid, by=ada)  # noqa: E731
    assert refused(leave) == "not_three_way"
    for _ in range(2):
        transfers.merge(sid=room.call.sid, by=ada)
    assert names(Call.objects.get()).count("transfer.merged") == 1
    assert not room.participant(room.call.sid)["hold"]
    leave()
    assert Call.objects.get().agent == ben


def test_three_talk_and_the_other_may_go(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    leg = consulting(room, ada, ben, twilio)
    transfers.merge(sid=room.call.sid, by=ada)
    control.leave_call(sid=room.call.sid, by=ben)
    assert room.participant(leg.sid) is None
    report(twilio, room, "participant-leave", leg.sid, 9)
    call = Call.objects.get()
    last = Transfer.objects.get()
    assert (call.agent, last.state, last.reason) == (ada, "failed", "left")
    assert presence_of(ada, ben) == ["busy", "available"]


def test_a_transfer_is_canceled_and_the_caller_is_back(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    leg = consulting(room, ada, ben, twilio)
    for _ in range(2):
        transfers.cancel(sid=room.call.sid, by=ada)
    call = Call.objects.get()
    assert (Transfer.objects.get().state, call.agent) == ("canceled", ada)
    assert not room.participant(call.sid)["hold"]
    eventually(lambda: room.status(leg.sid) == "completed")
    assert presence_of(ada, ben) == ["busy", "available"]
    assert names(call).count("transfer.ended") == 1


def test_a_ringing_number_is_canceled(room: Room, ada: User) -> None:
    asked = transfers.start(sid=room.call.sid, by=ada, kind="warm", number=NUMBER)
    transfers.cancel(sid=room.call.sid, by=ada)
    asked.refresh_from_db()
    eventually(lambda: room.status(asked.leg_sid) in ("canceled", "completed"))
    assert not room.participant(room.call.sid)["hold"]


def test_a_caller_who_hangs_up_ends_it_all(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    consulting(room, ada, ben, twilio)
    lifecycle.record_status(call=room.call, status="completed")
    last = Transfer.objects.get()
    assert (last.state, last.reason) == ("failed", "call_ended")
    assert presence_of(ada, ben) == ["available", "available"]


def test_whoever_is_being_consulted_gets_the_call_of_an_agent_who_vanished(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    consulting(room, ada, ben, twilio)
    mine = Leg.objects.get(user=ada)
    report(twilio, room, "participant-leave", mine.sid, 9)
    assert transfer_reports.take_over(call=Call.objects.get())
    call = Call.objects.get()
    assert (call.agent, Transfer.objects.get().state) == (ben, "completed")
    assert not room.participant(call.sid)["hold"]
    assert not transfer_reports.take_over(call=call)


def test_an_agent_who_vanished_while_it_rang_loses_the_call_as_ever(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    at_desk(ben)
    transfers.start(sid=room.call.sid, by=ada, kind="warm", agent=ben.pk)
    report(twilio, room, "participant-leave", Leg.objects.get(user=ada).sid, 9)
    assert not transfer_reports.take_over(call=Call.objects.get())
    assert Transfer.objects.get().state == "canceled"
    assert routing.release_call(call=Call.objects.get()).agent is None


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"kind": "lukewarm", "number": NUMBER}, "unknown_kind"),
        ({"kind": "warm"}, "no_target"),
        ({"kind": "warm", "number": NUMBER, "queue": 1}, "no_target"),
        ({"kind": "warm", "agent": 0}, "unknown_agent"),
        ({"kind": "warm", "queue": 0}, "unknown_queue"),
        ({"kind": "warm", "number": "12"}, "invalid_number"),
        ({"kind": "cold", "number": "+19005550123"}, "denied_number"),
    ],
)
def test_what_makes_no_sense_is_refused(
    room: Room, ada: User, wish: dict[str, Any], code: str
) -> None:
    start = lambda: transfers.start(sid=room.call.sid, by=ada, **wish)  # noqa: E731
    assert refused(start) == code
    assert names(room.call) == []
    assert not room.participant(room.call.sid)["hold"]


def test_an_agent_who_is_away_or_oneself_cannot_be_asked(
    room: Room, ada: User, ben: User
) -> None:
    for agent, kind, code in (
        (ben, "cold", "not_available"),
        (ben, "warm", "not_available"),
        (ada, "warm", "yourself"),
    ):
        assert code == refused(
            lambda agent=agent, kind=kind: transfers.start(
                sid=room.call.sid, by=ada, kind=kind, agent=agent.pk
            )
        )
    assert names(room.call) == []
    assert not room.participant(room.call.sid)["hold"]


@pytest.mark.parametrize(
    "verb", [transfers.complete, transfers.merge, transfers.cancel]
)
def test_without_a_transfer_there_is_nothing_to_finish(
    room: Room, ada: User, ben: User, verb: Callable[..., Any]
) -> None:
    assert refused(lambda: verb(sid=room.call.sid, by=ada)) == "no_transfer"
    assert refused(lambda: verb(sid=room.call.sid, by=ben)) == "not_yours"
    assert names(room.call) == []


@pytest.mark.parametrize("verb", [transfers.complete, transfers.merge])
def test_nobody_is_left_with_a_telephone_that_rings(
    room: Room, ada: User, ben: User, verb: Callable[..., Any]
) -> None:
    at_desk(ben)
    transfers.start(sid=room.call.sid, by=ada, kind="warm", agent=ben.pk)
    assert refused(lambda: verb(sid=room.call.sid, by=ada)) == "not_answered"


@pytest.mark.parametrize("kind", ["429", "500", "hang"])
@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "warm", "number": NUMBER},
        {"kind": "cold", "number": NUMBER},
        {"kind": "cold", "agent": "ben"},
    ],
)
def test_a_telephone_service_that_is_unwell_leaves_the_call_where_it_was(
    room: Room, ada: User, ben: User, played: Outside, kind: str, wish: dict[str, Any]
) -> None:
    at_desk(ben)
    wish = wish | ({"agent": ben.pk} if "agent" in wish else {})
    played.fault("twilio", kind)
    start = lambda: transfers.start(sid=room.call.sid, by=ada, **wish)  # noqa: E731
    assert refused(start) == "telephone_unavailable"
    call = Call.objects.get()
    assert (call.agent, call.waiting_since) == (ada, None)
    assert call.document_due_at is None
    assert not Transfer.objects.open().exists()


@pytest.mark.parametrize(
    "verb", [transfers.complete, transfers.merge, transfers.cancel]
)
def test_what_twilio_does_not_do_is_not_done(
    room: Room,
    ada: User,
    ben: User,
    twilio: Any,
    played: Outside,
    verb: Callable[..., Any],
) -> None:
    consulting(room, ada, ben, twilio)
    before = names(room.call)
    played.fault("twilio", "500")
    finish = lambda: verb(sid=room.call.sid, by=ada)  # noqa: E731
    assert refused(finish) == "telephone_unavailable"
    assert names(room.call) == before
    assert Transfer.objects.get().state == "consulting"


def at_once(*verbs: Callable[[], Any]) -> list[str]:
    """What becomes of each when all are asked for in the same moment."""
    start = threading.Barrier(len(verbs))
    outcomes: list[str] = [""] * len(verbs)

    def ask(place: int, verb: Callable[[], Any]) -> None:
        start.wait()
        try:
            verb()
            outcomes[place] = "done"
        except Refused as refusal:
            outcomes[place] = refusal.code
        finally:
            connection.close()

    threads = [
        threading.Thread(target=ask, args=(place, verb))
        for place, verb in enumerate(verbs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_accepting_and_canceling_at_once_has_one_outcome(
    room: Room, ada: User, ben: User
) -> None:
    at_desk(ben)
    transfers.start(sid=room.call.sid, by=ada, kind="warm", agent=ben.pk)
    sid = room.call.sid
    outcomes = at_once(
        lambda: transfers.cancel(sid=sid, by=ada),
        lambda: routing.accept_call(sid=sid, agent=ben),
    )
    assert outcomes[0] == "done"
    assert Transfer.objects.get().state == "canceled"
    assert presence_of(ben) == ["available"]
    assert Call.objects.get().also_seen_by == []


def test_completing_twice_at_once_is_completing_once(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    consulting(room, ada, ben, twilio)
    sid = room.call.sid
    outcomes = at_once(*[lambda: transfers.complete(sid=sid, by=ada)] * 3)
    assert "done" in outcomes
    call = Call.objects.get()
    assert call.agent == ben
    assert names(call).count("transfer.completed") == 1
    assert presence_of(ada, ben) == ["available", "busy"]


def test_both_may_leave_at_once(room: Room, ada: User, ben: User, twilio: Any) -> None:
    leg = consulting(room, ada, ben, twilio)
    transfers.merge(sid=room.call.sid, by=ada)
    sid = room.call.sid
    at_once(
        lambda: control.leave_call(sid=sid, by=ada),
        lambda: control.leave_call(sid=sid, by=ben),
    )
    report(twilio, room, "participant-leave", leg.sid, 9)
    report(twilio, room, "participant-leave", Leg.objects.get(user=ada).sid, 10)
    call = Call.objects.get()
    # One of them has it, with the telephone gone: it will ring again.
    assert call.agent in (ada, ben)
    assert call.agent_gone_at is not None
    assert not Transfer.objects.open().exists()


def test_who_stays_in_without_a_part_is_sent_away(
    room: Room, ada: User, ben: User, twilio: Any
) -> None:
    leg = consulting(room, ada, ben, twilio)
    long_ago = timezone.now() - timedelta(seconds=30)
    Transfer.objects.update(state="failed", ended_at=long_ago)
    participants.hang_up_strays()
    assert room.status(leg.sid) == "completed"
    assert room.status(Leg.objects.get(user=ada).sid) == "in-progress"
