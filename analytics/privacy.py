"""Who may see and hear what is hidden, and the record of each time somebody does."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from analytics.models import Original, OriginalLook, Redaction
from calls import discretion
from calls.models import Call, Recording, User, Utterance

logger = logging.getLogger(__name__)

PERMISSION: Final = "analytics.view_original"
# A player asks for many pieces of one sound: within so long they are one look.
_ONE_LOOK: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Words:
    """An utterance as it was said."""

    utterance: Utterance
    text: str
    words: list[dict[str, Any]]
    was_hidden: bool


def may_see_original(user: User | AnonymousUser) -> bool:
    """Whether this person may see and hear what is hidden from others."""
    return user.has_perm(PERMISSION)


def has_original(call: Call) -> bool:
    """Whether anything of this call is hidden that could be shown."""
    hidden = Redaction.objects.filter(recording__call=call).exclude(stretches=[])
    return (
        Original.objects.filter(utterance__call=call).exists()
        or hidden.exclude(recording__file__in=("", F("file"))).exists()
    )


def original_text(utterances: Iterable[Utterance], *, by: User) -> list[Words]:
    """The utterances as they were said; one look for each call is written before.

    Raises PermissionDenied.
    """
    _refuse_unless_allowed(by)
    said = list(utterances)
    for call_id in dict.fromkeys(each.call_id for each in said):
        _note(call_id, OriginalLook.What.WORDS, by)
    found = {
        row.utterance_id: row for row in Original.objects.filter(utterance__in=said)
    }
    return [_words(each, found.get(each.pk)) for each in said]


def original_sound(recording: Recording, *, by: User) -> FieldFile | None:
    """The recording as it was made, if it is still there; the look is written before.

    Raises PermissionDenied.
    """
    _refuse_unless_allowed(by)
    looks = OriginalLook.objects.filter(
        call=recording.call_id,
        user=by,
        what=OriginalLook.What.SOUND,
        at__gt=timezone.now() - _ONE_LOOK,
    )
    if not looks.exists():
        _note(recording.call_id, OriginalLook.What.SOUND, by)
    return sound(recording, original=True)


def sound(recording: Recording, *, original: bool) -> FieldFile | None:
    """The file to be heard: the redacted one, unless the original is asked for.

    None where there is none, or only an original that has not been redacted yet. Who asks
    for an original has been let in, and noted, before: `original_sound`.
    """
    kept: FieldFile | None = recording.file or None
    if original or not discretion.policies():
        return kept
    row = Redaction.objects.filter(recording=recording).first()
    if row is None or row.made_at is None:
        return None
    return row.file or (kept if not row.stretches else None)


def _words(utterance: Utterance, row: Original | None) -> Words:
    if row is None:
        return Words(utterance, utterance.text, utterance.words, was_hidden=False)
    return Words(utterance, row.text, row.words, was_hidden=True)


def _refuse_unless_allowed(user: User) -> None:
    if not may_see_original(user):
        raise PermissionDenied


def _note(call_id: int, what: OriginalLook.What, by: User) -> None:
    OriginalLook.objects.create(call_id=call_id, user=by, what=what, at=timezone.now())
    logger.info("original %s of call %s opened by user %s", what, call_id, by.pk)
