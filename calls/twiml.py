"""The TwiML of a call as a function of its state: records in, document out; no database, no network."""

from dataclasses import dataclass
from typing import Final, Literal

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

# Seconds: a message, and the silence that ends it.
LONGEST_MESSAGE: Final = 120
MESSAGE_OVER: Final = 5
# How long the caller may think about which key to press.
_THINKING: Final = 5
# The name of the stream that only hears.
_LISTENING: Final = "live"

Treatment = Literal["conference", "voicemail", "callback", "goodbye"]
# What there is to say before anything else.
Opening = Literal[
    "greeting", "assistant", "closed", "overflow", "again", "connecting", ""
]
# Where the document is asked for again after the assistant's stream: so often, if
# nobody answers, it takes long, or something fails. Twilio keeps this part to itself.
_ASK_AGAIN: Final = "#rc=5&rp=ct,rt,5xx"
# Seconds after a stream of the assistant's that broke: a process that restarts needs
# them, and one that is gone is not asked without a pause.
_BREATH: Final = 1


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where Twilio finds us, absolute; `media` is the websocket."""

    voice: str
    media: str
    recording_status: str
    conference_status: str
    stream_status: str
    waiting: str
    voicemail_left: str
    voicemail_status: str
    callback_choice: str
    ringing: str


@dataclass(frozen=True, slots=True)
class Speech:
    """Words and the language of the voice that says them; without words nothing is said."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Texts:
    """All that may be said to a caller on one line."""

    greeting: Speech
    consent: Speech
    closed: Speech
    again: Speech
    connecting: Speech
    nobody_free: Speech
    invitation: Speech
    offer: Speech
    thanks: Speech
    promise: Speech
    goodbye: Speech


@dataclass(frozen=True, slots=True)
class CustomerLeg:
    """What decides the customer's document."""

    sid: str
    room: str
    ended: bool
    treatment: Treatment
    opening: Opening
    left_message: bool
    wants_callback: bool
    led: bool  # the assistant has the call
    taken: bool  # an agent who has taken it over comes in within a second
    listening: bool  # a media stream is open that only hears
    recorded: bool  # a recording runs or has run
    stream_token: str
    texts: Texts


@dataclass(frozen=True, slots=True)
class Waiting:
    """What decides what somebody hears who waits alone in a conference."""

    announcement: Speech | None
    music: str
    again: str
    rest: int = 1  # seconds after the music


def customer(leg: CustomerLeg, at: Addresses) -> str:
    """What the customer's telephone does now: be heard, be recorded, be told, and be treated."""
    response = VoiceResponse()
    if leg.ended:
        response.hangup()
        return str(response)
    if not leg.listening and not leg.led:
        _listen(response, leg.stream_token, at)
    if not leg.recorded:
        _record(response, at)
    if leg.listening and leg.led:
        _stop_listening(response)
    for speech in _opening(leg):
        _say(response, speech)
    if leg.led:
        _converse(response, leg.stream_token, at)
    elif leg.left_message or leg.wants_callback:
        _end(response, leg.texts.thanks if leg.left_message else leg.texts.promise)
    else:
        _treat(response, leg, at)
    return str(response)


def _treat(response: VoiceResponse, leg: CustomerLeg, at: Addresses) -> None:
    match leg.treatment:
        case "conference":
            # When the conference ends under a caller who is still there, Twilio asks again.
            dial = response.dial(action=at.voice)
            music = "" if leg.taken else f"{at.waiting}?call={leg.sid}"
            _meet(dial, leg.room, "customer", at, waiting=music)
        case "voicemail":
            _take_message(response, leg.texts, at)
        case "callback":
            _offer_callback(response, leg.texts, at)
        case "goodbye":
            _end(response, leg.texts.goodbye)


def _end(response: VoiceResponse, speech: Speech) -> None:
    _say(response, speech)
    response.hangup()


def waiting(state: Waiting) -> str:
    """A round of waiting: where in line, music, and the next round."""
    response = VoiceResponse()
    if state.announcement is not None:
        _say(response, state.announcement)
    response.play(state.music)
    # Music that cannot be fetched plays for no time at all: then we are not asked at once.
    response.pause(length=state.rest)
    response.redirect(state.again)
    return str(response)


