"""The verbs of a call: the only writers of its records; each is safe to repeat."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from calls import status as call_status
from calls.events import missing_parts, publish
from calls.models import Call, Leg, Recording, User, WebhookDelivery, new_token
from calls.signals import call_ended, recording_settled
from calls.telephone import telephone
from vendors.errors import VendorError

# How long Twilio may take to open a stream that it was asked for.
_STREAM_PATIENCE: Final = timedelta(seconds=10)
# A stream that Twilio has stopped has mostly stopped because the call is ending.
_AFTER_STOP: Final = timedelta(seconds=5)


class Refused(Exception):  # noqa: N818  an answer, not an error
    """A command that cannot be done now; nothing was changed.

    `code` is stable, `message` is for the person who asked.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def register_call(
    *, sid: str, from_number: str, to_number: str, direction: str = "inbound"
) -> Call:
    """The call of this SID, made at the first mention; an inbound one is offered to every desk."""
    with transaction.atomic():
        call, made = Call.objects.get_or_create(
            sid=sid,
            defaults={
                "direction": direction,
                "from_number": from_number,
                "to_number": to_number,
                "created_at": timezone.now(),
                "status": call_status.RINGING,
            },
        )
        if made:
            Leg.objects.create(call=call, sid=sid, kind=Leg.Kind.CUSTOMER)
            data: dict[str, Any] = {
                "direction": direction,
                "from": from_number,
                "to": to_number,
            }
            publish(call=call, name="call.created", **data)
    return call


def answer_call(*, call: Call) -> Call:
    """Twilio is about to carry out our document: the call is up, and its clock starts."""
    with transaction.atomic():
        call = _locked(call.sid)
        if call.answered_at is None and not call.has_ended:
            call.answered_at = timezone.now()
            call.stream_due_at = call.answered_at + _STREAM_PATIENCE
            call.save(update_fields=["answered_at", "stream_due_at"])
            _move(call, call_status.IN_PROGRESS)
            publish(call=call, name="call.offered")
    return call


def accept_call(*, sid: str, agent: User) -> Call:
    """Claim a ringing call for exactly one agent; repeating one's own claim changes nothing."""
    with transaction.atomic():
        call = _locked(sid)
        if call.agent_id == agent.pk and not call.has_ended:
            return call
        _refuse_if_ended(call)
        if call.agent is not None:
            raise Refused(
                "already_taken", _("%(agent)s took this call.") % {"agent": call.agent}
            )
        # The agent's row orders two clicks of one agent on two calls.
        User.objects.select_for_update().get(pk=agent.pk)
        if Call.objects.live().of_agent(agent).exists():
            raise Refused("busy", _("You are on another call."))
        now = timezone.now()
        call.agent = agent
        call.accepted_at = now
        # Gone until the telephone joins: a browser that never does frees the call.
        call.agent_gone_at = now
        call.save(update_fields=["agent", "accepted_at", "agent_gone_at"])
        publish(
            call=call,
            name="call.accepted",
            agent={"id": agent.pk, "name": str(agent)},
            at=now.timestamp(),
        )
    return call


def decline_call(*, sid: str, agent: User) -> Call:
    """The call stops ringing on this agent's desk and goes on ringing on the others'."""
    with transaction.atomic():
        call = _locked(sid)
        _refuse_if_ended(call)
        if call.agent_id is not None:
            raise Refused("already_taken", _("This call no longer rings."))
        if not call.declined_by.filter(pk=agent.pk).exists():
            call.declined_by.add(agent)
            publish(call=call, name="call.declined", by=agent.pk)
    return call


def end_call(*, sid: str, by: User) -> Call:
    """Hang up for everybody. The records change when Twilio reports the end."""
    call = _own(sid, by)
    _ask_twilio(lambda: telephone().end(call_sid=call.sid))
    return call


def hold_call(*, sid: str, by: User) -> Call:
    """Play music to the customer; the hold begins when Twilio reports it."""
    return _set_hold(sid=sid, by=by, on=True)


