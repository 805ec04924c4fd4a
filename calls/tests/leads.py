"""Calls that an assistant leads, made as Twilio's requests would have made them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

from django.utils import timezone

from calls.models import Assistant, AssistantVersion, Call, CallEvent, Line, Queue, User
from calls.services import conference, streams

SID = "CA" + "1" * 32
LINE = "+15550100002"
CLEO = "+15550107788"


def assistant(name: str = "Robin", **told: Any) -> Assistant:
    made = Assistant.objects.create(name=name)
    told = {"greeting": "Hello, this is Robin.", "instructions": "Help.", **told}
    AssistantVersion.objects.create(assistant=made, number=1, **told)
    return made


def led_line(robin: Assistant, queue: Queue | None = None, **more: Any) -> Line:
    """A number that the assistant answers."""
    fields = {"answered_by": "assistant", "consent": "We record.", **more}
    return Line.objects.create(
        number=LINE, name="Assistant line", assistant=robin, queue=queue, **fields
    )


@dataclass
class Caller:
    """Cleo, who has rung the line, and the conferences that she has been in."""

    twilio: Callable[..., Any]
    sid: str = SID
    room: int = 0
    number: int = 0
    legs: list[str] = field(default_factory=list)

    def ring(self, **changes: str) -> ElementTree.Element:
        """Twilio asks what the telephone should do."""
        form = {"From": CLEO, "To": LINE, "Direction": "inbound"} | changes
        answer = self.twilio("/voice", CallSid=self.sid, **form)
        assert answer.status_code == 200
        return ElementTree.fromstring(answer.content)

    def call(self) -> Call:
        return Call.objects.get(sid=self.sid)

    def meet(self, agent: User) -> str:
        """Twilio has come for the document, and both telephones come in; the agent's leg."""
        self.ring()
        self.room += 1
        self.number = 0
        leg = f"CA{agent.pk:016d}{len(self.legs):016d}"
        self.legs.append(leg)
        conference.join_agent_leg(sid=self.sid, leg_sid=leg, agent=agent)
        self.report("participant-join", self.sid)
        self.report("participant-join", leg)
        return leg

    def part(self) -> None:
        """The caller is taken out of the conference, which ends by that."""
        self.report("participant-leave", self.sid)
        self.report("participant-leave", self.legs[-1])

    def report(self, event: str, leg: str, **more: str) -> None:
        self.number += 1
        form = {
            "ConferenceSid": f"CF{self.room:032d}",
            "CallSid": leg,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(self.number),
            "Timestamp": format_datetime(timezone.now()),
        } | more
        assert self.twilio("/conference-status", **form).status_code == 204

    def stream(self, number: int, tracks: tuple[str, ...] = ("inbound",)) -> str:
        """Twilio opens the stream that the document asks for."""
        sid = f"MZ{number:032d}"
        opened = streams.open_stream(
            call_sid=self.sid,
            stream_sid=sid,
            token=self.call().stream_token,
            connected_at=timezone.now(),
            tracks=tracks,
        )
        assert opened is not None
        return sid

    def hang_up(self) -> Call:
        form = {"CallStatus": "completed", "SequenceNumber": "9"}
        self.twilio("/call-status", CallSid=self.sid, **form)
        return self.call()


def verbs(document: ElementTree.Element) -> list[str]:
    return [element.tag for element in document]


def said(document: ElementTree.Element) -> list[str | None]:
    return [element.text for element in document.iter("Say")]


def modes(call: Call) -> list[tuple[str, str]]:
    """Each change of who leads, with its reason."""
    told = CallEvent.objects.filter(call=call, name="call.mode").order_by("number")
    return [(event.data["mode"], event.data["reason"]) for event in told]


def names(call: Call) -> list[str]:
    told = CallEvent.objects.filter(call=call).order_by("number")
    return list(told.values_list("name", flat=True))


def lost(call: Call, seconds: float) -> None:
    """The agent's telephone has been gone for so long."""
    gone = timezone.now() - timedelta(seconds=seconds)
    Call.objects.filter(pk=call.pk).update(agent_gone_at=gone, agent_joined_at=None)
