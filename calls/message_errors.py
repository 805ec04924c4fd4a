"""Why a message did not get there, in words for an agent; the codes are Twilio's."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Ours: nobody took it from us for so long that it is no longer worth sending.
EXPIRED: Final = "expired"

_TEXTS: Final[dict[str, Promise]] = {
    EXPIRED: _(
        "The message could not be handed over for an hour and was given up. "
        "It was not sent."
    ),
    "20003": _("The message service refused our account. Please tell a supervisor."),
    "21211": _("Nobody can be written to at this number."),
    "21610": _("The customer has asked for no more messages."),
    "21614": _("This number cannot receive messages."),
    "21617": _("The message is too long."),
    "21655": _("The template is not known at the message service."),
    "21656": _("The template's variables were not accepted."),
    "30003": _("The customer's telephone cannot be reached at the moment."),
    "63003": _("This number is not on WhatsApp."),
    "63005": _("WhatsApp did not accept the content of the message."),
    "63007": _("Our WhatsApp number is not set up. Please tell a supervisor."),
    "63013": _("WhatsApp's rules do not allow this message."),
    "63016": _(
        "The customer last wrote more than 24 hours ago, so WhatsApp only takes a "
        "template."
    ),
    "63018": _("WhatsApp's limit of messages is reached. Please try again later."),
    "63021": _("WhatsApp found a mistake in the content of the message."),
    "63024": _("This number cannot be reached on WhatsApp."),
    "63032": _("WhatsApp does not let us write to this customer at the moment."),
    "63049": _("WhatsApp chose not to deliver this message."),
}


def text(code: str, vendors: str = "") -> str:
    """A sentence for an agent; for a code that is not known here, the vendor's own words."""
    if code in _TEXTS:
        return str(_TEXTS[code])
    return vendors or str(
        _("The message could not be sent (%(code)s).") % {"code": code}
    )