def resume_call(*, sid: str, by: User) -> Call:
    """Take the customer back from hold."""
    return _set_hold(sid=sid, by=by, on=False)


def _set_hold(*, sid: str, by: User, on: bool) -> Call:
    call = _own(sid, by)
    if not call.conference_sid or call.agent_joined_at is None:
        raise Refused("not_connected", _("You are not connected to the caller yet."))
    if (call.held_at is not None) != on:
        _ask_twilio(
            lambda: telephone().hold(
                conference_sid=call.conference_sid, participant=call.sid, on=on
            )
        )
    return call


def join_agent_leg(*, sid: str, leg_sid: str, agent: User) -> Call:
    """An agent's telephone asks for its document: it may enter only a call that is this agent's."""
    with transaction.atomic():
        call = _locked(sid)
        _refuse_if_ended(call)
        if call.agent_id != agent.pk:
            raise Refused("not_yours", _("This call belongs to somebody else."))
        Leg.objects.get_or_create(
            sid=leg_sid, defaults={"call": call, "kind": Leg.Kind.AGENT, "user": agent}
        )
    return call


def record_status(*, call: Call, status: str) -> Call:
    """Move the call to a reported status, never backwards; the end is told once."""
    with transaction.atomic():
        call = _locked(call.sid)
        _move(call, status)
    return call


def record_conference_event(*, payload: dict[str, str]) -> None:
    """Joining, leaving and holding, as the conference reports them."""
    handler = {
        "participant-join": _participant_joined,
        "participant-leave": _participant_left,
        "participant-hold": _held,
        "participant-unhold": _resumed,
    }.get(payload.get("StatusCallbackEvent", ""))
    leg = (
        Leg.objects.select_related("call")
        .filter(sid=payload.get("CallSid", ""))
        .first()
    )
    if handler is None or leg is None:
        return
    with transaction.atomic():
        call = _locked(leg.call.sid)
        if not call.has_ended and not _is_superseded(call, payload):
            call.conference_sid = payload.get("ConferenceSid", "")
            call.save(update_fields=["conference_sid"])
            handler(call, leg, _moment(payload))


def record_recording(*, call: Call, payload: dict[str, str]) -> Recording:
    """Twilio's word on a recording; completed and absent are final."""
    with transaction.atomic():
        recording, _made = Recording.objects.select_for_update().get_or_create(
            sid=payload["RecordingSid"],
            defaults={
                "call": call,
                "status": Recording.Status.IN_PROGRESS,
                "channel_map": {"1": "caller", "2": "agent"},
            },
        )
        reported = payload.get("RecordingStatus", "")
        settled = {Recording.Status.COMPLETED, Recording.Status.ABSENT}
        if recording.status not in settled and reported in settled:
            recording.status = reported
            recording.url = payload.get("RecordingUrl", "")
            recording.channels = int(payload.get("RecordingChannels") or 0)
            recording.duration = float(payload.get("RecordingDuration") or 0)
            recording.save()
            recording_settled.send(sender=Recording, recording=recording)
    return recording


def store_webhook(
    *, kind: str, key: str, payload: dict[str, Any], call: Call | None
) -> bool:
    """Keep a vendor's message; False if this very message was here before."""
    _delivery, new = WebhookDelivery.objects.get_or_create(
        kind=kind, key=key, defaults={"payload": payload, "call": call}
    )
    return new


