"""REST through the real SDK: what is accepted, what is refused and how, what comes back."""

import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from audio import mulaw
from simulators import accounts
from simulators.tests.twilio_product import CLEO, Speaker, Stage, stage, tone

WAITING = '<Pause length="60"/>'
PLUMBER = "+15550102222"
UNKNOWN = "CA" + "0" * 32


async def live(on: Stage, document: str = "<Say>.</Say>" + WAITING) -> Speaker:
    on.product.documents["/voice"] = document
    cleo = Speaker()
    cleo.leg = on.engine.dial_in(from_=CLEO, to=accounts.TWILIO_NUMBER, party=cleo)
    await on.product.until(lambda: cleo.is_up)
    return cleo


async def refused(on: Stage, work: Callable[[Client], Any]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as error:
        await on.sdk(work)
    return error.value.status, error.value.code


def get(url: str, **more: Any) -> requests.Response:
    auth = (accounts.TWILIO_ACCOUNT_SID, accounts.TWILIO_AUTH_TOKEN)
    return requests.get(url, timeout=5, **({"auth": auth} | more))


async def test_only_the_accounts_own_keys_open_the_door(tmp_path: Path):
    async with stage(tmp_path) as on:
        for user, secret, wanted in (
            (accounts.TWILIO_API_KEY_SID, accounts.TWILIO_API_KEY_SECRET, None),
            (accounts.TWILIO_ACCOUNT_SID, "wrong", (401, 20003)),
            (accounts.TWILIO_API_KEY_SID, "wrong", (401, 20003)),
            ("AC" + "9" * 32, accounts.TWILIO_AUTH_TOKEN, (401, 20003)),
        ):
            on.client = Client(user, secret, on.account)
            on.client.api.base_url = on.api
            if wanted is None:
                assert await on.sdk(lambda c: c.calls.list()) == []
            else:
                assert await refused(on, lambda c: c.calls(UNKNOWN).fetch()) == wanted
        url = f"{on.api}/2010-04-01/Accounts/{on.account}/Calls.json"
        bare = await on.sdk(lambda _: get(url, auth=None))
        assert (bare.status_code, bare.json()["code"]) == (401, 20003)


CALL = {"to": PLUMBER, "from_": accounts.TWILIO_NUMBER, "url": "http://127.0.0.1/v"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "12"}, 21211),
        ({"from_": "12"}, 21212),
        ({"from_": "+15550105555"}, 21210),
        ({"url": None}, 21205),
        ({"url": "voice"}, 21205),
        ({"twiml": "<Response/>"}, 21218),
        ({"url": None, "twiml": "<Response>"}, 12100),
        ({"url": None, "twiml": "<Response>" + " " * 4000 + "</Response>"}, 21603),
        ({"status_callback": "later"}, 21609),
        (
            {"status_callback": "http://127.0.0.1/", "status_callback_event": ["x"]},
            21626,
        ),
        ({"timeout": 9999}, 20001),
        ({"send_digits": "one"}, 20001),
    ],
)
async def test_a_wrong_call_is_refused(
    tmp_path: Path, change: dict[str, Any], code: int
):
    async with stage(tmp_path) as on:
        wanted = {k: v for k, v in (CALL | change).items() if v is not None}
        assert await refused(on, lambda c: c.calls.create(**wanted)) == (400, code)


async def test_what_does_not_exist_is_not_found(tmp_path: Path):
    async with stage(tmp_path) as on:
        for work in (
            lambda c: c.calls(UNKNOWN).fetch(),
            lambda c: c.calls(UNKNOWN).update(status="completed"),
            lambda c: c.calls("nonsense").recordings.create(),
            lambda c: c.conferences("CF" + "0" * 32).fetch(),
            lambda c: c.recordings("RE" + "0" * 32).fetch(),
            lambda c: c.messages("SM" + "0" * 32).fetch(),
            lambda c: c.queues("QU1").fetch(),
        ):
            assert await refused(on, work) == (404, 20404)


