"""A request that costs money is acted upon once, whatever happens to its answer."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from calls.models import IdempotentRequest, User
from calls.services.refusals import Refused

LONGEST_KEY: Final = 255
# No request takes so long: whoever worked on it has died, and may have acted before.
_LONGEST_WORK: Final = timedelta(minutes=5)
# As long as anybody may still repeat a request.
_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Claim:
    """The request is new and is to be acted upon; its row waits for the answer."""

    request_id: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The request was here before, and this was the answer."""

    status: int
    body: dict[str, Any]


def begin(*, user: User, path: str, key: str, body: object) -> Claim | Answer:
    """Write the request down before it is acted upon, or find what became of it.

    Raises Refused: `invalid_idempotency_key`, `idempotency_key_reused` (with another
    body), `request_in_progress`, `outcome_unknown` (its worker died on the way).
    """
    if not _is_key(key):
        raise Refused(
            "invalid_idempotency_key",
            _("An idempotency key has 1 to 255 printable ASCII characters."),
        )
    now = timezone.now()
    IdempotentRequest.objects.filter(user=user, created_at__lt=now - _KEPT).delete()
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    found, new = IdempotentRequest.objects.get_or_create(
        user=user, path=path, key=key, defaults={"digest": digest}
    )
    if new:
        return Claim(found.pk)
    if found.digest != digest:
        raise Refused(
            "idempotency_key_reused",
            _("This idempotency key was used for another request."),
        )
    if found.status is not None:
        return Answer(found.status, found.answer or {})
    if found.created_at > now - _LONGEST_WORK:
        raise Refused(
            "request_in_progress", _("The first request with this key is still at it.")
        )
    raise Refused(
        "outcome_unknown",
        _("The first request with this key was interrupted; it is not done again."),
    )


def finish(*, claim: Claim, status: int, body: dict[str, Any]) -> None:
    """Keep the answer for whoever asks again."""
    IdempotentRequest.objects.filter(pk=claim.request_id).update(
        status=status, answer=body
    )


def give_up(*, claim: Claim) -> None:
    """It was refused and nothing was done: the same request may be tried again."""
    IdempotentRequest.objects.filter(pk=claim.request_id, status=None).delete()


def _is_key(key: str) -> bool:
    return 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()
