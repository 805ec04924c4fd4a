"""Whom the call centre can call: by REST, and into a conference."""

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from twilio.base.exceptions import TwilioRestException

from simulators import accounts, far_ends, voices
from simulators.tests.twilio_product import Speaker, Stage, stage, tone
from simulators.tones import BeepEar

OURS = accounts.TWILIO_NUMBER
PROGRESS = ["initiated", "ringing", "answered", "completed"]
ROOM = (
    '<Dial><Conference participantLabel="customer" beep="false" waitUrl=""'
    ' statusCallback="/conference" statusCallbackEvent="start end join leave mute hold">'
    "room</Conference></Dial>"
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as here:
        far_ends.install(here.engine)
        here.product.documents["/voice"] = "<Pause length='60'/>"
        yield here


async def place(here: Stage, to: str, **more):
    return await here.sdk(
        lambda client: client.calls.create(
            to=to,
            from_=OURS,
            url=f"{here.product.url}/voice",
            status_callback=f"{here.product.url}/status",
            status_callback_event=PROGRESS,
            **more,
        )
    )


@pytest.mark.parametrize(
    ("number", "more", "status"),
    [
        (far_ends.BUSY, {}, "busy"),
        (far_ends.FAILS, {}, "failed"),
        (far_ends.NOBODY, {"timeout": 1}, "no-answer"),
    ],
)
async def test_some_cannot_be_reached(here: Stage, number, more, status):
    call = await place(here, number, **more)
    (last,) = await here.product.until(
        lambda: here.product.told("/status", CallSid=call.sid, CallStatus=status)
    )
    assert last["CallDuration"] == "0"
    states = [form["CallStatus"] for form in here.product.told("/status")]
    assert states == ["initiated", "ringing", status]


async def amd(here: Stage, to: str, way: str) -> dict[str, str]:
    call = await place(
        here,
        to,
        machine_detection=way,
        async_amd="true",
        async_amd_status_callback=f"{here.product.url}/amd",
    )
    (told,) = await here.product.until(
        lambda: here.product.told("/amd", CallSid=call.sid), seconds=20
    )
    # The call went on meanwhile, without waiting for the verdict.
    (asked,) = here.product.told("/voice", CallSid=call.sid)
    assert "AnsweredBy" not in asked
    fetched = await here.sdk(lambda client: client.calls(call.sid).fetch())
    assert fetched.answered_by == told["AnsweredBy"]
    return told


async def test_a_machine_is_told_from_a_person(here: Stage):
    here.engine.register_number("+15550107777", lambda _: Speaker())
    machine = await amd(here, far_ends.MACHINE, "Enable")
    assert machine == {
        "CallSid": machine["CallSid"],
        "AccountSid": here.account,
        "AnsweredBy": "machine_start",
        "MachineDetectionDuration": "2000",
    }
    person = await amd(here, "+15550107777", "Enable")
    assert person["AnsweredBy"] == "human"


async def test_the_end_of_a_machines_greeting_is_its_beep(here: Stage):
    told = await amd(here, far_ends.MACHINE, "DetectMessageEnd")
    assert told["AnsweredBy"] == "machine_end_beep"
    seconds = int(told["MachineDetectionDuration"]) / 1000
    leg = here.engine.exchange.legs[told["CallSid"]]
    assert leg.duration == pytest.approx(seconds, abs=1)


async def test_without_a_callback_the_call_waits_for_the_verdict(here: Stage):
    call = await place(here, far_ends.MACHINE, machine_detection="Enable")
    (asked,) = await here.product.until(
        lambda: here.product.told("/voice", CallSid=call.sid)
    )
    assert asked["AnsweredBy"] == "machine_start"


async def test_the_machine_greets_and_beeps(here: Stage):
    here.product.documents["/voice"] = "<Pause length='60'/>"
    call = await place(here, far_ends.MACHINE)
    leg = here.engine.exchange.legs[call.sid]
    await here.product.until(lambda: leg.is_up)
    ear, heard = BeepEar(), []
    leg.taps.append(_Listener(lambda said: heard.append(ear.hear(said))))
    await here.product.until(lambda: "beep" in heard, seconds=20)
    assert leg.ticks > 100


class _Listener:
    def __init__(self, hear) -> None:
        self._hear = hear

    def tap(self, said: bytes, _heard: bytes) -> None:
        self._hear(said)

    def leg_over(self) -> None:
        pass


async def caller_in_a_room(here: Stage) -> tuple[Speaker, str, str]:
    """A caller in a conference; the caller, the call's SID and the conference's."""
    here.product.documents["/voice"] = ROOM
    caller = Speaker()
    leg = here.engine.dial_in(from_="+15550107777", to=OURS, party=caller)
    (joined,) = await here.product.until(
        lambda: here.product.told("/conference", StatusCallbackEvent="participant-join")
    )
    return caller, leg.sid, joined["ConferenceSid"]


async def invite(here: Stage, room: str, to: str, **more):
    return await here.sdk(
        lambda client: client.conferences(room).participants.create(
            to=to,
            from_=OURS,
            label="guest",
            beep="false",
            early_media=True,
            status_callback=f"{here.product.url}/status",
            status_callback_event=PROGRESS,
            **more,
        )
    )


async def test_the_menu_hears_keys_that_are_played_to_it(here: Stage):
    _caller, _sid, room = await caller_in_a_room(here)
    guest = await invite(here, room, far_ends.MENU)
    leg = here.engine.exchange.legs[guest.call_sid]
    said: list[bytes] = []
    await here.product.until(lambda: leg.is_up, seconds=10)
    leg.taps.append(_Listener(said.append))
    await here.product.until(
        lambda: here.product.told("/conference", ParticipantLabel="guest")
    )
    here.product.documents["/keys"] = '<Play digits="1"/>'
    await here.sdk(
        lambda client: (
            client.conferences(room)
            .participants("guest")
            .update(announce_url=f"{here.product.url}/keys")
        )
    )
    answer = "You pressed one. Your parcel is on its way, and it will arrive on Friday."
    wanted = voices.render(answer, voice="sage").mulaw[:1600]
    await here.product.until(lambda: wanted in b"".join(said), seconds=10)


async def test_whoever_is_called_in_reports_progress_joins_and_leaves(here: Stage):
    caller, _sid, room = await caller_in_a_room(here)
    guest = await invite(here, room, far_ends.MACHINE)
    assert guest.status == "queued"
    of_guest = {"ParticipantLabel": "guest", "CallSid": guest.call_sid}
    await here.product.until(lambda: here.product.told("/conference", **of_guest))
    await here.sdk(
        lambda client: client.conferences(room).participants("guest").delete()
    )
    (left,) = await here.product.until(
        lambda: here.product.told(
            "/conference", StatusCallbackEvent="participant-leave", **of_guest
        )
    )
    assert left["ReasonParticipantLeft"] == "participant_updated_via_api"
    await here.product.until(
        lambda: here.product.told("/status", CallStatus="completed")
    )
    states = [form["CallStatus"] for form in here.product.told("/status")]
    assert states == ["initiated", "ringing", "in-progress", "completed"]
    assert not caller.over.is_set()


async def test_the_others_hear_it_ring_and_can_call_it_off(here: Stage):
    _caller, _sid, room = await caller_in_a_room(here)
    here.product.documents["/voice"] = ROOM.replace("customer", "agent")
    agent = Speaker()
    here.engine.dial_in(from_="+15550107778", to=OURS, party=agent)
    conference = here.engine.exchange.conferences[room]
    await here.product.until(lambda: conference.is_started)
    guest = await invite(here, room, far_ends.NOBODY)
    await here.product.until(lambda: voices.ringback()[:800] in agent.sound)
    ringing = await here.sdk(
        lambda client: client.conferences(room).participants("guest").fetch()
    )
    assert (ringing.call_sid, ringing.status) == (guest.call_sid, "ringing")
    with pytest.raises(TwilioRestException) as taken:
        await invite(here, room, far_ends.MACHINE)
    assert taken.value.code == 16025
    await here.sdk(
        lambda client: client.conferences(room).participants("guest").delete()
    )
    await here.product.until(
        lambda: here.product.told("/status", CallStatus="canceled")
    )
    assert not conference.expected
    agent.heard.clear()
    await here.product.until(lambda: len(agent.heard) > 20)
    assert set(agent.sound) == {0xFF}


async def test_a_call_into_a_conference_ends_with_it(here: Stage):
    _caller, sid, room = await caller_in_a_room(here)
    guest = await invite(here, room, far_ends.NOBODY)
    await here.sdk(lambda client: client.calls(sid).update(status="completed"))
    await here.product.until(
        lambda: here.product.told(
            "/status", CallSid=guest.call_sid, CallStatus="canceled"
        )
    )


async def test_a_muted_participant_is_not_heard_and_it_is_reported(here: Stage):
    _caller, _sid, room = await caller_in_a_room(here)
    here.product.documents["/voice"] = ROOM.replace("customer", "agent")
    agent = Speaker(tone(0x20, 3000))
    here.engine.dial_in(from_="+15550107778", to=OURS, party=agent)
    await here.product.until(lambda: here.engine.exchange.conferences[room].is_started)
    for muted, event in ((True, "participant-mute"), (False, "participant-unmute")):
        await here.sdk(
            lambda client, muted=muted: (
                client.conferences(room).participants("agent").update(muted=muted)
            )
        )
        (told,) = await here.product.until(
            lambda event=event: here.product.told(
                "/conference", StatusCallbackEvent=event
            )
        )
        assert told["ParticipantLabel"] == "agent"
        assert told["Muted"] == str(muted).lower()
        _caller.heard.clear()
        await here.product.until(lambda: len(_caller.heard) > 10)
        assert (tone(0x20, 1) in _caller.sound) is not muted


async def test_a_recording_that_paused_keeps_the_calls_clock(here: Stage):
    """Both channels are silent for as long as the pause was, and nothing moves."""
    here.product.documents["/voice"] = (
        '<Start><Recording channels="dual" trim="do-not-trim"/></Start>' + ROOM
    )
    caller = Speaker(tone(0x10, 3000))
    leg = here.engine.dial_in(from_="+15550107777", to=OURS, party=caller)
    await here.product.until(lambda: here.engine.exchange.recordings_of(leg))
    here.product.documents["/voice"] = ROOM.replace("customer", "agent")
    here.engine.dial_in(from_="+15550107778", to=OURS, party=Speaker(tone(0x20, 3000)))
    await here.product.until(lambda: len(caller.heard) > 50)
    current = "Twilio.CURRENT"

    async def set_recording(**state: str) -> int:
        await here.sdk(
            lambda client: client.calls(leg.sid).recordings(current).update(**state)
        )
        return leg.ticks

    paused = await set_recording(status="paused", pause_behavior="silence")
    await here.product.until(lambda: leg.ticks > paused + 50)
    resumed = await set_recording(status="in-progress")
    await here.product.until(lambda: leg.ticks > resumed + 50)
    leg.hangup()
    (recording,) = here.engine.exchange.recordings_of(leg)
    with wave.open(str(recording.path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    frames = samples.reshape(-1, 160, 2)
    assert len(frames) == leg.ticks
    for channel in (0, 1):
        loud = np.abs(frames[:, :, channel].astype(int)).mean(axis=1) > 100
        assert not loud[paused + 5 : resumed - 5].any()
        assert loud[paused - 20 : paused - 5].all()
        assert loud[resumed + 5 : resumed + 40].all()
