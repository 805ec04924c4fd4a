"""The keys of integrators: made, shown once, used, revoked."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from calls.models import ApiToken, User

_BEGINS: Final = "ccp_"
# So that a busy integrator does not write a row with every request.
_NOTED_EVERY: Final = timedelta(minutes=1)


def new_secret() -> str:
    """A key nobody has: 256 random bits behind a prefix by which scanners know it."""
    return _BEGINS + secrets.token_urlsafe(32)


def describe(*, token: ApiToken, secret: str) -> ApiToken:
    """Put of this secret into the token what may be kept: its hash and its beginning."""
    token.prefix = secret[: len(_BEGINS) + 6]
    token.digest = _digest(secret)
    return token


def create(*, user: User, name: str) -> tuple[ApiToken, str]:
    """A new token and its secret, which is not to be had again."""
    secret = new_secret()
    token = describe(token=ApiToken(user=user, name=name), secret=secret)
    token.save()
    return token, secret


def owner(*, secret: str) -> User | None:
    """Who holds this secret, if it is good; its use is noted."""
    # Found by its hash: how long that takes tells nothing about the secret.
    found = ApiToken.objects.select_related("user").filter(digest=_digest(secret))
    token = found.filter(revoked_at=None, user__is_active=True).first()
    if token is None:
        return None
    now = timezone.now()
    unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - _NOTED_EVERY)
    ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return token.user


def revoke(*, token: ApiToken) -> ApiToken:
    """The key opens nothing any more; the first time counts."""
    now = timezone.now()
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
    token.refresh_from_db()
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