def open_stream(
    *, call_sid: str, stream_sid: str, token: str, connected_at: datetime
) -> Call | None:
    """Give the call's stream to this socket if its token is right; a token opens one stream.

    Twilio connects the first stream in the moment in which it answers: that is the
    zero of the call's clock, on which events, live words and recording must agree.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update().filter(sid=call_sid).first()
        if (
            call is None
            or call.has_ended
            or not constant_time_compare(call.stream_token, token)
        ):
            return None
        first = call.streams == 0
        if first:
            call.answered_at = connected_at
        call.streams += 1
        call.stream_sid = stream_sid
        call.stream_due_at = None
        call.stream_token = new_token()
        call.save(
            update_fields=[
                "streams",
                "answered_at",
                "stream_sid",
                "stream_due_at",
                "stream_token",
            ]
        )
        # Whoever listens to the new stream knows nothing of old troubles.
        for part in missing_parts(call):
            publish(call=call, name="trouble.ended", part=part)
        if first:
            answered = connected_at.timestamp()
            publish(call=call, name="call.answered", answered_at=answered)
    return call


def close_stream(
    *, call_id: int, stream_sid: str, lost: bool, answered_at: datetime | None = None
) -> None:
    """The stream is over. `lost`: Twilio did not stop it, and the call goes on unheard.

    `answered_at` is the zero of the call's clock as the first stream's frames have set it.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=call_id)
        if answered_at is not None and call.streams == 1:
            call.answered_at = answered_at
        if call.stream_sid == stream_sid:
            call.stream_sid = ""
            pause = timedelta(0) if lost else _AFTER_STOP
            call.stream_due_at = timezone.now() + pause
            if lost and not call.has_ended:
                _miss_words(call)
        call.save(update_fields=["answered_at", "stream_sid", "stream_due_at"])


def claim_stream(*, call: Call) -> bool:
    """Whether the caller of this shall ask Twilio for a stream now: one process at a time."""
    with transaction.atomic():
        unheard = Call.objects.unheard(by=timezone.now()).select_for_update()
        found = unheard.filter(pk=call.pk).first()
        if found is None:
            return False
        found.stream_due_at = timezone.now() + _STREAM_PATIENCE
        found.save(update_fields=["stream_due_at"])
        _miss_words(found)
    return True


def release_call(*, call: Call) -> Call:
    """Take a call from an agent whose telephone stayed away and offer it to everybody again."""
    with transaction.atomic():
        call = _locked(call.sid)
        if call.has_ended or call.agent is None or call.agent_gone_at is None:
            return call
        call.agent = None
        call.accepted_at = call.agent_gone_at = call.agent_joined_at = None
        call.save()
        publish(call=call, name="call.released", reason="telephone_gone")
    return call


def set_presence(*, user: User, presence: str) -> User:
    """Whether calls ring on this user's desk."""
    if presence not in User.Presence.values:
        raise Refused("unknown_presence", _("There is no such status."))
    user.presence = presence
    user.save(update_fields=["presence"])
    return user


def _miss_words(call: Call) -> None:
    if "transcription" not in missing_parts(call):
        message = _(
            "Words are not written down now: the call's sound does not reach us."
        )
        publish(
            call=call, name="trouble.started", part="transcription", message=message
        )


def _locked(sid: str) -> Call:
    # No select_related: PostgreSQL re-reads the locked row after a wait, but not a
    # joined one, and the agent of before the wait would be seen.
    try:
        return Call.objects.select_for_update().get(sid=sid)
    except Call.DoesNotExist:
        raise Refused("unknown_call", _("There is no such call.")) from None


def _own(sid: str, user: User) -> Call:
    call = Call.objects.filter(sid=sid).first()
    if call is None:
        raise Refused("unknown_call", _("There is no such call."))
    _refuse_if_ended(call)
    if call.agent_id != user.pk:
        raise Refused("not_yours", _("This call is not yours."))
    return call


def _refuse_if_ended(call: Call) -> None:
    if call.has_ended:
        raise Refused("call_ended", _("The call has ended."))


def _ask_twilio(request: Callable[[], object]) -> None:
    try:
        request()
    except VendorError as error:
        raise Refused(
            "telephone_unavailable",
            _("The telephone service did not answer. Please try again."),
        ) from error


def _move(call: Call, reported: str) -> None:
    moved_to = call_status.later(call.status, reported)
    if moved_to == call.status:
        return
    call.status = moved_to
    if call.has_ended:
        _close(call)
        return
    call.save(update_fields=["status"])
    publish(call=call, name="call.status", status=call.status)