async def test_an_unknown_parameter_is_refused(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = await live(on)
        url = f"{on.api}/2010-04-01/Accounts/{on.account}/Calls/{cleo.leg.sid}.json"
        auth = (accounts.TWILIO_ACCOUNT_SID, accounts.TWILIO_AUTH_TOKEN)
        answer = await on.sdk(
            lambda _: requests.post(url, {"Statuss": "x"}, auth=auth, timeout=5)
        )
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_a_call_that_is_over_cannot_be_moved_or_ended(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = await live(on)
        await on.sdk(lambda c: c.calls(cleo.leg.sid).update(status="completed"))
        assert cleo.end == "completed"
        for change in ({"status": "completed"}, {"twiml": "<Response/>"}):
            assert await refused(
                on, lambda c, change=change: c.calls(cleo.leg.sid).update(**change)
            ) == (400, 21220)


async def test_a_call_is_moved_to_a_document_in_the_request(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = await live(on)
        twiml = f"<Response><Redirect>{on.product.url}/moved</Redirect></Response>"
        on.product.documents["/moved"] = "<Hangup/>"
        await on.sdk(lambda c: c.calls(cleo.leg.sid).update(twiml=twiml))
        await cleo.over.wait()
        assert on.product.told("/moved")


async def test_calls_are_listed_by_filter_and_page(tmp_path: Path):
    async with stage(tmp_path) as on:
        people = [await live(on) for _ in range(3)]
        people[0].leg.hangup()
        listed = await on.sdk(lambda c: c.calls.list(page_size=2))
        assert [c.sid for c in listed] == [p.leg.sid for p in reversed(people)]
        up = await on.sdk(lambda c: c.calls.list(status="in-progress", from_=CLEO))
        assert len(up) == 2
        ended = await on.sdk(lambda c: c.calls(people[0].leg.sid).fetch())
        assert ended.duration == "0"
        assert ended.end_time >= ended.start_time
        await on.sdk(lambda c: c.calls(ended.sid).delete())
        assert len(await on.sdk(lambda c: c.calls.list())) == 2


async def test_a_recording_is_started_paused_stopped_fetched_and_deleted(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        cleo = await live(on)
        made = await on.sdk(
            lambda c: c.calls(cleo.leg.sid).recordings.create(
                recording_channels="dual",
                recording_status_callback=f"{on.product.url}/recording",
                recording_status_callback_event=["in-progress", "completed"],
            )
        )
        cleo.queue = tone(0x10, 10)
        await on.product.until(lambda: not cleo.queue)

        def current(status: str) -> Callable[[Client], Any]:
            return lambda c: (
                c.calls(cleo.leg.sid)
                .recordings("Twilio.CURRENT")
                .update(status=status, pause_behavior="silence")
            )

        assert (await on.sdk(current("paused"))).status == "paused"
        assert (await on.sdk(current("in-progress"))).status == "in-progress"
        assert (await on.sdk(current("stopped"))).status == "completed"
        assert await refused(on, current("paused")) == (404, 20404)
        (told,) = await on.product.until(
            lambda: on.product.told("/recording", RecordingStatus="completed")
        )
        assert told["RecordingSource"] == "StartCallRecordingAPI"
        assert on.product.told("/recording", RecordingStatus="in-progress")

        url = told["RecordingUrl"]
        two = await on.sdk(lambda _: get(url + ".wav?RequestedChannels=2"))
        with wave.open(io.BytesIO(two.content)) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, 8000)
            left = file.readframes(file.getnframes())
        wanted = mulaw.decode(tone(0x10, 10)).astype("<i2").tobytes()
        assert wanted in b"".join(left[i : i + 2] for i in range(0, len(left), 4))
        part = await on.sdk(lambda _: get(url, headers={"Range": "bytes=0-99"}))
        assert (part.status_code, len(part.content)) == (206, 100)
        mp3 = await on.sdk(lambda _: get(url + ".mp3"))
        assert mp3.headers["Content-Type"] == "audio/mpeg"
        assert (await on.sdk(lambda _: get(url, auth=None))).status_code == 401

        fetched = await on.sdk(lambda c: c.recordings(made.sid).fetch())
        assert (fetched.channels, fetched.status) == (2, "completed")
        assert (
            len(await on.sdk(lambda c: c.recordings.list(call_sid=cleo.leg.sid))) == 1
        )
        assert await on.sdk(lambda c: c.recordings(made.sid).delete())
        assert (await on.sdk(lambda _: get(url))).status_code == 404


async def test_a_mono_recording_has_no_second_channel(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = await live(on)
        made = await on.sdk(lambda c: c.calls(cleo.leg.sid).recordings.create())
        await on.product.until(lambda: len(cleo.heard) > 60)
        cleo.leg.hangup()
        url = f"{on.api}/2010-04-01/Accounts/{on.account}/Recordings/{made.sid}"
        assert (await on.sdk(lambda _: get(url))).status_code == 200
        two = await on.sdk(lambda _: get(url + ".wav?RequestedChannels=2"))
        assert two.status_code == 400


async def test_a_number_is_found_and_pointed_elsewhere(tmp_path: Path):
    async with stage(tmp_path) as on:
        (number,) = await on.sdk(
            lambda c: c.incoming_phone_numbers.list(phone_number=accounts.TWILIO_NUMBER)
        )
        assert number.voice_url == f"{on.product.url}/voice"
        elsewhere = f"{on.product.url}/elsewhere"
        changed = await on.sdk(
            lambda c: c.incoming_phone_numbers(number.sid).update(voice_url=elsewhere)
        )
        assert changed.voice_url == elsewhere
        on.product.documents["/elsewhere"] = "<Hangup/>"
        cleo = Speaker()
        on.engine.dial_in(from_=CLEO, to=accounts.TWILIO_NUMBER, party=cleo)
        await cleo.over.wait()
        assert on.product.told("/elsewhere")


# -- conferences ------------------------------------------------------------------


def room(label: str, more: str = "") -> str:
    return (
        f'<Dial action="/left"><Conference participantLabel="{label}" beep="false" '
        'statusCallback="/conference" statusCallbackEvent="start end join leave mute '
        f'hold modify announcement" {more}>call-1</Conference></Dial>'
    )


async def meeting(on: Stage) -> tuple[Speaker, Speaker, str]:
    """Cleo and Ada in a conference; its SID."""
    on.product.documents["/left"] = "<Hangup/>"
    cleo = await live(on, room("customer", 'waitUrl=""'))
    ada = Speaker()
    on.product.documents["/voice"] = room("agent")
    ada.leg = on.engine.client_call(identity="agent_7", params={}, party=ada)
    (found,) = await on.product.until(
        lambda: [c for c in on.engine.exchange.conferences.values() if c.is_started]
    )
    return cleo, ada, found.sid


async def test_a_customer_is_put_on_hold_with_music_and_comes_back(tmp_path: Path):
    async with stage(tmp_path) as on:
        on.product.documents["/hold"] = "<Say>Please hold.</Say>"
        cleo, ada, sid = await meeting(on)
        hold = f"{on.product.url}/hold"
        changed = await on.sdk(
            lambda c: (
                c.conferences(sid)
                .participants("customer")
                .update(hold=True, hold_url=hold, hold_method="POST")
            )
        )
        assert changed.hold
        mark = len(cleo.heard)
        await on.product.until(lambda: b"".join(cleo.heard[mark:]).strip(b"\xff"))
        assert on.product.told("/hold", ConferenceSid=sid, CallSid=cleo.leg.sid)
        cleo.queue = tone(0x10, 5)
        await on.product.until(lambda: not cleo.queue)
        back = await on.sdk(
            lambda c: c.conferences(sid).participants(cleo.leg.sid).update(hold=False)
        )
        assert not back.hold
        assert tone(0x10, 1) not in ada.sound
        cleo.queue = tone(0x10, 5)
        await on.product.until(lambda: tone(0x10, 5) in ada.sound)
        for event in ("participant-hold", "participant-unhold"):
            await on.product.until(
                lambda event=event: on.product.told(
                    "/conference",
                    StatusCallbackEvent=event,
                    ParticipantLabel="customer",
                )
            )


async def test_a_supervisor_is_rung_listens_coaches_and_is_removed(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo, ada, sid = await meeting(on)
        sam = Speaker()
        on.engine.register_client("supervisor_1", lambda _: sam)
        people = on.client.conferences(sid).participants
        await on.sdk(
            lambda _: people.create(
                from_=accounts.TWILIO_NUMBER,
                to="client:supervisor_1",
                label="supervisor",
                muted=True,
                beep="false",
            )
        )
        await on.product.until(
            lambda: len(on.engine.exchange.conferences[sid].people) == 3
        )
        listed = await on.sdk(lambda _: people.list())
        assert {p.label for p in listed} == {"customer", "agent", "supervisor"}
        supervisor = on.client.conferences(sid).participants("supervisor")
        coaching = await on.sdk(
            lambda _: supervisor.update(
                muted=False, coaching=True, call_sid_to_coach=ada.leg.sid
            )
        )
        assert (coaching.coaching, coaching.call_sid_to_coach) == (True, ada.leg.sid)
        sam.queue = tone(0x33, 5)
        await on.product.until(lambda: tone(0x33, 5) in ada.sound)
        assert tone(0x33, 1) not in cleo.sound
        assert await refused(
            on,
            lambda _: supervisor.update(coaching=True, call_sid_to_coach=UNKNOWN),
        ) == (400, 13240)
        assert await refused(
            on,
            lambda _: people.create(
                from_=accounts.TWILIO_NUMBER, to="client:x", label="agent"
            ),
        ) == (400, 16025)
        await on.sdk(lambda _: supervisor.delete())
        await sam.over.wait()
        assert await refused(on, lambda _: supervisor.fetch()) == (404, 20404)
        assert cleo.end is None


async def test_ending_a_conference_sends_everybody_on(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo, ada, sid = await meeting(on)
        ended = await on.sdk(lambda c: c.conferences(sid).update(status="completed"))
        assert ended.status == "completed"
        assert ended.reason_conference_ended == "conference-ended-via-api"
        await cleo.over.wait()
        await ada.over.wait()
        assert len(on.product.told("/left", DialCallStatus="answered")) == 2
        (found,) = await on.sdk(lambda c: c.conferences.list(friendly_name="call-1"))
        assert found.status == "completed"
        assert on.engine.exchange.conference("call-1").sid != sid


async def test_a_participant_who_is_moved_leaves_and_the_other_stays(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo, ada, _ = await meeting(on)
        twiml = f"<Response>{WAITING}</Response>"
        await on.sdk(lambda c: c.calls(cleo.leg.sid).update(twiml=twiml))
        (left,) = await on.product.until(
            lambda: on.product.told(
                "/conference", StatusCallbackEvent="participant-leave"
            )
        )
        assert left["ReasonParticipantLeft"] == "participant_updated_via_api"
        assert (left["ParticipantCallStatus"], cleo.end, ada.end) == (
            "in-progress",
            None,
            None,
        )


async def test_an_announcement_is_heard_by_one(tmp_path: Path):
    async with stage(tmp_path) as on:
        on.product.documents["/announce"] = "<Say>Hi.</Say>"
        cleo, ada, sid = await meeting(on)
        url = f"{on.product.url}/announce"
        await on.sdk(
            lambda c: (
                c.conferences(sid).participants("customer").update(announce_url=url)
            )
        )
        await on.product.until(
            lambda: on.product.told(
                "/conference", StatusCallbackEvent="announcement-end"
            )
        )
        assert cleo.sound.strip(b"\xff")
        assert not ada.sound.strip(b"\xff")


async def test_a_recorded_conference_has_the_first_participant_on_channel_one(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        on.product.documents["/left"] = "<Hangup/>"
        record = (
            'record="record-from-start" recordingStatusCallback="/recording" '
            'trim="do-not-trim"'
        )
        cleo = await live(on, room("customer", record))
        ada = Speaker()
        on.product.documents["/voice"] = room("agent")
        on.engine.client_call(identity="agent_7", params={}, party=ada)
        await on.product.until(
            lambda: [c for c in on.engine.exchange.conferences.values() if c.is_started]
        )
        cleo.queue, ada.queue = tone(0x10, 5), tone(0x22, 5)
        await on.product.until(lambda: tone(0x10, 5) in ada.sound)
        cleo.leg.hangup()
        await on.sdk(
            lambda c: [x.update(status="completed") for x in c.conferences.list()]
        )
        (told,) = await on.product.until(lambda: on.product.told("/recording"))
        assert told["RecordingSource"] == "Conference"
        path = on.engine.exchange.recordings[told["RecordingSid"]].path
        with wave.open(str(path)) as file:
            data = file.readframes(file.getnframes())
        left = b"".join(data[i : i + 2] for i in range(0, len(data), 4))
        assert mulaw.decode(tone(0x10, 5)).astype("<i2").tobytes() in left
