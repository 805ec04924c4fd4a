"""The verbs about an assistant's lines: what becomes of each, and what humans say about it."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls import discretion, redaction
from calls.events import person, publish
from calls.models import Call, User, Utterance
from calls.services.refusals import Refused, locked, refuse_if_ended
from copilot.models import AssistantLine
from copilot.services import add_utterance
from copilot.voice.vocabulary import ShowLine

LONGEST_TEXT = 1000
# Keys so far apart are no longer one number.
_ONE_NUMBER = timedelta(minutes=1)


def show_line(*, call_id: int, version_id: int, line: ShowLine) -> AssistantLine:
    """The line is now like this; what is over stays as it ended."""
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        # Under the call's lock nobody else makes it meanwhile.
        row = call.assistant_lines.filter(key=line.key).first() or AssistantLine(
            call=call, key=line.key, version_id=version_id, kind=line.kind
        )
        if row.state not in AssistantLine.OPEN:
            return row
        row.state, row.text, row.code = line.state, line.text, line.code[:40]
        row.heard = line.heard
        row.until = _moment(call, line.until)
        for name, at in asdict(line.stamps).items():
            setattr(row, name, None if at is None else round(at, 3))
        row.started_at = row.first_audio_at
        if row.state not in AssistantLine.OPEN and row.started_at is not None:
            row.ended_at = _clock(call, timezone.now())
        row.save()
        publish(call=call, name="line.changed", data=described(row))
    return row


def described(row: AssistantLine) -> dict[str, Any]:
    """The line as an event and a snapshot tell it."""
    decided = row.decided_by
    return {
        "id": row.pk,
        "key": row.key,
        "kind": row.kind,
        "state": row.state,
        "text": row.text,
        "heard": row.heard,
        "until": None if row.until is None else row.until.timestamp(),
        "by": None if decided is None else person(decided),
        "code": row.code,
        "start": row.started_at,
        "latency": row.latency,
    }


def close_lines(*, call_id: int) -> str:
    """Lines of a stream that broke without a word: what their marks say was heard; the rest.

    The caller is told the rest again on the new stream.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        rest = ""
        for row in call.assistant_lines.filter(state__in=AssistantLine.OPEN):
            if row.state == AssistantLine.State.SPEAKING:
                rest = row.text.removeprefix(row.heard).strip()
                _keep_heard(row)
            row.state = AssistantLine.State.CUT if rest else AssistantLine.State.DROPPED
            row.code = "stream_lost"
            row.save(update_fields=["state", "code"])
            publish(call=call, name="line.changed", data=described(row))
    return rest


def release_line(
    *, sid: str, line_id: int, by: User, text: str | None = None
) -> AssistantLine:
    """Let the line be spoken, perhaps in other words; repeating it changes nothing."""
    if text is not None:
        text = _some(
            text,
            nothing=_("There is nothing to say."),
            too_long=_("That is too long to be said at once."),
        )
    with transaction.atomic():
        call, row = _decidable(sid, line_id, by)
        if row.released_at is not None:
            return row
        _refuse_unless_open(row)
        row.released_at, row.released_text = timezone.now(), text
        row.decided_by = by
        row.save(update_fields=["released_at", "released_text", "decided_by"])
        publish(
            call=call,
            name="line.released",
            id=row.pk,
            key=row.key,
            text=text,
            by=person(by),
        )
    return row


def drop_line(*, sid: str, line_id: int, by: User) -> AssistantLine:
    """The line is not to be spoken; one that is being spoken stops."""
    with transaction.atomic():
        call, row = _decidable(sid, line_id, by)
        if row.dropped_at is not None:
            return row
        if row.state not in AssistantLine.OPEN:
            raise _gone()
        row.dropped_at, row.decided_by = timezone.now(), by
        row.save(update_fields=["dropped_at", "decided_by"])
        publish(call=call, name="line.dropped", id=row.pk, key=row.key, by=person(by))
    return row


def give_guidance(*, sid: str, by: User, text: str) -> None:
    """Whisper to the assistant; the caller never hears it."""
    text = _some(
        text,
        nothing=_("There is nothing to whisper."),
        too_long=_("That is too long to whisper."),
    )
    with transaction.atomic():
        call = locked(sid)
        _refuse_unless_led(call, by)
        number = call.last_number + 1
        publish(call=call, name="guidance.given", id=number, text=text, by=person(by))


def store_said(
    *, call_id: int, key: str, start: float, end: float, text: str
) -> Utterance | None:
    """What the caller has heard of a line, in the transcript."""
    return add_utterance(
        call_id=call_id,
        item=key,
        speaker="assistant",
        start=round(start, 3),
        end=round(end, 3),
        text=text,
    )


def store_keys(*, call_id: int, digits: str) -> None:
    """Keys that the caller pressed while the assistant listened; a card number is none to be kept.

    Whoever pauses while typing gives it in pieces: those before are covered as well then.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        since = timezone.now() - _ONE_NUMBER
        pressed = call.events.filter(name="keys.pressed", at__gte=since)
        before = list(pressed.order_by("number"))
        typed = [*(event.data["digits"] for event in before), digits]
        *shown, digits = redaction.cover_all(typed, discretion.policies())
        hidden = [
            event
            for event, text in zip(before, shown, strict=True)
            if event.data["digits"] != text
        ]
        if hidden:
            numbers = [event.number for event in hidden]
            pressed.filter(number__in=numbers).update(data={"digits": digits})
            publish(call=call, name="keys.covered", numbers=numbers, digits=digits)
        publish(call=call, name="keys.pressed", digits=digits)


def _some(text: str, *, nothing: str, too_long: str) -> str:
    """The text, if there is any and not too much of it; else what is refused is said so."""
    text = text.strip()
    if not text:
        raise Refused("empty", nothing)
    if len(text) > LONGEST_TEXT:
        raise Refused("too_long", too_long)
    return text


def _keep_heard(row: AssistantLine) -> None:
    if row.heard and row.started_at is not None:
        row.ended_at = row.first_mark_at or row.started_at
        row.save(update_fields=["ended_at"])
        store_said(
            call_id=row.call_id,
            key=row.key,
            start=row.started_at,
            end=max(row.ended_at, row.started_at),
            text=row.heard,
        )


def _decidable(sid: str, line_id: int, by: User) -> tuple[Call, AssistantLine]:
    call = locked(sid)
    _refuse_unless_led(call, by)
    row = call.assistant_lines.filter(pk=line_id).first()
    if row is None:
        raise Refused("unknown_line", _("There is no such line."))
    return call, row


def _refuse_unless_open(row: AssistantLine) -> None:
    waiting = (AssistantLine.State.WRITING, AssistantLine.State.WAITING)
    if row.state not in waiting or row.dropped_at is not None:
        raise _gone()


def _gone() -> Refused:
    return Refused("gone", _("This line does not wait any more."))


def _refuse_unless_led(call: Call, by: User) -> None:
    """The assistant leads the call, and this user may see it."""
    refuse_if_ended(call)
    if not call.is_led:
        raise Refused("not_led", _("The assistant does not lead this call."))
    if not by.may_see(call.agent_id, call.also_seen_by):
        raise Refused("not_yours", _("This call is not yours."))


def _moment(call: Call, at: float | None) -> datetime | None:
    """A moment of the call's clock in the world's."""
    if at is None or call.answered_at is None:
        return None
    return call.answered_at + timedelta(seconds=at)


def _clock(call: Call, moment: datetime) -> float | None:
    if call.answered_at is None:
        return None
    return round((moment - call.answered_at).total_seconds(), 3)
