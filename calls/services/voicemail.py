"""Messages that callers leave; their sound is in the call's own recording."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.events import publish
from calls.models import Call, CallQuerySet, Speaker, User, Utterance, Voicemail
from calls.services.refusals import Refused, locked
from calls.twiml import MESSAGE_OVER

_COMPLETED: Final = "completed"
_FIRST_WORDS: Final = 140  # characters


def record(*, sid: str, form: dict[str, str]) -> Voicemail | None:
    """A message was left, in Twilio's word: told twice, by the document's action and a callback.

    The two come in any order and may be repeated. None if nothing was said.
    """
    seconds = _seconds(form.get("RecordingDuration", ""))
    status = form.get("RecordingStatus", _COMPLETED)
    if seconds < 1 or status != _COMPLETED or not form.get("RecordingSid"):
        return None
    with transaction.atomic():
        call = locked(sid)
        voicemail, made = Voicemail.objects.get_or_create(
            call=call,
            defaults={
                "recording_sid": form["RecordingSid"][:34],
                "duration": seconds,
                "left_at": timezone.now(),
                "start": _start(call, form, seconds),
            },
        )
        if made:
            publish(call=call, name="voicemail.left", duration=seconds)
            _correct_outcome(call)
        elif "RecordingStartTime" in form:
            voicemail.start = _start(call, form, seconds)
            voicemail.save(update_fields=["start"])
    return voicemail


def handle(*, voicemail_id: int, by: User) -> Voicemail:
    """Somebody has listened and done what was to do; who did it first stays named."""
    with transaction.atomic():
        rows = Voicemail.objects.select_for_update(
            no_key=True, of=("self",)
        ).select_related("call")
        voicemail = rows.filter(pk=voicemail_id).first()
        if voicemail is None or not voicemail.is_for(by):
            raise Refused("unknown_voicemail", _("There is no such message."))
        if voicemail.handled_at is None:
            voicemail.handled_by, voicemail.handled_at = by, timezone.now()
            voicemail.save(update_fields=["handled_by", "handled_at"])
    return voicemail


def readable_calls(user: User) -> CallQuerySet:
    """The calls that this user may open: one's own, and those with a message for one."""
    if user.is_supervisor:
        return Call.objects.all()
    messages = Voicemail.objects.for_user(user).values("call")
    return Call.objects.filter(Q(agent=user) | Q(pk__in=messages))


def first_words(found: Iterable[Voicemail]) -> dict[int, str]:
    """By call: what the caller said from the tone on, as the recording has it, else as heard live."""
    said: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    calls = [each.call_id for each in found]
    spoken = Utterance.objects.filter(
        call__in=calls,
        speaker=Speaker.CALLER,
        end__gt=F("call__voicemail__start"),
    )
    for call, source, text in spoken.values_list("call", "source", "text"):
        said[call][source].append(text)
    return {
        call: _shortened(
            said[call][Utterance.Source.FINAL] or said[call][Utterance.Source.LIVE]
        )
        for call in calls
    }


def _shortened(texts: Iterable[str]) -> str:
    text = " ".join(texts)
    if len(text) <= _FIRST_WORDS:
        return text
    return text[:_FIRST_WORDS].rsplit(" ", 1)[0] + "…"


def _correct_outcome(call: Call) -> None:
    """Whoever hangs up in mid-message has ended the call before we hear of the message."""
    if call.has_ended:
        call.outcome = Call.Outcome.VOICEMAIL
        call.save(update_fields=["outcome"])


def _start(call: Call, form: dict[str, str], seconds: float) -> float:
    """Where on the call's clock the message begins; a little early rather than late."""
    zero = call.answered_at or call.created_at
    try:
        began = parsedate_to_datetime(form.get("RecordingStartTime", ""))
    except ValueError:
        began = timezone.now() - timedelta(seconds=seconds + MESSAGE_OVER)
    return max(0.0, (_aware(began) - zero).total_seconds())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
