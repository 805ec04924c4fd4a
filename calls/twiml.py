"""The TwiML of a call as a function of its state: records in, document out; no database, no network."""

from dataclasses import dataclass

from twilio.twiml.voice_response import Dial, VoiceResponse


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where Twilio finds us, absolute; `media` is the websocket."""

    voice: str
    media: str
    recording_status: str
    conference_status: str
    stream_status: str


@dataclass(frozen=True, slots=True)
class CustomerLeg:
    """What decides the customer's document."""

    room: str
    ended: bool
    greeting: str  # said once, to a caller whom nobody has talked to; empty for none
    language: str
    listening: bool  # a media stream is open
    recorded: bool  # a recording runs or has run
    stream_token: str


def customer(leg: CustomerLeg, at: Addresses) -> str:
    """What the customer's telephone does now: be heard, be recorded, be greeted, meet the agent."""
    response = VoiceResponse()
    if leg.ended:
        response.hangup()
        return str(response)
    if not leg.listening:
        _listen(response, leg.stream_token, at)
    if not leg.recorded:
        _record(response, at)
    if leg.greeting:
        response.say(leg.greeting, language=leg.language)
    # When the conference ends under a caller who is still there, Twilio asks again.
    dial = response.dial(action=at.voice)
    _meet(dial, leg.room, "customer", at)
    return str(response)


def agent(room: str, at: Addresses) -> str:
    """An agent's telephone joins the call's conference; leaving it does not end the call."""
    response = VoiceResponse()
    _meet(response.dial(), room, "agent", at)
    return str(response)


def _meet(dial: Dial, room: str, label: str, at: Addresses) -> None:
    is_customer = label == "customer"
    dial.conference(
        room,
        # A label is taken once in a conference, and there may be several agents.
        participant_label=label if is_customer else None,
        start_conference_on_enter=not is_customer,
        end_conference_on_exit=is_customer,
        beep=False,
        # Twilio takes these from whoever comes first, and an agent may be faster than
        # a greeting is long: so both say the same.
        status_callback=at.conference_status,
        status_callback_event="start end join leave hold mute",
    )


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
        name="live",
        track="both_tracks",
        status_callback=at.stream_status,
    )
    stream.parameter(name="token", value=token)


def _record(response: VoiceResponse, at: Addresses) -> None:
    response.start().recording(
        channels="dual",
        track="both",
        # The recording must stay on the call's clock; trimming is Twilio's default.
        trim="do-not-trim",
        recording_status_callback=at.recording_status,
        recording_status_callback_event="in-progress completed absent",
    )
