"""What Twilio tells of one call from its ringing to its recording, and how a storm disorders it."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

Form = dict[str, str]

# A call has so many callbacks; in a storm some come twice or three times.
TIMES: Final = (1, 1, 1, 2)
_ROOM_OPENED: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Names:
    """One call's resources at Twilio, and ours."""

    call: str
    agent_leg: str
    room: str
    stream: str
    recording: str


@dataclass(frozen=True, slots=True)
class Callback:
    """One request: the door and its form."""

    path: str
    form: Form


def of(names: Names) -> list[Callback]:
    """A call that is put on hold once, and ends; in order."""
    told = [
        _status(names, "ringing", 0),
        _status(names, "in-progress", 1),
        _recording(names, "in-progress"),
    ]
    reports = (
        ("participant-join", names.call),
        ("participant-join", names.agent_leg),
        ("participant-hold", names.call),
        ("participant-unhold", names.call),
        ("participant-leave", names.agent_leg),
        ("participant-leave", names.call),
    )
    for number, (event, leg) in enumerate(reports, 1):
        at = _ROOM_OPENED + timedelta(seconds=2 * number)
        form = {
            "ConferenceSid": names.room,
            "CallSid": leg,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(number),
            "Timestamp": format_datetime(at),
        }
        told.append(Callback("/conference-status", form))
    stopped = {
        "CallSid": names.call,
        "StreamSid": names.stream,
        "StreamEvent": "stream-stopped",
    }
    return [
        *told,
        Callback("/stream-status", stopped),
        _status(names, "completed", 2),
        _recording(names, "completed"),
    ]


def storm(calls: Iterable[Names], *, seed: int) -> list[Callback]:
    """All callbacks of all calls, some of them repeated, in no order; the same for a seed."""
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    told = [
        callback
        for names in calls
        for callback in of(names)
        for _ in range(chance.choice(TIMES))
    ]
    chance.shuffle(told)
    return told


def _status(names: Names, status: str, number: int) -> Callback:
    form = {
        "CallSid": names.call,
        "CallStatus": status,
        "SequenceNumber": str(number),
    }
    return Callback("/call-status", form)


def _recording(names: Names, status: str) -> Callback:
    form = {
        "CallSid": names.call,
        "RecordingSid": names.recording,
        "RecordingStatus": status,
        "RecordingUrl": "https://api.twilio.com/r",
        "RecordingDuration": "12" if status == "completed" else "",
        "RecordingChannels": "2",
    }
    return Callback("/recording-status", form)
