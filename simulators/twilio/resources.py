"""Twilio's JSON for each resource, field by field; who may see it is decided by REST."""

from typing import Any

from simulators.twilio.conference import Conference, Participant
from simulators.twilio.exchange import Exchange
from simulators.twilio.legs import Leg
from simulators.twilio.messages import MEANINGS, Message
from simulators.twilio.names import API_VERSION, identity_of, rfc2822
from simulators.twilio.numbers import Number
from simulators.twilio.recording import Recording
from simulators.twilio.stream import MediaStream

Json = dict[str, Any]
SUB_OF_CALL = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


def account_path(exchange: Exchange) -> str:
    return f"/{API_VERSION}/Accounts/{exchange.account_sid}"


def call(exchange: Exchange, leg: Leg) -> Json:
    path = f"{account_path(exchange)}/Calls/{leg.sid}"
    ours = exchange.numbers.get(leg.to if leg.direction == "inbound" else leg.from_)
    return {
        "sid": leg.sid,
        "date_created": rfc2822(leg.created),
        "date_updated": rfc2822(leg.updated),
        "parent_call_sid": leg.parent.sid if leg.parent else None,
        "account_sid": exchange.account_sid,
        "to": leg.to,
        "to_formatted": _formatted(leg.to),
        "from": leg.from_,
        "from_formatted": _formatted(leg.from_),
        "phone_number_sid": ours.sid if ours else None,
        "status": leg.status,
        "start_time": rfc2822(leg.started),
        "end_time": rfc2822(leg.ended),
        "duration": str(leg.duration) if leg.ended else None,
        "price": None,
        "price_unit": "USD",
        "direction": leg.direction,
        "answered_by": leg.answered_by,
        "annotation": None,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{path}.json",
        "subresource_uris": {
            name: f"{path}/{part}.json" for name, part in SUB_OF_CALL.items()
        },
    }


def _formatted(address: str) -> str:
    if identity_of(address) is None and address.startswith("+1") and len(address) == 12:
        return f"({address[2:5]}) {address[5:8]}-{address[8:]}"
    return address


def stream(exchange: Exchange, found: MediaStream) -> Json:
    path = f"{account_path(exchange)}/Calls/{found.leg.sid}/Streams/{found.sid}"
    return {
        "sid": found.sid,
        "account_sid": exchange.account_sid,
        "call_sid": found.leg.sid,
        "name": found.wish.name or None,
        "status": found.status,
        "date_updated": rfc2822(found.updated),
        "uri": f"{path}.json",
    }


def recording(exchange: Exchange, found: Recording, *, of_call: bool) -> Json:
    account = account_path(exchange)
    path = f"{account}/Recordings/{found.sid}"
    body: Json = {
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "call_sid": found.call_sid,
        "conference_sid": found.conference_sid,
        "date_created": rfc2822(found.created),
        "date_updated": rfc2822(found.updated),
        "start_time": rfc2822(found.created),
        "duration": None if found.is_running else str(found.duration),
        "sid": found.sid,
        "price": None,
        "price_unit": "USD",
        "status": found.status,
        "channels": found.wanted.channels,
        "source": found.wanted.source,
        "error_code": None,
        "encryption_details": None,
        "track": found.wanted.track,
        "uri": f"{path}.json",
    }
    if of_call:
        return body | {
            "uri": f"{account}/Calls/{found.call_sid}/Recordings/{found.sid}.json"
        }
    return body | {
        "media_url": exchange.recording_url(found),
        "subresource_uris": {
            "add_on_results": f"{path}/AddOnResults.json",
            "transcriptions": f"{path}/Transcriptions.json",
        },
    }


def conference(exchange: Exchange, room: Conference) -> Json:
    path = f"{account_path(exchange)}/Conferences/{room.sid}"
    return {
        "account_sid": exchange.account_sid,
        "date_created": rfc2822(room.created),
        "date_updated": rfc2822(room.updated),
        "api_version": API_VERSION,
        "friendly_name": room.name,
        "region": "us1",
        "sid": room.sid,
        "status": room.status,
        "uri": f"{path}.json",
        "subresource_uris": {
            "participants": f"{path}/Participants.json",
            "recordings": f"{path}/Recordings.json",
        },
        "reason_conference_ended": room.reason_ended,
        "call_sid_ending_conference": room.ended_by,
    }


def participant(exchange: Exchange, room: Conference, who: Participant) -> Json:
    path = f"{account_path(exchange)}/Conferences/{room.sid}/Participants"
    return {
        "account_sid": exchange.account_sid,
        "call_sid": who.leg.sid,
        "label": who.label or None,
        "call_sid_to_coach": who.coach or None,
        "coaching": who.coaching,
        "conference_sid": room.sid,
        "date_created": rfc2822(who.joined),
        "date_updated": rfc2822(who.updated),
        "end_conference_on_exit": who.end_on_exit,
        "muted": who.muted,
        "hold": who.hold,
        "start_conference_on_enter": who.entry.start_on_enter,
        "status": _participant_status(who.leg),
        "queue_time": "0",
        "uri": f"{path}/{who.leg.sid}.json",
    }


def _participant_status(leg: Leg) -> str:
    if leg.is_over:
        return "complete" if leg.status == "completed" else "failed"
    return {"queued": "queued", "ringing": "ringing"}.get(leg.status, "connected")


def message(exchange: Exchange, found: Message) -> Json:
    path = f"{account_path(exchange)}/Messages/{found.sid}"
    return {
        "account_sid": exchange.account_sid,
        "api_version": API_VERSION,
        "body": found.body,
        "date_created": rfc2822(found.created),
        "date_sent": rfc2822(found.sent),
        "date_updated": rfc2822(found.updated),
        "direction": found.direction,
        "error_code": found.error,
        "error_message": MEANINGS.get(found.error) if found.error else None,
        "from": found.from_,
        "messaging_service_sid": None,
        "num_media": str(len(found.media) + len(found.attached)),
        "num_segments": str(found.segments),
        "price": None,
        "price_unit": "USD",
        "sid": found.sid,
        "status": found.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": found.to,
        "uri": f"{path}.json",
    }


def number(exchange: Exchange, found: Number) -> Json:
    path = f"{account_path(exchange)}/IncomingPhoneNumbers/{found.sid}"
    return {
        "account_sid": exchange.account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"fax": False, "mms": True, "sms": True, "voice": True},
        "date_created": rfc2822(found.created),
        "date_updated": rfc2822(found.updated),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": found.friendly_name,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": found.number,
        "sid": found.sid,
        "sms_application_sid": found.sms_application_sid,
        "sms_fallback_method": found.sms_fallback_method,
        "sms_fallback_url": found.sms_fallback_url,
        "sms_method": found.sms_method,
        "sms_url": found.sms_url,
        "status": "in-use",
        "status_callback": found.status_callback,
        "status_callback_method": found.status_callback_method,
        "trunk_sid": None,
        "type": "local",
        "uri": f"{path}.json",
        "voice_application_sid": found.voice_application_sid,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": found.voice_fallback_method,
        "voice_fallback_url": found.voice_fallback_url,
        "voice_method": found.voice_method,
        "voice_receive_mode": "voice",
        "voice_url": found.voice_url,
        "subresource_uris": {"assigned_add_ons": f"{path}/AssignedAddOns.json"},
    }
