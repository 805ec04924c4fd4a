"""AssemblyAI's transcripts, through the vendor's own SDK and a real webhook."""

import asyncio
import io
from datetime import datetime

import aiohttp
import assemblyai as aai
import numpy as np
import pytest
import soundfile
from aiohttp import web

from audio import mulaw
from simulators import accounts, faults, voices
from simulators.tests.outside import free_port

CALLER = "Hello, my name is Cleo and my card is 4111 1111 1111 1111. I am angry."
AGENT = "Thank you, that is perfect. I can help you with that."
MODELS = ["universal-2"]
RAW = {"Authorization": accounts.ASSEMBLYAI_API_KEY}


@pytest.fixture
async def http(outside):
    async with aiohttp.ClientSession(outside.http, headers=RAW) as session:
        yield session


@pytest.fixture
async def client(outside):
    settings = aai.Settings(
        base_url=outside.http, api_key=accounts.ASSEMBLYAI_API_KEY, polling_interval=0.1
    )
    async with aai.AsyncClient(settings=settings) as made:
        yield made


def samples(text, *, voice, before=0.0):
    speech = mulaw.decode(voices.render(text, voice=voice).mulaw)
    return np.concatenate([np.zeros(int(before * 8000), np.int16), speech])


def recording(*channels):
    """A WAV with one voice per channel."""
    longest = max(len(channel) for channel in channels) + 4000
    whole = np.zeros((longest, len(channels)), np.int16)
    for number, channel in enumerate(channels):
        whole[: len(channel), number] = channel
    file = io.BytesIO()
    soundfile.write(file, whole, 8000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def call():
    """The caller on channel 1 and, when she is done, the agent on channel 2."""
    first = samples(CALLER, voice="caller", before=0.5)
    second = samples(AGENT, voice="agent", before=len(first) / 8000 + 0.7)
    return recording(first, second)


async def upload(http, data):
    async with http.post("/v2/upload", data=data) as response:
        return (await response.json())["upload_url"]


async def submit(http, data, **wanted):
    body = {
        "audio_url": await upload(http, data),
        "speech_models": MODELS,
        "language_detection": True,
        **wanted,
    }
    async with http.post("/v2/transcript", json=body) as response:
        answer = await response.json()
        assert response.status == 200, answer
        return answer["id"]


async def fetch(http, key, part=""):
    async with http.get(f"/v2/transcript/{key}{part}") as response:
        return await response.json()


async def finished(http, data, **wanted):
    key = await submit(http, data, **wanted)
    async with asyncio.timeout(20):
        while True:
            transcript = await fetch(http, key)
            if transcript["status"] in {"completed", "error"}:
                return transcript
            await asyncio.sleep(0.05)


async def test_the_sdk_transcribes_a_file(client, tmp_path):
    path = tmp_path / "call.wav"
    path.write_bytes(call())
    config = aai.TranscriptionConfig(
        speech_models=MODELS, multichannel=True, language_detection=True
    )
    transcriber = aai.AsyncTranscriber(client=client)
    transcript = await transcriber.transcribe(str(path), config)
    assert transcript.status == aai.TranscriptStatus.completed
    assert [u.text for u in transcript.utterances] == [CALLER, AGENT]


async def test_each_channel_has_its_own_words_and_times(http):
    transcript = await finished(http, call(), multichannel=True)
    caller, agent = transcript["utterances"]
    assert (caller["channel"], caller["text"]) == ("1", CALLER)
    assert (agent["channel"], agent["text"]) == ("2", AGENT)
    assert 450 <= caller["start"] <= 700
    assert caller["end"] <= agent["start"]
    assert [word["text"] for word in caller["words"]] == CALLER.split()
    assert transcript["audio_channels"] == 2
    assert transcript["language_code"] == "en"
    assert transcript["speech_model_used"] == "universal-2"


async def test_the_newest_are_listed_first_with_their_times(http):
    keys = [(await finished(http, call()))["id"] for _ in range(2)]
    async with http.get("/v2/transcript?limit=5") as response:
        rows = (await response.json())["transcripts"]
    assert [row["id"] for row in rows] == keys[::-1]
    created, completed = (
        datetime.fromisoformat(rows[0][name]) for name in ("created", "completed")
    )
    assert datetime.fromisoformat(rows[1]["completed"]) <= created <= completed


async def test_states_follow_each_other(http):
    key = await submit(http, call())
    seen = []
    async with asyncio.timeout(20):
        while not seen or seen[-1] not in {"completed", "error"}:
            status = (await fetch(http, key))["status"]
            if not seen or seen[-1] != status:
                seen.append(status)
            await asyncio.sleep(0.02)
    assert seen == ["queued", "processing", "completed"]


async def test_personal_data_is_hidden_in_text_words_and_entities(http):
    transcript = await finished(
        http,
        call(),
        multichannel=True,
        entity_detection=True,
        redact_pii=True,
        redact_pii_policies=["credit_card_number"],
        redact_pii_sub="entity_name",
    )
    shown = str({**transcript, "id": ""})
    assert "4111" not in shown
    assert "[CREDIT_CARD_NUMBER]" in transcript["text"]
    kinds = {entity["entity_type"] for entity in transcript["entities"]}
    assert kinds >= {"credit_card_number", "person_name"}


async def test_redacted_audio_no_longer_says_it(http):
    transcript = await finished(
        http,
        call(),
        redact_pii=True,
        redact_pii_policies=["credit_card_number"],
        redact_pii_audio=True,
        redact_pii_audio_quality="wav",
    )
    answer = await fetch(http, transcript["id"], "/redacted-audio")
    async with http.get(answer["redacted_audio_url"]) as response:
        redacted = await response.read()
    again = await finished(http, redacted)
    assert "4111" not in again["text"]
    assert "Cleo" in again["text"]


async def test_sentiment_is_told_by_sentence(http):
    transcript = await finished(
        http, call(), multichannel=True, sentiment_analysis=True
    )
    found = {s["text"]: s for s in transcript["sentiment_analysis_results"]}
    assert found["I am angry."]["sentiment"] == "NEGATIVE"
    assert found["Thank you, that is perfect."]["sentiment"] == "POSITIVE"
    assert found["I am angry."]["channel"] == "1"


async def test_sentences_and_paragraphs_are_parsed_by_the_sdk(http):
    transcript = await finished(http, call(), multichannel=True)
    sentences = await fetch(http, transcript["id"], "/sentences")
    parsed = aai.types.SentencesResponse.parse_obj(sentences)
    assert parsed.sentences[-1].text == "I can help you with that."
    paragraphs = await fetch(http, transcript["id"], "/paragraphs")
    assert aai.types.ParagraphsResponse.parse_obj(paragraphs).paragraphs


async def test_a_newer_model_breaks_the_sdks_own_parsing_as_the_vendor_does(http):
    transcript = await finished(http, call(), speech_models=["assemblyai-stt-3-7"])
    assert transcript["speech_model_used"] == "assemblyai-stt-3-7"
    with pytest.raises(ValueError, match="speech_model"):
        aai.types.TranscriptResponse.parse_obj(transcript)


async def test_two_voices_on_one_channel_get_labels(http):
    first = samples("Good morning, this is the caller speaking.", voice="caller")
    second = samples("Hello, what can I do for you today?", voice="onyx", before=1.0)
    transcript = await finished(
        http,
        recording(np.concatenate([first, second])),
        speaker_labels=True,
        speakers_expected=2,
    )
    assert [u["speaker"] for u in transcript["utterances"]] == ["A", "B"]


async def test_text_is_not_audio(http):
    transcript = await finished(http, b"This is no recording at all. " * 40)
    assert transcript["status"] == "error"
    assert "does not appear to contain audio" in transcript["error"]


async def test_silence_has_no_language(http):
    transcript = await finished(http, recording(np.zeros(16_000, np.int16)))
    assert transcript["status"] == "error"
    assert "no spoken audio" in transcript["error"]


async def test_silence_without_detection_is_an_empty_text(http):
    silence = recording(np.zeros(16_000, np.int16))
    transcript = await finished(http, silence, language_detection=False)
    assert (transcript["status"], transcript["text"]) == ("completed", "")


async def test_an_address_out_there_is_never_fetched(http):
    transcript = await finished(http, call(), audio_url="https://example.com/a.wav")
    assert transcript["status"] == "error"
    assert transcript["error"].startswith("Download error")


async def test_the_vendor_may_fail(http):
    faults.board.switch_on(faults.Fault("assemblyai", "error", left=1))
    assert (await finished(http, call()))["status"] == "error"


async def test_a_deleted_transcript_says_nothing_more(http):
    transcript = await finished(http, call())
    async with http.delete(f"/v2/transcript/{transcript['id']}") as response:
        assert response.status == 200
    assert CALLER not in str(await fetch(http, transcript["id"]))


@pytest.mark.parametrize(
    "change",
    [
        {"speech_models": None},
        {"speech_models": []},
        {"speech_models": ["nano"]},
        {"speech_model": "best"},
        {"audio_url": None},
        {"audio_url": "file:///etc/passwd"},
        {"multichannel": "yes"},
        {"colour": "red"},
        {"language_code": "en"},
        {"redact_pii": True},
        {"redact_pii": True, "redact_pii_policies": ["everything"]},
        {"redact_pii_audio": True},
        {"speakers_expected": 2},
        {"prompt": "a", "keyterms_prompt": ["b"]},
        {"webhook_auth_header_name": "X-Secret"},
        {"word_boost": ["Acme"]},
    ],
)
async def test_what_the_vendor_refuses_is_refused(http, change):
    body = {
        "audio_url": "https://cdn.assemblyai.com/upload/x",
        "speech_models": MODELS,
        "language_detection": True,
        **change,
    }
    async with http.post("/v2/transcript", json=body) as response:
        assert response.status == 400
        assert isinstance((await response.json())["error"], str)


async def test_a_stranger_gets_the_vendors_401(outside):
    async with (
        aiohttp.ClientSession(outside.http) as session,
        session.get(
            "/v2/transcript/x", headers={"Authorization": "Bearer wrong"}
        ) as response,
    ):
        assert response.status == 401
        assert "Authentication error" in (await response.json())["error"]


class Receiver:
    """A webhook that answers with the statuses it is given, one after another."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.got = []
        self.news = asyncio.Event()

    async def hook(self, request):
        self.got.append((request.headers.get("X-Secret"), await request.json()))
        self.news.set()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 204)


@pytest.fixture
async def listen():
    runners = []

    async def start(receiver):
        app = web.Application()
        app.router.add_post("/hook", receiver.hook)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return {
            "webhook_url": f"http://127.0.0.1:{port}/hook",
            "webhook_auth_header_name": "X-Secret",
            "webhook_auth_header_value": "open sesame",
        }

    yield start
    for runner in runners:
        await runner.cleanup()


async def delivered(receiver, number):
    async with asyncio.timeout(10):
        while len(receiver.got) < number:
            await receiver.news.wait()
            receiver.news.clear()


async def test_the_webhook_says_which_transcript_is_done_and_carries_the_secret(
    http, listen
):
    receiver = Receiver()
    key = await submit(http, call(), **await listen(receiver))
    await delivered(receiver, 1)
    assert receiver.got == [
        ("open sesame", {"transcript_id": key, "status": "completed"})
    ]


async def test_the_secret_is_not_shown(http, listen):
    receiver = Receiver()
    key = await submit(http, call(), **await listen(receiver))
    shown = await fetch(http, key)
    assert shown["webhook_auth"] is True
    assert "open sesame" not in str(shown)


async def test_a_failing_webhook_is_tried_again(http, listen):
    receiver = Receiver(500, 204)
    await submit(http, call(), **await listen(receiver))
    await delivered(receiver, 2)


async def test_a_4xx_ends_the_tries(http, listen):
    receiver = Receiver(403)
    key = await submit(http, call(), **await listen(receiver))
    await delivered(receiver, 1)
    await asyncio.sleep(0.7)
    assert len(receiver.got) == 1
    assert (await fetch(http, key))["webhook_status_code"] == 403
