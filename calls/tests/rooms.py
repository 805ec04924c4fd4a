"""A call in a real conference at the played Twilio, and in our records, as its callbacks would have made it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.models import Call, Leg, Recording, User
from calls.services import presence
from vendors.tests.conftest import HTTP

# People of the scenarios, who pick up when they are called.
PHONES = ("+15550101001", "+15550101004", "+15550101005")


def at_desk(user: User) -> User:
    """Somebody who is available at an open desk."""
    presence.desk_seen(user_id=user.pk)
    return presence.set_presence(user=user, presence="available")


def eventually(found: Callable[[], Any], *, seconds: float = 10.0) -> Any:
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return result


@dataclass
class Room:
    """A conference with a customer and an agent in it."""

    url: str
    sid: str
    call: Call

    def participant(self, leg: str) -> dict[str, Any] | None:
        answer = _ask("GET", self.url, f"Conferences/{self.sid}/Participants/{leg}")
        return None if answer.status_code == 404 else answer.json()

    def status(self, leg: str) -> str:
        return str(_ask("GET", self.url, f"Calls/{leg}").json()["status"])

    def recording(self) -> str:
        path = f"Calls/{self.call.sid}/Recordings"
        return str(_ask("GET", self.url, path).json()["recordings"][0]["status"])

    def join(self, call: Call, agent: User, phone: str) -> Leg:
        """Another agent's telephone comes in."""
        sid = _dialled(self.url, call.room, phone, f"agent-{agent.pk}")
        return Leg.objects.create(
            call=call,
            sid=sid,
            kind=Leg.Kind.AGENT,
            user=agent,
            joined_at=timezone.now(),
        )


def talking(url: str, agent: User, *, phones: tuple[str, ...]) -> Room:
    """The customer talks with this agent; the call is recorded."""
    now = timezone.now()
    call = Call.objects.create(
        sid="CA" + "0" * 32,
        direction="inbound",
        status="in-progress",
        from_number=phones[0],
        to_number=settings.TWILIO_NUMBER,
        agent=agent,
        created_at=now,
        answered_at=now,
        accepted_at=now,
        agent_joined_at=now,
    )
    call.sid = _dialled(url, call.room, phones[0], "customer", ends=True)
    leg = _dialled(url, call.room, phones[1], "agent")
    listed = _ask(
        "GET", url, f"Conferences?FriendlyName={call.room}&Status=in-progress"
    )
    call.conference_sid = listed.json()["conferences"][0]["sid"]
    call.save()
    kinds = Leg.Kind
    Leg.objects.create(call=call, sid=call.sid, kind=kinds.CUSTOMER, joined_at=now)
    Leg.objects.create(call=call, sid=leg, kind=kinds.AGENT, user=agent, joined_at=now)
    with transaction.atomic():
        presence.begin_call(agent=agent, call=call)
    _ask("POST", url, f"Calls/{call.sid}/Recordings", RecordingChannels="dual")
    Recording.objects.create(call=call, sid="RE" + "1" * 32, status="in-progress")
    return Room(url, call.conference_sid, call)


def _dialled(url: str, room: str, phone: str, label: str, *, ends: bool = False) -> str:
    """Somebody is called into the room and has come."""
    answer = _ask(
        "POST",
        url,
        f"Conferences/{room}/Participants",
        To=phone,
        From=settings.TWILIO_NUMBER,
        Label=label,
        EndConferenceOnExit="true" if ends else "false",
    )
    sid = str(answer.json()["call_sid"])
    eventually(
        lambda: (
            _ask("GET", url, f"Calls/{sid}").json()["status"] == "in-progress"
            and _ask(
                "GET",
                url,
                f"Conferences/{answer.json()['conference_sid']}/Participants/{sid}",
            ).status_code
            == 200
        )
    )
    return sid


def _ask(method: str, url: str, path: str, **form: str) -> httpx2.Response:
    path, _, query = path.partition("?")
    account = f"{url}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}"
    answer = HTTP.request(
        method,
        f"{account}/{path}.json" + (f"?{query}" if query else ""),
        data=form or None,
        auth=(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN),
    )
    assert answer.status_code < 400 or answer.status_code == 404, answer.text
    return answer
