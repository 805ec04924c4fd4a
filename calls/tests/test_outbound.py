"""Calls that we place: once each, found again when Twilio's answer was lost, refused before they cost anything."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from calls.models import Call, CallEvent, Customer, Dial, Leg, Line, Queue, User
from calls.services import answering, dials, lifecycle, outbound
from calls.services.refusals import Refused
from calls.tests.leads import assistant
from calls.tests.rooms import at_desk, eventually
from vendors.tests.conftest import Outside

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+15550101001"


@pytest.fixture(autouse=True)
def _outside(settings: Any, played: Outside) -> None:
    settings.TWILIO_TIMEOUT = 0.5
    settings.DESK_SECONDS = 600.0


def refused(verb: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refusal:
        verb()
    assert refusal.value.message
    return refusal.value.code


def names(call: Call) -> list[str]:
    return list(CallEvent.objects.filter(call=call).values_list("name", flat=True))


# Nobody else in these tests calls this one, so that a call to it is the one in doubt.
DOUBTFUL = "+15550101007"


def at_twilio(played: Outside, settings: Any, to: str = NUMBER) -> list[dict[str, Any]]:
    answer = httpx2.get(
        f"{played.url}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Calls.json",
        params={"To": to},
        auth=(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN),
    )
    return list(answer.json()["calls"])


def test_an_agents_call_is_theirs_from_the_start(ada: User) -> None:
    at_desk(ada)
    dial = outbound.start_call(to=NUMBER, by=ada, agent=ada)
    call = Call.objects.get()
    assert (dial.state, dial.call) == ("placed", call)
    assert (call.direction, call.agent, call.to_number) == ("outbound", ada, NUMBER)
    assert call.customer == Customer.objects.get(number=NUMBER)
    assert User.objects.get(pk=ada.pk).presence == "busy"
    assert names(call) == ["call.created", "call.accepted"]
    assert Leg.objects.get().sid == call.sid


@pytest.mark.parametrize("answered", [True, False])
def test_an_agent_wraps_up_a_call_that_they_placed_by_the_rules_of_the_line(
    ada: User, *, answered: bool
) -> None:
    support = Queue.objects.create(name="Support", wrap_up_seconds=30)
    Line.objects.create(number=configured.TWILIO_NUMBER, name="Main", queue=support)
    call = outbound.start_call(to=NUMBER, by=ada, agent=at_desk(ada)).call
    assert call is not None
    assert call.queue is None
    assert call.wrap_up_queue == support
    if answered:
        lifecycle.answer_call(call=call)
    lifecycle.record_status(call=call, status="completed" if answered else "busy")
    ada.refresh_from_db()
    assert ada.presence == ("wrap-up" if answered else "available")


def test_a_first_webhook_that_is_faster_than_the_answer_makes_the_call_once(
    ada: User, twilio: Any
) -> None:
    dial = outbound.start_call(to=NUMBER, by=ada, agent=at_desk(ada))
    sid = dial.call.sid
    for status in ("initiated", "ringing"):
        twilio(
            f"/call-status?dial={dial.pk}",
            CallSid=sid,
            CallStatus=status,
            SequenceNumber="0",
        )
    assert Call.objects.get().status == "ringing"
    assert names(Call.objects.get()).count("call.created") == 1


def test_webhook_and_answer_at_once_make_one_call(ada: User) -> None:
    dial = a_dial(ada)
    sid = "CA" + "3" * 32
    start = threading.Barrier(4)

    def adopt() -> None:
        start.wait()
        dials.adopt(dial_id=str(dial.pk), sid=sid)
        connection.close()

    threads = [threading.Thread(target=adopt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(Call.objects.get()) == ["call.created"]
    assert dials.adopt(dial_id=str(dial.pk), sid="CA" + "4" * 32) is None
    assert Call.objects.count() == 1


def a_dial(by: User, **fields: Any) -> Dial:
    customer, _made = Customer.objects.get_or_create(number=NUMBER)
    return Dial.objects.create(
        to_number=NUMBER,
        from_number="+15550100000",
        customer=customer,
        by=by,
        asked_at=fields.pop("asked_at", timezone.now()),
        **fields,
    )


@pytest.mark.parametrize("strange", ["", "x", "1" * 40])
def test_a_wish_that_nobody_made_makes_no_call(ada: User, strange: str) -> None:
    assert dials.adopt(dial_id=strange, sid="CA" + "3" * 32) is None
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("", "invalid_number"),
        ("not a number", "invalid_number"),
        ("+1", "invalid_number"),
        ("+1" + "2" * 30, "invalid_number"),
        ("+19005550123", "denied_number"),
        ("+449098790123", "denied_number"),
    ],
)
def test_numbers_that_are_not_called(ada: User, to: str, code: str) -> None:
    assert refused(lambda: outbound.start_call(to=to, by=ada)) == code
    assert not Dial.objects.exists()


def test_countries_may_be_named(settings: Any, ada: User) -> None:
    settings.CALL_COUNTRIES = ["DE"]
    call = lambda: outbound.start_call(to="+442071838750", by=ada)  # noqa: E731
    assert refused(call) == "denied_number"


def test_whoever_does_not_want_to_be_called_is_not(ada: User) -> None:
    Customer.objects.create(number=NUMBER, do_not_call=True)
    call = lambda: outbound.start_call(to=NUMBER, by=ada)  # noqa: E731
    assert refused(call) == "do_not_call"


def test_a_day_has_its_limit(settings: Any, ada: User) -> None:
    settings.CALLS_PER_USER_PER_DAY = 1
    outbound.start_call(to=NUMBER, by=ada)
    call = lambda: outbound.start_call(to=NUMBER, by=ada)  # noqa: E731
    assert refused(call) == "daily_limit"


def test_only_our_own_numbers_are_shown(ada: User) -> None:
    line = Line.objects.create(number="+15550100000", name="Main line")
    dial = outbound.start_call(to=NUMBER, by=ada, from_number=line.number)
    assert dial.call.line == line
    call = lambda: outbound.start_call(  # noqa: E731
        to=NUMBER, by=ada, from_number="+15550109999"
    )
    assert refused(call) == "unknown_line"


def test_an_agent_has_one_call_at_a_time(ada: User) -> None:
    at_desk(ada)
    outbound.start_call(to=NUMBER, by=ada, agent=ada)
    call = lambda: outbound.start_call(to=NUMBER, by=ada, agent=ada)  # noqa: E731
    assert refused(call) == "busy"
    assert Call.objects.count() == 1


def test_two_clicks_place_one_call(ada: User) -> None:
    at_desk(ada)
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def click() -> None:
        start.wait()
        try:
            outbound.start_call(to=NUMBER, by=ada, agent=ada)
            outcomes.append("placed")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy", "busy", "busy", "placed"]


def test_twilios_refusal_is_said_in_words(ada: User) -> None:
    Line.objects.create(number="+15550107000", name="Of somebody else")
    with pytest.raises(Refused, match="not verified") as refusal:
        outbound.start_call(to=NUMBER, by=ada, from_number="+15550107000")
    assert refusal.value.code == "telephone_refused"
    dial = Dial.objects.get()
    assert (dial.state, dial.error, dial.call) == ("refused", "21210", None)


def test_too_many_at_once_is_no_call(ada: User, played: Outside) -> None:
    played.fault("twilio", "429")
    call = lambda: outbound.start_call(to=NUMBER, by=ada)  # noqa: E731
    assert refused(call) == "telephone_unavailable"
    assert Dial.objects.get().state == "refused"


def test_an_unreachable_service_has_placed_nothing(
    settings: Any, ada: User, closed_port: int
) -> None:
    from calls import telephone  # noqa: PLC0415

    settings.TWILIO_API_URL = f"http://127.0.0.1:{closed_port}"
    telephone.twilio_config.cache_clear()
    telephone.telephone.cache_clear()
    call = lambda: outbound.start_call(to=NUMBER, by=ada)  # noqa: E731
    assert refused(call) == "telephone_unavailable"
    assert Dial.objects.get().state == "refused"


@pytest.mark.parametrize("kind", ["500", "hang"])
def test_in_doubt_the_call_is_looked_for_and_never_placed_again(
    ada: User, played: Outside, settings: Any, kind: str
) -> None:
    at_desk(ada)
    before = len(at_twilio(played, settings, DOUBTFUL))
    played.fault("twilio", kind, count=1)
    call = lambda: outbound.start_call(to=DOUBTFUL, by=ada, agent=ada)  # noqa: E731
    assert refused(call) == "outcome_unknown"
    assert Dial.objects.get().state == "unknown"
    assert len(at_twilio(played, settings, DOUBTFUL)) == before
    # Some seconds later it is certain that there is none.
    Dial.objects.update(asked_at=timezone.now() - timedelta(seconds=9))
    dials.resolve_doubts()
    assert Dial.objects.get().state == "refused"
    assert not Call.objects.exists()


def test_a_call_whose_answer_was_lost_is_found_by_listing(
    ada: User, played: Outside, settings: Any
) -> None:
    # Twilio has placed it, and neither its answer nor a webhook reached us.
    lost = Dial(asked_at=timezone.now())
    httpx2.post(
        f"{played.url}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Calls.json",
        data={"To": NUMBER, "From": "+15550100000", "Url": "http://127.0.0.1:9/voice"},
        auth=(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN),
    ).raise_for_status()
    dial = a_dial(
        ada, asked_at=lost.asked_at - timedelta(seconds=1), state=Dial.State.UNKNOWN
    )
    known = {one["sid"] for one in at_twilio(played, settings)}
    Dial.objects.filter(pk=dial.pk).update(asked_at=lost.asked_at)
    eventually(lambda: timezone.now() - lost.asked_at > timedelta(seconds=8.2))
    dials.resolve_doubts()
    dials.resolve_doubts()
    dial.refresh_from_db()
    assert (dial.state, Call.objects.count()) == ("placed", 1)
    assert dial.call.sid in known


def test_a_call_that_is_not_answered_is_over_and_the_agent_free(
    ada: User, twilio: Any
) -> None:
    dial = outbound.start_call(to=NUMBER, by=ada, agent=at_desk(ada))
    twilio(
        f"/call-status?dial={dial.pk}",
        CallSid=dial.call.sid,
        CallStatus="busy",
        SequenceNumber="2",
    )
    call = Call.objects.get()
    assert (call.status, call.outcome) == ("busy", "not-reached")
    assert User.objects.get(pk=ada.pk).presence == "available"


def test_without_an_agent_whoever_answers_waits_in_the_queue(
    ada: User, twilio: Any
) -> None:
    queue = Queue.objects.create(name="Sales")
    dial = outbound.start_call(to=NUMBER, by=ada, queue=queue.pk)
    assert Call.objects.get().waiting_since is None
    answer = twilio(
        f"/voice?dial={dial.pk}",
        CallSid=dial.call.sid,
        From="+15550100000",
        To=NUMBER,
        Direction="outbound-api",
    )
    assert b"<Conference" in answer.content
    call = Call.objects.get()
    assert (call.queue, call.waiting_since is None) == (queue, False)


def test_a_machine_is_told_once_and_hung_up_on_if_wished(
    ada: User, twilio: Any, played: Outside, settings: Any
) -> None:
    dial = outbound.start_call(to=NUMBER, by=ada, on_machine="hang-up")
    for answered_by in ("machine_start", "machine_start", "human"):
        twilio(
            f"/machine?dial={dial.pk}", CallSid=dial.call.sid, AnsweredBy=answered_by
        )
    call = Call.objects.get()
    assert call.answered_by == "machine_start"
    assert names(call).count("call.answered_by") == 1
    answering.hang_up_on_machines()
    ours = [one for one in at_twilio(played, settings) if one["sid"] == call.sid]
    assert ours[0]["status"] in ("canceled", "completed")


@pytest.mark.parametrize("has_queue", [True, False])
def test_a_customer_whose_agent_vanished_never_meets_silence(
    ada: User,
    played: Outside,
    settings: Any,
    has_queue: bool,  # noqa: FBT001
) -> None:
    queue = Queue.objects.create(name="Sales").pk if has_queue else None
    dial = outbound.start_call(to=NUMBER, by=ada, agent=at_desk(ada), queue=queue)
    assert answering.let_go(call=dial.call)
    call = Call.objects.get()
    ours = [one for one in at_twilio(played, settings) if one["sid"] == call.sid]
    if has_queue:
        assert call.agent is None
        assert ours[0]["status"] in ("queued", "ringing", "in-progress")
        assert lifecycle.answer_call(call=call).waiting_since is not None
    else:
        assert ours[0]["status"] in ("canceled", "completed")


# An assistant talks


def answered(twilio: Any, dial: Dial) -> Any:
    return twilio(
        f"/voice?dial={dial.pk}",
        CallSid=dial.call.sid,
        From="+15550100000",
        To=NUMBER,
        Direction="outbound-api",
    )


def test_whoever_answers_talks_to_the_assistant(ada: User, twilio: Any) -> None:
    robin = assistant()
    queue = Queue.objects.create(name="Sales")
    dial = outbound.start_call(to=NUMBER, by=ada, assistant=robin.pk, queue=queue.pk)
    assert Call.objects.get().mode == "human"
    assert b"<Connect>" in answered(twilio, dial).content
    call = Call.objects.get()
    assert (call.mode, call.assistant, call.queue) == ("auto", robin.current, queue)
    assert call.waiting_since is None


def test_a_machine_that_is_hung_up_on_is_not_talked_to(ada: User, twilio: Any) -> None:
    dial = outbound.start_call(
        to=NUMBER, by=ada, assistant=assistant().pk, on_machine="hang-up"
    )
    twilio(f"/machine?dial={dial.pk}", CallSid=dial.call.sid, AnsweredBy="fax")
    assert b"<Connect>" not in answered(twilio, dial).content
    call = Call.objects.get()
    assert (call.mode, call.waiting_since) == ("human", None)


def test_an_agent_or_an_assistant_talks(ada: User) -> None:
    robin = assistant()
    both = lambda: outbound.start_call(  # noqa: E731
        to=NUMBER, by=ada, agent=ada, assistant=robin.pk
    )
    assert refused(both) == "bad_request"
    type(robin).objects.update(active=False)
    unused = lambda: outbound.start_call(to=NUMBER, by=ada, assistant=robin.pk)  # noqa: E731
    assert refused(unused) == "unknown_assistant"
    assert not Dial.objects.exists()