def _close(call: Call) -> None:
    now = timezone.now()
    if call.held_at is not None:
        call.held_at = None
        publish(call=call, name="hold.ended")
    call.ended_at = now
    call.agent_joined_at = call.agent_gone_at = None
    call.save()
    call.legs.filter(left_at=None).update(left_at=now)
    publish(call=call, name="call.ended", status=call.status, duration=call.duration)
    call_ended.send(sender=Call, call=call)


_OPPOSITES: Final = {
    "participant-join": "participant-leave",
    "participant-leave": "participant-join",
    "participant-hold": "participant-unhold",
    "participant-unhold": "participant-hold",
}


def _is_superseded(call: Call, payload: dict[str, str]) -> bool:
    """Whether this participant has done the opposite since: a report may be overtaken."""
    opposite = _OPPOSITES[payload["StatusCallbackEvent"]]
    known = WebhookDelivery.objects.filter(
        call=call,
        kind="conference-status",
        payload__ConferenceSid=payload.get("ConferenceSid"),
        payload__CallSid=payload.get("CallSid"),
        payload__StatusCallbackEvent=opposite,
    )
    number = _sequence(payload)
    return any(
        _sequence(other) > number for other in known.values_list("payload", flat=True)
    )


def _sequence(payload: dict[str, str]) -> int:
    text = payload.get("SequenceNumber", "")
    return int(text) if text.isdecimal() else 0


def _moment(payload: dict[str, str]) -> datetime:
    """When it happened: now, but no later than the end of the second that Twilio names."""
    now = timezone.now()
    try:
        second = parsedate_to_datetime(payload["Timestamp"])
    except (KeyError, ValueError):
        return now
    return min(now, second + timedelta(seconds=1)) if second <= now else now


def _participant_joined(call: Call, leg: Leg, now: datetime) -> None:
    leg.joined_at, leg.left_at = now, None
    leg.save(update_fields=["joined_at", "left_at"])
    if leg.kind == Leg.Kind.AGENT and call.agent_id == leg.user_id:
        call.agent_gone_at = None
        call.save(update_fields=["agent_gone_at"])
    # They talk when both are in: an agent may be there while the greeting still plays.
    both = _is_in(call, Leg.Kind.CUSTOMER) and _is_in(call, Leg.Kind.AGENT)
    if both and call.agent_joined_at is None:
        call.agent_joined_at = now
        call.save(update_fields=["agent_joined_at"])
        publish(call=call, name="agent.joined", moment=now)


def _is_in(call: Call, kind: Leg.Kind) -> bool:
    """Whether somebody of this kind is in the call's conference now."""
    legs = call.legs.filter(kind=kind, joined_at__isnull=False, left_at=None)
    if kind == Leg.Kind.AGENT:
        legs = legs.filter(user=call.agent)
    return legs.exists()


def _participant_left(call: Call, leg: Leg, now: datetime) -> None:
    leg.left_at = now
    leg.save(update_fields=["left_at"])
    if call.agent is None or _is_in(call, Leg.Kind.AGENT):
        return
    if leg.kind != Leg.Kind.AGENT or leg.user_id != call.agent_id:
        return
    call.agent_gone_at = now
    was_connected, call.agent_joined_at = call.agent_joined_at, None
    call.save(update_fields=["agent_joined_at", "agent_gone_at"])
    if was_connected is not None:
        publish(call=call, name="agent.left", moment=now)


def _held(call: Call, leg: Leg, now: datetime) -> None:
    if leg.kind == Leg.Kind.CUSTOMER and call.held_at is None:
        call.held_at = now
        call.save(update_fields=["held_at"])
        publish(call=call, name="hold.started", moment=now)


def _resumed(call: Call, leg: Leg, now: datetime) -> None:
    if leg.kind == Leg.Kind.CUSTOMER and call.held_at is not None:
        call.held_at = None
        call.save(update_fields=["held_at"])
        publish(call=call, name="hold.ended", moment=now)
