"""What Twilio tells about calls, recordings and streams, parameter by parameter; pure."""

from simulators.twilio.legs import Leg
from simulators.twilio.names import API_VERSION, E164, iso8601, now, rfc2822
from simulators.twilio.recording import Recording
from simulators.twilio.stream import MediaStream

PARTS = ("City", "State", "Zip", "Country")


def call_params(account_sid: str, leg: Leg) -> dict[str, str]:
    """The parameters that come with every request about a call."""
    params = dict(leg.params) | {
        "CallSid": leg.sid,
        "AccountSid": account_sid,
        "From": leg.from_,
        "To": leg.to,
        "Caller": leg.from_,
        "Called": leg.to,
        "CallStatus": leg.status,
        "ApiVersion": API_VERSION,
        "Direction": leg.direction,
    }
    for role, twin, address in (
        ("From", "Caller", leg.from_),
        ("To", "Called", leg.to),
    ):
        if E164.match(address):
            params |= dict.fromkeys((role + part for part in PARTS), "")
            params |= dict.fromkeys((twin + part for part in PARTS), "")
            country = "US" if address.startswith("+1") else ""
            params[f"{role}Country"] = params[f"{twin}Country"] = country
    if leg.direction == "inbound" and E164.match(leg.from_):
        params["StirVerstat"] = "TN-Validation-Passed-A"
        params["CallToken"] = leg.token
    if leg.parent is not None:
        params["ParentCallSid"] = leg.parent.sid
    if leg.answered_by:
        params["AnsweredBy"] = leg.answered_by
    return params


def progress_params(account_sid: str, leg: Leg, event: str) -> dict[str, str]:
    """A call's status callback for one of initiated, ringing, answered, completed."""
    params = call_params(account_sid, leg) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(leg.next_sequence()),
        "Timestamp": rfc2822(now()) or "",
    }
    if event == "initiated":
        params["CallStatus"] = "initiated"
    if event == "completed":
        params |= {
            "CallDuration": str(leg.duration),
            "Duration": str(-(-leg.duration // 60)),
            "SipResponseCode": leg.sip_code,
        }
    return params


def recording_params(
    account_sid: str, recording: Recording, url: str
) -> dict[str, str]:
    """A recording's status callback, in the status that it has now."""
    params = {
        "AccountSid": account_sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": url,
        "RecordingStatus": recording.status,
        "RecordingChannels": str(recording.wanted.channels),
        "RecordingStartTime": rfc2822(recording.created) or "",
        "RecordingSource": recording.wanted.source,
        "RecordingTrack": recording.wanted.track,
        "ErrorCode": "0",
    }
    if recording.conference_sid:
        params["ConferenceSid"] = recording.conference_sid
    if not recording.is_running:
        params["RecordingDuration"] = str(recording.duration)
    return params


def stream_params(
    account_sid: str, stream: MediaStream, event: str, error: str
) -> dict[str, str]:
    """A stream's status callback."""
    params = {
        "AccountSid": account_sid,
        "CallSid": stream.leg.sid,
        "StreamSid": stream.sid,
        "StreamName": stream.name,
        "StreamEvent": event,
        "Timestamp": iso8601(now()),
    }
    if error:
        params["StreamError"] = error
    return params
