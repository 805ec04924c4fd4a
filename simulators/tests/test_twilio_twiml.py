"""Reading TwiML: what the SDK writes is understood, what Twilio would refuse is refused."""

import pytest
from twilio.twiml.voice_response import (
    Connect,
    Dial,
    Gather,
    Start,
    Stop,
    VoiceResponse,
)

from simulators.twilio.errors import ApplicationError
from simulators.twilio.twiml import parse


def everything() -> VoiceResponse:
    response = VoiceResponse()
    start = Start()
    stream = start.stream(
        name="live", url="wss://127.0.0.1:1/ws/media/", track="both_tracks"
    )
    stream.parameter(name="token", value="x")
    response.append(start)
    recording = Start()
    recording.recording(
        recording_status_callback="http://127.0.0.1/r",
        recording_status_callback_event="in-progress completed absent",
        channels="dual",
        track="both",
        trim="do-not-trim",
    )
    response.append(recording)
    response.say("Hello", language="en-US", voice="Polly.Joanna", loop=2)
    response.play("/music.wav", loop=0)
    response.pause(length=2)
    gather = Gather(num_digits=1, action="/keys", action_on_empty_result=True)
    gather.say("Press a key")
    response.append(gather)
    dial = Dial(action="/after", timeout=10, answer_on_bridge=True, hangup_on_star=True)
    dial.client("agent_7", status_callback="/c", status_callback_event="answered")
    dial.number("+15550101234")
    response.append(dial)
    room = Dial()
    room.conference(
        "call-1",
        participant_label="customer",
        start_conference_on_enter=False,
        wait_url="",
        beep=False,
        coach="CA1",
        record="record-from-start",
    )
    response.append(room)
    connect = Connect(action="/on")
    connect.stream(url="wss://127.0.0.1:1/ws/media/")
    response.append(connect)
    stop = Stop()
    stop.stream(name="live")
    response.append(stop)
    response.record(max_length=30, play_beep=True, transcribe=False, action="/v")
    response.redirect("/voice", method="POST")
    response.reject(reason="busy")
    response.hangup()
    return response


def test_all_that_the_sdk_writes_for_us_is_understood():
    document = parse(str(everything()), "http://127.0.0.1/voice")
    assert [verb.tag for verb in document.verbs] == [
        "Start", "Start", "Say", "Play", "Pause", "Gather", "Dial", "Dial",
        "Connect", "Stop", "Record", "Redirect", "Reject", "Hangup",
    ]  # fmt: skip
    assert document.verbs[0].children[0].children[0].get("value") == "x"


def test_links_are_read_against_the_document():
    document = parse("<Response/>", "http://127.0.0.1/a/voice?x=1")
    assert document.resolve("keys") == "http://127.0.0.1/a/keys"
    assert document.resolve("/keys") == "http://127.0.0.1/keys"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 12100),
        ("<Response><Say>", 12100),
        ("<Answer/>", 12102),
        ("<Response><Shout>x</Shout></Response>", 12200),
        ("<Response>text</Response>", 12200),
        ('<Response><Say loud="yes">x</Say></Response>', 12200),
        ("<Response><Say><Play>x</Play></Say></Response>", 12200),
        ('<Response><Pause length="long"/></Response>', 12200),
        ("<Response><Start><Stream/></Start></Response>", 12200),
        (
            '<Response><Start><Stream url="wss://x" track="all"/></Start></Response>',
            12200,
        ),
        (
            '<Response><Connect><Stream url="wss://x" track="both_tracks"/></Connect>'
            "</Response>",
            12200,
        ),
        ('<Response><Dial record="yes">+15550101234</Dial></Response>', 12200),
        ("<Response><Gather><Hangup/></Gather></Response>", 12200),
        ('<Response><Record timeout="auto"/></Response>', 12200),
        ('<Response><Play digits="five"/></Response>', 12200),
    ],
)
def test_what_twilio_would_refuse_is_refused(text: str, code: int):
    with pytest.raises(ApplicationError) as refused:
        parse(text, "http://127.0.0.1/voice")
    assert refused.value.code == code


def test_speech_markup_is_read_for_its_words():
    document = parse(
        '<Response><Say>One <break strength="weak"/><emphasis>two</emphasis> three'
        "</Say></Response>",
        "",
    )
    assert document.verbs[0].text == "One two three"
