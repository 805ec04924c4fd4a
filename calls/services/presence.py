"""Whether calls may ring at somebody's desk."""

from django.utils.translation import gettext as _

from calls.models import User
from calls.services.refusals import Refused


def set_presence(*, user: User, presence: str) -> User:
    """Whether calls ring on this user's desk."""
    if presence not in User.Presence.values:
        raise Refused("unknown_presence", _("There is no such status."))
    user.presence = presence
    user.save(update_fields=["presence"])
    return user
