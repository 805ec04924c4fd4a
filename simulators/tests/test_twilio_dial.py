"""<Dial>: clients and numbers that answer, refuse, let it ring, or hang up."""

import asyncio
import io
import wave
from pathlib import Path

import pytest

from audio import mulaw
from simulators import accounts, voices
from simulators.tests.twilio_product import CLEO, Speaker, Stage, stage, tone
from simulators.twilio import Leg

ADA = "client:agent_7"
PLUMBER = "+15550102222"


def call(on: Stage, document: str, /, **more: str) -> Speaker:
    on.product.documents = {"/voice": document} | {f"/{k}": v for k, v in more.items()}
    cleo = Speaker()
    cleo.leg = on.engine.dial_in(from_=CLEO, to=accounts.TWILIO_NUMBER, party=cleo)
    return cleo


async def test_a_client_is_rung_answers_and_both_hear_each_other(tmp_path: Path):
    async with stage(tmp_path) as on:
        ada, rung = Speaker(), []

        async def answer(leg: Leg) -> Speaker:
            rung.append((leg.identity, leg.from_, leg.custom))
            await asyncio.sleep(0.05)
            return ada

        on.engine.register_client("agent_7", answer)
        cleo = call(
            on,
            '<Dial answerOnBridge="true" action="/after" hangupOnStar="true" '
            'record="record-from-answer-dual"><Client statusCallback="/child" '
            'statusCallbackEvent="initiated ringing answered completed">'
            '<Identity>agent_7</Identity><Parameter name="call" value="1"/></Client>'
            "</Dial>",
            after="<Hangup/>",
        )
        await on.product.until(lambda: ada.is_up)
        assert rung == [("agent_7", CLEO, {"call": "1"})]
        (child,) = cleo.leg.children
        cleo.queue, ada.queue = tone(0x10, 5), tone(0x22, 5)
        await on.product.until(lambda: tone(0x10, 5) in ada.sound)
        await on.product.until(lambda: tone(0x22, 5) in cleo.sound)
        cleo.leg.press("*")
        await cleo.over.wait()
        (after,) = on.product.told("/after")
        assert after["DialCallStatus"] == "completed"
        assert after["DialCallSid"] == child.sid
        await on.product.until(
            lambda: on.product.told("/child", CallStatus="completed")
        )
        told = on.product.told("/child")
        assert [t["CallStatus"] for t in told] == [
            "initiated", "ringing", "in-progress", "completed",
        ]  # fmt: skip
        assert {t["ParentCallSid"] for t in told} == {cleo.leg.sid}
        assert [t["SequenceNumber"] for t in told] == list("0123")


@pytest.mark.parametrize(
    ("picked", "status"), [(None, "busy"), ("no-answer", "no-answer")]
)
async def test_who_does_not_take_it_is_reported(
    tmp_path: Path, picked: str | None, status: str
):
    async with stage(tmp_path) as on:
        on.engine.register_number(PLUMBER, lambda _: picked)
        cleo = call(on, f'<Dial action="/after">{PLUMBER}</Dial>', after="<Hangup/>")
        await cleo.over.wait()
        assert on.product.told("/after", DialCallStatus=status)


async def test_a_client_that_is_not_there_does_not_answer(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on, '<Dial action="/after"><Client>ghost</Client></Dial>', after="<Hangup/>"
        )
        await cleo.over.wait()
        assert on.product.told("/after", DialCallStatus="no-answer")


async def test_the_first_who_answers_wins_and_the_others_stop_ringing(tmp_path: Path):
    async with stage(tmp_path) as on:
        ada = Speaker()
        stopped = asyncio.Event()

        async def never(_: Leg) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()

        on.engine.register_client("agent_7", lambda _: ada)
        on.engine.register_client("agent_8", never)
        cleo = call(on, "<Dial><Client>agent_8</Client><Client>agent_7</Client></Dial>")
        await on.product.until(lambda: ada.is_up)
        await stopped.wait()
        cleo.leg.hangup()
        await ada.over.wait()
        assert [c.status for c in cleo.leg.children] == ["canceled", "completed"]


async def test_a_caller_who_gives_up_stops_the_ringing(tmp_path: Path):
    async with stage(tmp_path) as on:
        stopped = asyncio.Event()

        async def never(_: Leg) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()

        on.engine.register_client("agent_7", never)
        cleo = call(on, "<Dial><Client>agent_7</Client></Dial>")
        await on.product.until(lambda: cleo.leg.children)
        cleo.leg.hangup()
        await stopped.wait()
        assert cleo.leg.children[0].status == "canceled"


