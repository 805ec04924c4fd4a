"""Which elements and attributes a TwiML document may hold; what they do is told elsewhere."""

import re
from dataclasses import dataclass

_CALLBACK = "statusCallback statusCallbackMethod"
_CALLBACKS = f"{_CALLBACK} statusCallbackEvent"
_RECORDED = (
    "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent"
)
_DETECTION = (
    "machineDetection amdStatusCallback amdStatusCallbackMethod "
    "machineDetectionTimeout machineDetectionSpeechThreshold "
    "machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one element may hold: attributes, those it must have, children, text."""

    attributes: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    text: bool = False


def _rule(
    attributes: str = "",
    *,
    required: str = "",
    children: str = "",
    text: bool = False,
) -> Rule:
    return Rule(
        frozenset(f"{attributes} {required}".split()),
        frozenset(required.split()),
        frozenset(children.split()),
        text,
    )


VERBS = "Say Play Pause Start Stop Connect Dial Record Gather Redirect Reject Hangup"

# The same element means different things under different parents, hence the paths.
RULES: dict[str, Rule] = {
    "Response": _rule(children=VERBS),
    "Say": _rule("voice loop language", text=True),
    "Play": _rule("loop digits", text=True),
    "Pause": _rule("length"),
    "Start": _rule("action method", children="Stream Recording"),
    "Start/Stream": _rule(
        f"name connectorName track {_CALLBACK}", required="url", children="Parameter"
    ),
    "Start/Recording": _rule(f"{_RECORDED} trim track channels name"),
    "Stop": _rule(children="Stream Recording"),
    "Stop/Stream": _rule(f"name connectorName track url {_CALLBACK}"),
    "Stop/Recording": _rule("name"),
    "Connect": _rule("action method", children="Stream"),
    "Connect/Stream": _rule(
        f"name connectorName track {_CALLBACK}", required="url", children="Parameter"
    ),
    "Parameter": _rule(required="name value"),
    "Dial": _rule(
        "action method timeout hangupOnStar timeLimit callerId record trim "
        f"answerOnBridge ringTone recordingTrack sequential {_RECORDED}",
        children="Number Client Conference",
        text=True,
    ),
    "Dial/Number": _rule(
        f"sendDigits url method byoc {_CALLBACKS} {_DETECTION}", text=True
    ),
    "Dial/Client": _rule(
        f"url method {_CALLBACKS}", children="Identity Parameter", text=True
    ),
    "Identity": _rule(text=True),
    "Dial/Conference": _rule(
        "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod "
        "maxParticipants record region coach trim eventCallbackUrl jitterBufferSize "
        f"participantLabel {_CALLBACKS} {_RECORDED}",
        text=True,
    ),
    "Record": _rule(
        "action method timeout finishOnKey maxLength playBeep trim transcribe "
        f"transcribeCallback {_RECORDED}"
    ),
    "Gather": _rule(
        "input action method timeout speechTimeout maxSpeechTime profanityFilter "
        "finishOnKey numDigits partialResultCallback partialResultCallbackMethod "
        "language hints bargeIn debug actionOnEmptyResult speechModel enhanced",
        children="Say Play Pause",
    ),
    "Redirect": _rule("method", text=True),
    "Reject": _rule("reason"),
    "Hangup": _rule(),
}

# Attributes with few allowed values, wherever they stand.
CHOICES: dict[str, frozenset[str]] = {
    "method": frozenset({"GET", "POST"}),
    "statusCallbackMethod": frozenset({"GET", "POST"}),
    "recordingStatusCallbackMethod": frozenset({"GET", "POST"}),
    "waitMethod": frozenset({"GET", "POST"}),
    "trim": frozenset({"trim-silence", "do-not-trim"}),
    "reason": frozenset({"busy", "rejected"}),
    "channels": frozenset({"mono", "dual"}),
    "beep": frozenset({"true", "false", "onEnter", "onExit"}),
    **{
        name: frozenset({"true", "false"})
        for name in (
            "answerOnBridge",
            "hangupOnStar",
            "muted",
            "startConferenceOnEnter",
            "endConferenceOnExit",
            "playBeep",
            "actionOnEmptyResult",
            "sequential",
        )
    },
}
CHOICES_AT: dict[tuple[str, str], frozenset[str]] = {
    ("Start/Stream", "track"): frozenset(
        {"inbound_track", "outbound_track", "both_tracks"}
    ),
    ("Connect/Stream", "track"): frozenset({"inbound_track"}),
    ("Start/Recording", "track"): frozenset({"inbound", "outbound", "both"}),
    ("Dial", "record"): frozenset(
        {
            "do-not-record",
            "record-from-answer",
            "record-from-ringing",
            "record-from-answer-dual",
            "record-from-ringing-dual",
            "true",
            "false",
        }
    ),
    ("Dial/Conference", "record"): frozenset(
        {"do-not-record", "record-from-start", "true", "false"}
    ),
}
NUMBERS: dict[str, tuple[int, int]] = {
    "length": (0, 3600),
    "loop": (0, 1000),
    "timeout": (0, 600),
    "timeLimit": (1, 86400),
    "maxLength": (1, 14400),
    "numDigits": (1, 1000),
    "maxParticipants": (1, 250),
}
# Keys to be pressed by Twilio; w waits half a second, and W a whole one.
KEYS = re.compile(r"[0-9*#A-Da-dwW]+")
KEYS_IN = frozenset({("Play", "digits"), ("Dial/Number", "sendDigits")})
# SSML inside <Say> is read for its words alone.
SSML = frozenset(
    {
        "break",
        "emphasis",
        "lang",
        "p",
        "phoneme",
        "prosody",
        "s",
        "say-as",
        "sub",
        "w",
        "amazon:effect",
        "mark",
    }
)


def rule(tag: str, parent: str) -> Rule | None:
    """The rule of an element where it stands; None when Twilio knows no such element."""
    return RULES.get(f"{parent}/{tag}") or RULES.get(tag)


def key(tag: str, parent: str) -> str:
    return f"{parent}/{tag}" if f"{parent}/{tag}" in RULES else tag
