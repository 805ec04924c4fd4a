"""The verbs of the copilot in a human's call: storing words and the fate of each suggestion."""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calls import discretion, redaction
from calls.events import publish
from calls.models import Call, CallEvent, User, Utterance
from calls.services import holding
from calls.services.refusals import Refused
from copilot.models import Suggestion

logger = logging.getLogger(__name__)

# An end of speech is found this much beside the moment that our clock gives, seconds.
_CLOCKS = 0.1
# Groups of one number come this closely after each other, seconds.
_ONE_NUMBER = 20.0
_ADDED = "utterance.added"
_OPEN = (Suggestion.State.WRITING, Suggestion.State.OFFERED)


def add_utterance(
    *, call_id: int, item: str, speaker: str, start: float, end: float, text: str
) -> Utterance | None:
    """Store a finished turn (seconds on the call's clock); the same item is stored once.

    None for what was said while the recording was paused: the session may have learnt
    of that too late. What is personal by its shape is covered, and its original kept
    nowhere; where a number was spread over several turns, in all of them.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
        if _is_secret(call, start, end):
            return None
        known = call.utterances.filter(source=Utterance.Source.LIVE, item=item).first()
        if known is not None:
            return known
        utterance = Utterance.objects.create(
            call=call,
            source=Utterance.Source.LIVE,
            item=item,
            speaker=speaker,
            start=start,
            end=end,
            text=text,
        )
        _cover(utterance)
        _tell(call, utterance)
    return utterance


def _cover(utterance: Utterance) -> None:
    """Cover the number that ends here, and what of it the same voice said just before."""
    policies = discretion.policies()
    if not policies:
        return
    before = Utterance.objects.filter(
        call=utterance.call_id,
        source=Utterance.Source.LIVE,
        speaker=utterance.speaker,
        end__gt=utterance.start - _ONE_NUMBER,
        start__lte=utterance.start,
    ).exclude(pk=utterance.pk)
    rows = [*before.order_by("start", "pk"), utterance]
    covered = redaction.cover_all([row.text for row in rows], policies)
    for row, text in zip(rows, covered, strict=True):
        if row.text == text:
            continue
        row.text = text
        row.save(update_fields=["text"])
        if row is not utterance:
            # What was told of it had its words; whoever follows the call gets the new ones.
            told = CallEvent.objects.filter(call=row.call_id, name=_ADDED)
            told.filter(data__id=row.pk).update(data=_as_told(row))
            _tell(utterance.call, row)


def _tell(call: Call, utterance: Utterance) -> None:
    """A screen shows an utterance that it has already in its new words."""
    publish(call=call, name=_ADDED, data=_as_told(utterance))


def _as_told(utterance: Utterance) -> dict[str, Any]:
    names = ("item", "speaker", "start", "end", "text")
    return {"id": utterance.pk} | {name: getattr(utterance, name) for name in names}


def _is_secret(call: Call, start: float, end: float) -> bool:
    """Whether some of it was said in a secure moment."""
    zero = call.answered_at
    told = call.events.filter(name__in=("recording.paused", "recording.resumed"))
    since: float | None = None
    for event in told.order_by("number"):
        at = 0.0 if zero is None else (event.at - zero).total_seconds()
        if event.name == "recording.paused":
            since = at
        elif since is not None:
            if start < at - _CLOCKS and end > since + _CLOCKS:
                return True
            since = None
    return since is not None and end > since + _CLOCKS


def start_suggestion(*, call_id: int, after: int) -> Suggestion:
    """A reply to the utterance `after` is being written."""
    with transaction.atomic():
        call = Call.objects.get(pk=call_id)
        suggestion = Suggestion.objects.create(call=call, after_id=after)
        publish(call=call, name="suggestion.started", id=suggestion.pk, after=after)
    return suggestion


def offer_suggestion(*, suggestion_id: int, text: str) -> None:
    """The reply is complete; one that was withdrawn meanwhile stays withdrawn."""
    with transaction.atomic():
        suggestion = _locked(suggestion_id)
        if suggestion.state != Suggestion.State.WRITING:
            return
        suggestion.state = Suggestion.State.OFFERED
        suggestion.text = text
        suggestion.save(update_fields=["state", "text"])
        publish(
            call=suggestion.call,
            name="suggestion.offered",
            id=suggestion.pk,
            text=text,
            after=suggestion.after_id,
            kind=suggestion.kind,
        )


def offer_holding(*, call_id: int, waited: float) -> Suggestion | None:
    """The caller has waited so many seconds for an answer: the line's holding line is offered.

    Where the line says so the caller hears it as well. None if there is nothing to say.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True, of=("self",)).get(pk=call_id)
        line = call.line
        after = call.utterances.filter(source=Utterance.Source.LIVE, speaker="caller")
        last = after.order_by("-start").first()
        if line is None or not line.holding_line or last is None:
            return None
        suggestion = Suggestion.objects.create(
            call=call,
            after=last,
            kind=Suggestion.Kind.HOLDING,
            text=line.holding_line,
            state=Suggestion.State.OFFERED,
        )
        publish(
            call=call,
            name="suggestion.offered",
            id=suggestion.pk,
            text=suggestion.text,
            after=last.pk,
            kind=suggestion.kind,
            waited=round(waited, 1),
        )
    if line.holding_speaks:
        _say_holding(call, suggestion.text)
    return suggestion


