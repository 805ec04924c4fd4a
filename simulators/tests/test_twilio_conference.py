"""Conferences without any socket: who hears whom, when it starts and ends, what is reported."""

import asyncio
from typing import Any

import pytest

from audio import mulaw
from simulators.twilio.conference import Conference, Entry, Participant, events_of
from simulators.twilio.errors import ApiError
from simulators.twilio.legs import Leg
from simulators.twilio.player import SILENT
from simulators.twilio.webhooks import Callback

CLEO = bytes([0x10, 0x90]) * 80
ADA = bytes([0x22, 0xA2]) * 80
SAM = bytes([0x33, 0xB3]) * 80
MUSIC = bytes([0x44, 0xC4]) * 80
ALL = events_of(frozenset({"start", "end", "join", "leave", "mute", "hold"}))


class Host:
    """Plays music to who waits, keeps what is reported."""

    def __init__(self) -> None:
        self.events: list[dict[str, str]] = []
        self.entertained: list[tuple[str | None, str]] = []

    def conference_event(self, room: Conference, params: dict[str, str]) -> None:
        self.events.append(params)

    def entertain(
        self, room: Conference, who: Participant, url: str | None, method: str
    ) -> asyncio.Task[Any]:
        self.entertained.append((url, method))
        who.player.play(MUSIC, forever=True)
        return asyncio.ensure_future(asyncio.sleep(0))

    def beep(self) -> bytes:
        return b""

    def progressed(self, leg: Leg, event: str) -> None:
        """Nobody asks."""

    def finished(self, leg: Leg) -> None:
        """Nobody asks."""

    def names(self) -> list[str]:
        return [e["StatusCallbackEvent"] for e in self.events]


class Voice:
    def __init__(self, frame: bytes) -> None:
        self.frame = frame

    def speak(self) -> bytes:
        return self.frame

    def hear(self, frame: bytes) -> None:
        """The test asks the room itself."""

    def answered(self) -> None:
        """Nothing to do."""

    def ended(self, status: str) -> None:
        """Nothing to do."""


def leg(host: Host, frame: bytes) -> Leg:
    made = Leg(host, direction="inbound", from_="+15550107777", to="+15550100000")
    made.answer(Voice(frame))
    made.speak()
    return made


def hears(room: Conference, leg: Leg) -> bytes:
    room.begin_tick()
    return room.frame_for(leg)


@pytest.fixture
def host() -> Host:
    return Host()


CUSTOMER = Entry(
    label="customer",
    start_on_enter=False,
    end_on_exit=True,
    beep="false",
    callback=Callback("http://127.0.0.1/c", ALL),
)
AGENT = Entry(label="agent", beep="false")


def both(host: Host) -> tuple[Conference, Leg, Leg]:
    room = Conference(host, "call-1")
    cleo, ada = leg(host, CLEO), leg(host, ADA)
    room.join(cleo, CUSTOMER)
    room.join(ada, AGENT)
    return room, cleo, ada


async def test_who_waits_hears_music_until_somebody_who_may_start_comes(host: Host):
    room = Conference(host, "call-1")
    cleo, ada = leg(host, CLEO), leg(host, ADA)
    room.join(cleo, CUSTOMER)
    assert hears(room, cleo) == MUSIC
    room.join(ada, AGENT)
    assert (hears(room, cleo), hears(room, ada)) == (ADA, CLEO)


async def test_three_hear_the_sum_of_the_other_two(host: Host):
    room, _, _ = both(host)
    sam = leg(host, SAM)
    room.join(sam, Entry(beep="false"))
    sum_ = mulaw.decode(CLEO).astype(int) + mulaw.decode(ADA)
    heard = mulaw.decode(hears(room, sam)).astype(int)
    assert abs(heard - sum_.clip(-32124, 32124)).max() <= 1024


async def test_who_is_on_hold_hears_music_and_is_not_heard(host: Host):
    room, cleo, ada = both(host)
    who = room.people[cleo.sid]
    room.hold(who, on=True, url=None, method="GET")
    assert (hears(room, cleo), hears(room, ada)) == (MUSIC, SILENT)
    room.hold(who, on=False, url=None, method="GET")
    assert (hears(room, cleo), hears(room, ada)) == (ADA, CLEO)
    assert host.names()[-2:] == ["participant-hold", "participant-unhold"]


async def test_who_is_muted_listens_only(host: Host):
    room, cleo, _ = both(host)
    sam = leg(host, SAM)
    room.join(sam, Entry(muted=True, beep="false"))
    assert hears(room, cleo) == ADA
    assert hears(room, sam) != SILENT


async def test_only_the_coached_one_hears_the_coach(host: Host):
    room, cleo, ada = both(host)
    sam = leg(host, SAM)
    room.join(sam, Entry(coaching=True, coach=ada.sid, beep="false"))
    assert hears(room, cleo) == ADA
    assert hears(room, ada) not in {CLEO, SAM, SILENT}


async def test_a_label_in_use_and_a_coach_of_nobody_are_refused(host: Host):
    room, _, _ = both(host)
    with pytest.raises(ApiError) as twice:
        room.join(leg(host, SAM), Entry(label="agent"))
    with pytest.raises(ApiError) as nobody:
        room.join(leg(host, SAM), Entry(coaching=True, coach="CA0"))
    assert (twice.value.code, nobody.value.code) == (16025, 13240)


async def test_the_first_participants_callback_hears_all_in_order(host: Host):
    room, cleo, _ = both(host)
    room.leave(cleo, "participant_hung_up")
    assert host.names() == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    assert [e["SequenceNumber"] for e in host.events] == list("123456")
    last = host.events[-1]
    assert last["ReasonConferenceEnded"] == (
        "participant-with-end-conference-on-exit-left"
    )
    assert last["CallSidEndingConference"] == cleo.sid
    assert not room.is_open


async def test_the_last_one_who_leaves_ends_it(host: Host):
    room, cleo, ada = both(host)
    room.people[cleo.sid].end_on_exit = False
    room.leave(cleo, "participant_hung_up")
    assert room.is_open
    assert hears(room, ada) == SILENT
    room.leave(ada, "participant_hung_up")
    assert room.reason_ended == "last-participant-left"


async def test_rest_can_end_it(host: Host):
    room, _, _ = both(host)
    room.close()
    assert room.reason_ended == "conference-ended-via-api"
    assert room.people == {}
