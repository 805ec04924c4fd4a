"""Documents played on a live leg: every verb, and what happens when a document is bad."""

import io
import wave
from pathlib import Path

from audio import mulaw
from simulators import accounts, voices
from simulators.tests.twilio_product import CLEO, Document, Speaker, Stage, stage, tone

SORRY = "We are sorry, an application error has occurred. Goodbye."


def call(on: Stage, document: Document, *sounds: bytes, **more: Document) -> Speaker:
    """Cleo calls; `/voice` answers the document, other paths what `more` says."""
    on.product.documents = {"/voice": document} | {f"/{k}": v for k, v in more.items()}
    cleo = Speaker(*sounds)
    cleo.leg = on.engine.dial_in(from_=CLEO, to=accounts.TWILIO_NUMBER, party=cleo)
    return cleo


def wav(sound: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(mulaw.decode(sound).astype("<i2").tobytes())
    return out.getvalue()


async def test_the_voice_webhook_carries_twilios_parameters(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, "<Hangup/>")
        await cleo.over.wait()
        (asked,) = on.product.told("/voice")
        assert asked["CallSid"] == cleo.leg.sid
        assert (asked["CallStatus"], asked["Direction"]) == ("ringing", "inbound")
        assert (asked["From"], asked["Called"]) == (CLEO, accounts.TWILIO_NUMBER)
        assert asked["FromCountry"] == asked["CalledCountry"] == "US"
        (ended,) = await on.product.until(lambda: on.product.told("/call-status"))
        assert ended["CallbackSource"] == "call-progress-events"
        assert (ended["CallStatus"], ended["SequenceNumber"]) == ("completed", "0")
        assert on.product.bad_signatures == []


async def test_what_is_said_is_heard_to_the_last_byte_and_then_the_call_ends(
    tmp_path: Path,
):
    async with stage(tmp_path) as on:
        cleo = call(on, '<Say>Hi.</Say><Pause length="0"/>')
        await cleo.over.wait()
        assert voices.render("Hi.", voice="system").mulaw in cleo.sound
        assert cleo.end == "completed"


async def test_redirect_goes_on_with_a_relative_link(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, "<Redirect>/next?step=2</Redirect><Hangup/>", next="<Hangup/>")
        await cleo.over.wait()
        assert on.product.told("/next", step="2")


async def test_a_rejected_call_is_never_answered(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, '<Reject reason="busy"/>')
        await cleo.over.wait()
        assert (cleo.end, cleo.is_up) == ("busy", False)


async def test_keys_are_gathered_while_the_prompt_plays(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            '<Gather numDigits="2" action="/keys"><Say>Press two keys now please.</Say>'
            "</Gather>",
            keys="<Hangup/>",
        )
        await on.product.until(lambda: cleo.is_up and cleo.sound.strip(b"\xff"))
        cleo.leg.press("42")
        await cleo.over.wait()
        assert on.product.told("/keys", Digits="42")
        assert len(cleo.heard) < 50


async def test_words_are_not_gathered_and_that_is_said(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, '<Gather input="dtmf speech" action="/keys"/>')
        await cleo.over.wait()
        assert [w.code for w in on.engine.warnings] == [12200]


async def test_keys_are_played_as_tones(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, '<Play digits="4w2"/>')
        await cleo.over.wait()
        assert voices.keys("4w2") in cleo.sound


async def test_without_keys_the_next_verb_follows(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            '<Gather timeout="0" action="/keys"/><Redirect>/none</Redirect>',
            none="<Hangup/>",
        )
        await cleo.over.wait()
        assert on.product.told("/none")
        assert not on.product.told("/keys")


async def test_a_message_is_recorded_until_the_caller_is_quiet(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            '<Record action="/taken" timeout="1" recordingStatusCallback="/status"/>',
            taken="<Hangup/>",
        )
        await on.product.until(lambda: voices.beep()[:1600] in cleo.sound)
        cleo.queue = b"\xff" * 4800 + tone(0x10, 20)
        await cleo.over.wait()
        (taken,) = on.product.told("/taken")
        (status,) = await on.product.until(lambda: on.product.told("/status"))
        assert taken["RecordingSid"] == status["RecordingSid"]
        assert (status["RecordingSource"], status["RecordingChannels"]) == (
            "RecordVerb",
            "1",
        )
        recording = on.engine.exchange.recordings[taken["RecordingSid"]]
        with wave.open(str(recording.path)) as file:
            assert file.getnframes() == 20 * 160


async def test_who_hangs_up_in_a_message_still_leaves_it(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, '<Record playBeep="false" action="/taken"/>', taken="<Hangup/>")
        cleo.queue = tone(0x10, 5)
        await on.product.until(lambda: len(cleo.heard) > 8)
        cleo.leg.hangup()
        (taken,) = await on.product.until(lambda: on.product.told("/taken"))
        assert taken["Digits"] == "hangup"


async def test_a_sound_file_is_played(tmp_path: Path):
    async with stage(tmp_path) as on:
        on.product.files["/ding.wav"] = ("audio/wav", wav(tone(0x22, 4)))
        cleo = call(on, "<Play loop='2'>/ding.wav</Play>")
        await cleo.over.wait()
        assert tone(0x22, 8) in cleo.sound


async def test_an_unknown_verb_ends_the_call_with_a_warning(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, "<Shout>x</Shout>")
        await cleo.over.wait()
        assert [w.code for w in on.engine.warnings] == [12200]
        assert cleo.end == "failed"


async def test_an_error_in_mid_call_is_apologised_for(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, "<Say>Hi.</Say><Redirect>/gone</Redirect>", gone="HTTP 500")
        await cleo.over.wait()
        assert voices.render(SORRY, voice="system").mulaw in cleo.sound
        assert [w.code for w in on.engine.warnings] == [11200]


async def test_the_second_url_is_asked_when_the_first_fails(tmp_path: Path):
    async with stage(tmp_path) as on:
        number = on.engine.exchange.numbers[accounts.TWILIO_NUMBER]
        number.voice_fallback_url = f"{on.product.url}/second"
        cleo = call(on, "HTTP 503", second="<Say>Hi.</Say>")
        await cleo.over.wait()
        assert on.product.told("/second", ErrorCode="11200")
        assert cleo.end == "completed"


async def test_a_stream_that_no_verb_follows_ends_the_call(tmp_path: Path):
    async with stage(tmp_path) as on:
        url = on.stream_url()
        cleo = call(on, f'<Start><Stream url="{url}"/></Start>')
        await cleo.over.wait()
        assert (cleo.end, len(cleo.heard) < 10) == ("completed", True)


async def test_a_relative_callback_of_a_recording_is_warned_about(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(
            on,
            '<Start><Recording recordingStatusCallback="/r"/></Start>'
            '<Pause length="0"/>',
        )
        await cleo.over.wait()
        assert [w.code for w in on.engine.warnings] == [21609]


async def test_who_hangs_up_before_the_answer_was_not_answered(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = call(on, '<Pause length="20"/><Say>Hi.</Say>')
        await on.product.until(lambda: on.product.told("/voice"))
        cleo.leg.hangup()
        assert cleo.end == "no-answer"
        await on.product.until(
            lambda: on.product.told("/call-status", CallStatus="no-answer")
        )