def _say_holding(call: Call, text: str) -> None:
    """What cannot be said is still offered; the event tells that it was not heard."""
    try:
        holding.speak_to_caller(call_id=call.pk, text=text)
    except Refused as refusal:
        logger.warning("call %s: no holding line: %s", call.sid, refusal.code)


def withdraw_suggestion(*, suggestion_id: int) -> None:
    """The conversation has moved on; one that was used or dismissed keeps that."""
    with transaction.atomic():
        suggestion = _locked(suggestion_id)
        if suggestion.state in _OPEN:
            _settle(suggestion, Suggestion.State.WITHDRAWN, by=None)
            publish(call=suggestion.call, name="suggestion.withdrawn", id=suggestion.pk)


def use_suggestion(*, sid: str, suggestion_id: int, by: User) -> None:
    """The agent says it, more or less in these words."""
    _decide(sid, suggestion_id, by, Suggestion.State.USED, "suggestion.used")


def dismiss_suggestion(*, sid: str, suggestion_id: int, by: User) -> None:
    """The agent does not want to see it."""
    _decide(sid, suggestion_id, by, Suggestion.State.DISMISSED, "suggestion.dismissed")


def report_trouble(*, call_id: int, part: str, message: str) -> None:
    """Something the desk should know to be missing, such as live words."""
    with transaction.atomic():
        call = Call.objects.get(pk=call_id)
        publish(call=call, name="trouble.started", part=part, message=message)


def end_trouble(*, call_id: int, part: str) -> None:
    """It is back."""
    with transaction.atomic():
        call = Call.objects.get(pk=call_id)
        publish(call=call, name="trouble.ended", part=part)


def _decide(
    sid: str, suggestion_id: int, by: User, state: Suggestion.State, event: str
) -> None:
    with transaction.atomic():
        suggestion = _locked(suggestion_id)
        call = suggestion.call
        if call.sid != sid or call.agent_id != by.pk:
            raise Refused("not_yours", _("This call is not yours."))
        if suggestion.state == state:
            return
        if suggestion.state != Suggestion.State.OFFERED:
            raise Refused("gone", _("This suggestion is no longer offered."))
        _settle(suggestion, state, by=by)
        publish(call=call, name=event, id=suggestion.pk, by=by.pk)


def _settle(
    suggestion: Suggestion, state: Suggestion.State, *, by: User | None
) -> None:
    suggestion.state = state
    suggestion.decided_by = by
    suggestion.decided_at = timezone.now()
    suggestion.save(update_fields=["state", "decided_by", "decided_at"])


def _locked(suggestion_id: int) -> Suggestion:
    try:
        return (
            Suggestion.objects.select_for_update(no_key=True, of=("self",))
            .select_related("call")
            .get(pk=suggestion_id)
        )
    except Suggestion.DoesNotExist:
        raise Refused("unknown_suggestion", _("There is no such suggestion.")) from None
