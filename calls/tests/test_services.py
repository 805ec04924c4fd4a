"""The verbs of a call: claims, refusals, and a race."""

import threading

import pytest
from django.db import connection

from calls.models import Call, CallEvent, User
from calls.services import control, lifecycle, refusals, routing

SID = "CA" + "1" * 32


def new_call(sid=SID):
    call = lifecycle.register_call(sid=sid, from_number="+1", to_number="+2")
    return lifecycle.answer_call(call=call)


@pytest.mark.django_db
def test_accepting_again_changes_nothing(ada):
    new_call()
    routing.accept_call(sid=SID, agent=ada)
    before = CallEvent.objects.count()
    routing.accept_call(sid=SID, agent=ada)
    assert CallEvent.objects.count() == before


@pytest.mark.django_db
def test_the_second_agent_is_told_who_was_first(ada, ben):
    new_call()
    routing.accept_call(sid=SID, agent=ada)
    with pytest.raises(refusals.Refused, match="Ada") as refusal:
        routing.accept_call(sid=SID, agent=ben)
    assert refusal.value.code == "already_taken"


@pytest.mark.django_db
def test_an_agent_has_one_call_at_a_time(ada):
    new_call()
    new_call("CA" + "2" * 32)
    routing.accept_call(sid=SID, agent=ada)
    with pytest.raises(refusals.Refused) as refusal:
        routing.accept_call(sid="CA" + "2" * 32, agent=ada)
    assert refusal.value.code == "busy"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "verb", [control.end_call, control.hold_call, control.resume_call]
)
def test_only_the_calls_agent_commands_it(ada, ben, verb):
    new_call()
    routing.accept_call(sid=SID, agent=ada)
    with pytest.raises(refusals.Refused) as refusal:
        verb(sid=SID, by=ben)
    assert refusal.value.code == "not_yours"


@pytest.mark.django_db
def test_an_ended_call_refuses_everything(ada):
    call = new_call()
    lifecycle.record_status(call=call, status="completed")
    for refused in (
        lambda: routing.accept_call(sid=SID, agent=ada),
        lambda: routing.decline_call(sid=SID, agent=ada),
        lambda: control.end_call(sid=SID, by=ada),
    ):
        with pytest.raises(refusals.Refused) as refusal:
            refused()
        assert refusal.value.code == "call_ended"


@pytest.mark.django_db
def test_events_are_numbered_without_gaps(ada):
    call = new_call()
    routing.accept_call(sid=SID, agent=ada)
    lifecycle.record_status(call=call, status="completed")
    numbers = list(CallEvent.objects.filter(call=call).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db(transaction=True)
def test_of_agents_who_click_at_once_exactly_one_wins():
    agents = [User.objects.create_user(f"agent-{n}") for n in range(6)]
    new_call()
    start = threading.Barrier(len(agents))
    outcomes: list[str] = []

    def click(agent: User) -> None:
        start.wait()
        try:
            routing.accept_call(sid=SID, agent=agent)
            outcomes.append("won")
        except refusals.Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_taken"] * 5 + ["won"]
    assert CallEvent.objects.filter(name="call.accepted").count() == 1
    assert Call.objects.get().agent is not None
