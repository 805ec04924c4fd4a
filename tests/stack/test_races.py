"""Two agents click at the same moment, a hundred times, each at a desk of their own."""

import threading
from collections.abc import Iterator

import pytest

from calls.models import Call, Line, Queue, User
from tests.stack import agents, doors
from tests.stack.agents import Agent
from tests.stack.conftest import Stack, eventually

RACES = 100
NUMBER = "+15550100077"


@pytest.fixture
def line(stack: Stack) -> Iterator[str]:
    """A number whose callers ring at both desks at once, and leave nothing to wrap up."""
    queue = Queue.objects.create(
        name="Races", strategy=Queue.Strategy.RING_ALL, wrap_up_seconds=0
    )
    for username in ("agent", "agent2"):
        queue.memberships.create(user=User.objects.get(username=username))
    line = Line.objects.create(number=NUMBER, name="Races", queue=queue)
    yield NUMBER
    line.delete()
    queue.delete()


def call(stack: Stack, number: int, line: str) -> str:
    """A caller of whom only the webhooks are real: nobody has to talk."""
    sid = f"CA{number + 1:032d}"  # of all zeros there is no call, for other modules
    form = {"CallSid": sid, "From": "+15550101001", "To": line, "Direction": "inbound"}
    assert doors.post_as_twilio(stack, "/voice", **form).status_code == 200
    return sid


def end(stack: Stack, sid: str) -> None:
    form = {"CallSid": sid, "CallStatus": "completed", "SequenceNumber": "9"}
    assert doors.post_as_twilio(stack, "/call-status", **form).status_code == 204


def click_together(sid: str, *people: Agent) -> list[str]:
    """Both accept; "won", or the code of the refusal, of each."""
    start = threading.Barrier(len(people))
    outcomes = [""] * len(people)

    def click(index: int, person: Agent) -> None:
        start.wait()
        answer = person.desk.command("accept", sid)
        outcomes[index] = "won" if answer["ok"] else answer["error"]["code"]

    threads = [threading.Thread(target=click, args=each) for each in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_two_who_click_at_once_one_wins_and_the_other_is_told(
    stack: Stack, line: str
):
    with (
        agents.at_work(stack, "agent") as ada,
        agents.at_work(stack, "agent2") as ben,
    ):
        for number in range(RACES):
            sid = call(stack, number, line)
            for person in (ada, ben):
                person.rung(sid)
            outcomes = click_together(sid, ada, ben)
            assert sorted(outcomes) == ["already_taken", "won"], number
            winner = ada if outcomes[0] == "won" else ben
            assert Call.objects.get(sid=sid).agent == winner.user
            end(stack, sid)
            eventually(
                lambda winner=winner: winner.presence() == "available",
                seconds=10,
                what="the winner is free again",
                instead=winner.presence,
            )
        told = [len(person.desk.told(sid, "call.accepted")) for person in (ada, ben)]
        assert told == [1, 1]