def _opening(leg: CustomerLeg) -> list[Speech]:
    """What comes first. The recording begins just before the welcome: with it, that was said."""
    texts = leg.texts
    welcome = {
        "greeting": [texts.greeting, texts.consent],
        # It greets by itself.
        "assistant": [texts.consent],
        "closed": [texts.greeting, texts.consent, texts.closed],
    }
    if leg.opening in welcome:
        return [] if leg.recorded else welcome[leg.opening]
    later = {
        "again": [texts.again],
        "connecting": [texts.connecting],
        "overflow": [texts.nobody_free],
    }
    return later.get(leg.opening, [])


def _say(verb: VoiceResponse | Gather, speech: Speech) -> None:
    if speech.text:
        verb.say(speech.text, language=speech.language)


def _take_message(response: VoiceResponse, texts: Texts, at: Addresses) -> None:
    """With nothing said the verbs after it follow, and not its action."""
    _say(response, texts.invitation)
    response.record(
        action=at.voicemail_left,
        play_beep=True,
        max_length=LONGEST_MESSAGE,
        timeout=MESSAGE_OVER,
        finish_on_key="#",
        recording_status_callback=at.voicemail_status,
        recording_status_callback_event="completed absent",
    )
    _end(response, texts.goodbye)


def _offer_callback(response: VoiceResponse, texts: Texts, at: Addresses) -> None:
    gather = response.gather(
        input="dtmf",
        num_digits=1,
        timeout=_THINKING,
        action=at.callback_choice,
        # No key is an answer too.
        action_on_empty_result=True,
    )
    _say(gather, texts.offer)


def agent(room: str, at: Addresses) -> str:
    """An agent's telephone joins the call's conference; leaving it does not end the call."""
    response = VoiceResponse()
    _meet(response.dial(), room, "agent", at, waiting=at.ringing)
    return str(response)


def _meet(dial: Dial, room: str, label: str, at: Addresses, *, waiting: str) -> None:
    is_customer = label == "customer"
    dial.conference(
        room,
        # A label is taken once in a conference, and there may be several agents.
        participant_label=label if is_customer else None,
        start_conference_on_enter=not is_customer,
        end_conference_on_exit=is_customer,
        beep=False,
        wait_url=waiting,
        # A sound file is fetched, a document asked for.
        wait_method="POST" if is_customer else "GET",
        # Twilio takes these from whoever comes first, and an agent may be faster than
        # a greeting is long: so both say the same.
        status_callback=at.conference_status,
        status_callback_event="start end join leave hold mute",
    )


def announcement(speech: Speech) -> str:
    """Something that one participant of a conference is told in between."""
    response = VoiceResponse()
    _say(response, speech)
    return str(response)


def keys(digits: str) -> str:
    """The tones of a telephone's keys."""
    response = VoiceResponse()
    response.play(digits=digits)
    return str(response)


def hang_up() -> str:
    response = VoiceResponse()
    response.hangup()
    return str(response)


def _listen(response: VoiceResponse, token: str, at: Addresses) -> None:
    start = response.start()
    stream = start.stream(
        url=at.media,
        name=_LISTENING,
        track="both_tracks",
        status_callback=at.stream_status,
    )
    stream.parameter(name="token", value=token)


def _stop_listening(response: VoiceResponse) -> None:
    response.stop().stream(name=_LISTENING)


def _converse(response: VoiceResponse, token: str, at: Addresses) -> None:
    """The assistant hears and speaks; when its stream breaks, Twilio asks again."""
    stream = response.connect().stream(
        url=at.media, name="voice", status_callback=at.stream_status
    )
    stream.parameter(name="token", value=token)
    response.pause(length=_BREATH)
    response.redirect(f"{at.voice}{_ASK_AGAIN}")


def _record(response: VoiceResponse, at: Addresses) -> None:
    response.start().recording(
        channels="dual",
        track="both",
        # The recording must stay on the call's clock; trimming is Twilio's default.
        trim="do-not-trim",
        recording_status_callback=at.recording_status,
        recording_status_callback_event="in-progress completed absent",
    )
