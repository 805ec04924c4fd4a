"""What customers sent along with their messages: fetched from Twilio each time it is looked at, kept nowhere."""

import logging
import uuid
from typing import Final

from django.utils.translation import gettext as _

from calls.models import Message, User
from calls.services.refusals import Refused
from calls.telephone import twilio_config
from vendors.errors import VendorError
from vendors.twilio.media import Media, fetch_media

logger = logging.getLogger(__name__)

_GONE: Final = frozenset({"404", "410"})


def fetch(*, message_id: uuid.UUID, number: int, by: User) -> Media:
    """What came along at this place, from 0. Blocking, and outside of any transaction."""
    found = Message.objects.filter(pk=message_id).values_list("media", flat=True)
    media = found.first() or []
    if number >= len(media):
        raise Refused("unknown_media", _("There is no such file."))
    logger.info("message %s: user %s looks at media %s", message_id, by.pk, number)
    try:
        return fetch_media(twilio_config(), media[number]["url"])
    except VendorError as error:
        logger.warning("message %s: media %s: %s", message_id, number, error.code)
        if error.code in _GONE:
            raise Refused("media_gone", _("The file is no longer there.")) from error
        raise Refused(
            "media_unavailable", _("The file could not be fetched. Please try again.")
        ) from error