async def test_who_answers_a_caller_who_has_just_gone_is_not_left_alone(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        ada = Speaker()

        def answer(child: Leg) -> Speaker:
            # In the very moment in which the child is answered.
            ada.answered = child.parent.hangup
            return ada

        on.engine.register_client("agent_7", answer)
        cleo = call(on, "<Dial><Client>agent_7</Client></Dial>")
        await ada.over.wait()
        assert (cleo.end, ada.end) == ("completed", "completed")


async def test_of_two_who_answer_at_once_one_talks_and_the_other_is_dropped(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        ada, bea = Speaker(), Speaker()
        on.engine.register_client("agent_7", lambda _: ada)
        on.engine.register_client("agent_8", lambda _: bea)
        cleo = call(on, "<Dial><Client>agent_7</Client><Client>agent_8</Client></Dial>")
        await on.product.until(lambda: ada.over.is_set() or bea.over.is_set())
        assert cleo.end is None
        cleo.leg.hangup()
        await ada.over.wait()
        await bea.over.wait()


async def test_who_hangs_up_while_the_other_hears_a_document_leaves_nobody(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        plumber = Speaker()
        on.engine.register_number(PLUMBER, lambda _: plumber)
        cleo = call(
            on,
            f'<Dial><Number sendDigits="7" url="/aside">{PLUMBER}</Number></Dial>',
            aside='<Pause length="60"/>',
        )
        await on.product.until(lambda: on.product.told("/aside"))
        assert voices.keys("7") in plumber.sound
        assert voices.keys("7") not in cleo.sound
        cleo.leg.hangup()
        await plumber.over.wait()
        assert plumber.end == "completed"


async def test_keys_are_pressed_before_the_document_of_a_call_out(tmp_path: Path):
    async with stage(tmp_path) as on:
        plumber = Speaker()
        on.engine.register_number(PLUMBER, lambda _: plumber)
        await on.sdk(
            lambda c: c.calls.create(
                to=PLUMBER,
                from_=accounts.TWILIO_NUMBER,
                twiml="<Response><Hangup/></Response>",
                send_digits="1w2",
            )
        )
        await plumber.over.wait()
        assert voices.keys("1w2") in plumber.sound


async def test_a_call_out_rings_answers_and_plays_its_document(tmp_path: Path):
    async with stage(tmp_path) as on:
        plumber = Speaker()
        on.engine.register_number(PLUMBER, lambda _: plumber)
        made = await on.sdk(
            lambda c: c.calls.create(
                to=PLUMBER,
                from_=accounts.TWILIO_NUMBER,
                twiml="<Response><Say>Hi.</Say></Response>",
                status_callback=f"{on.product.url}/status",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                record=True,
                recording_channels="dual",
                machine_detection="Enable",
            )
        )
        assert (made.status, made.direction) == ("queued", "outbound-api")
        await plumber.over.wait()
        ended = await on.product.until(
            lambda: on.product.told("/status", CallStatus="completed")
        )
        assert [t["CallStatus"] for t in on.product.told("/status")] == [
            "initiated", "ringing", "in-progress", "completed",
        ]  # fmt: skip
        assert ended[0]["AnsweredBy"] == "human"
        (recording,) = on.engine.exchange.recordings.values()
        assert recording.wanted.source == "OutboundAPI"


async def test_a_call_can_be_moved_away_from_its_dial(tmp_path: Path):
    async with stage(tmp_path) as on:
        ada = Speaker()
        on.engine.register_client("agent_7", lambda _: ada)
        cleo = call(on, "<Dial><Client>agent_7</Client></Dial>", on="<Say>Hi.</Say>")
        await on.product.until(lambda: ada.is_up)
        url = f"{on.product.url}/on"
        await on.sdk(lambda c: c.calls(cleo.leg.sid).update(url=url))
        await ada.over.wait()
        assert ada.end == "completed"
        await cleo.over.wait()
        assert on.product.told("/on", CallStatus="in-progress")


async def test_a_moved_child_goes_on_and_so_does_its_parent(tmp_path: Path):
    async with stage(tmp_path) as on:
        ada = Speaker()
        on.engine.register_client("agent_7", lambda _: ada)
        cleo = call(
            on,
            '<Dial action="/after"><Client>agent_7</Client></Dial>',
            after='<Pause length="1"/>',
        )
        await on.product.until(lambda: ada.is_up)
        twiml = '<Response><Pause length="1"/></Response>'
        child = cleo.leg.children[0].sid
        await on.sdk(lambda c: c.calls(child).update(twiml=twiml))
        await on.product.until(lambda: on.product.told("/after"))
        assert cleo.end is None
        assert ada.end is None


async def test_who_waits_goes_through_the_products_rounds(tmp_path):
    """Music, the position, a redirect to the next round, and again; never in a hurry."""
    async with stage(tmp_path) as on:
        on.product.files["/music"] = ("audio/wav", _wav(tone(0x10, 10)))
        on.product.documents["/waiting"] = (
            "<Say>You are number one in line.</Say><Play>/music</Play>"
            "<Redirect>/next</Redirect>"
        )
        on.product.documents["/next"] = "<Play>/music</Play><Redirect>/next</Redirect>"
        on.product.documents["/voice"] = (
            '<Dial><Conference waitUrl="/waiting" startConferenceOnEnter="false">'
            "room</Conference></Dial>"
        )
        cleo = Speaker()
        leg = on.engine.dial_in(from_=CLEO, to=accounts.TWILIO_NUMBER, party=cleo)
        await on.product.until(lambda: len(on.product.told("/next")) > 3)
        assert len(on.product.told("/waiting")) == 1
        assert tone(0x10, 5) in cleo.sound
        assert all(form["CallSid"] == leg.sid for form in on.product.told("/next"))
        on.product.documents["/next"] = "<Redirect>/next</Redirect>"
        before = len(on.product.told("/next"))
        await asyncio.sleep(1.5)
        assert len(on.product.told("/next")) <= before + 3
        leg.hangup()


def _wav(sound: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, mulaw.RATE, 0, "NONE", ""))
        out.writeframes(mulaw.decode(sound).astype("<i2").tobytes())
    return file.getvalue()
