"""Which numbers we call, and what we say when Twilio does not; nothing is placed here."""

from typing import Final

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _

from calls.models import normalised
from calls.services.refusals import Refused
from vendors.errors import VendorError
from vendors.twilio.failures import was_refused

# Twilio's "too many at once": it has not looked at the request, and may take it later.
_TOO_MANY: Final = "20429"


def placeable(number: str) -> str:
    """The number as we give it to Twilio (E.164), if it may be called."""
    text = "".join(number.split())
    if any(text == fictional for fictional in settings.CALL_FICTIONAL_PREFIXES):
        return text
    try:
        found = normalised(text)
    except ValueError:
        raise _invalid() from None
    if found.startswith(tuple(settings.CALL_FICTIONAL_PREFIXES)):
        return found
    parsed = phonenumbers.parse(found)
    if not phonenumbers.is_valid_number(parsed):
        raise _invalid()
    if _is_denied(found, parsed):
        raise Refused("denied_number", _("Numbers of this kind are not called."))
    return found


def _is_denied(number: str, parsed: phonenumbers.PhoneNumber) -> bool:
    if number.startswith(tuple(settings.CALL_DENIED_PREFIXES)):
        return True
    region = phonenumbers.region_code_for_number(parsed)
    countries = settings.CALL_COUNTRIES
    if countries and region not in countries:
        return True
    kind = phonenumbers.number_type(parsed)
    return bool(kind == phonenumbers.PhoneNumberType.PREMIUM_RATE)


def _invalid() -> Refused:
    return Refused("invalid_number", _("This is not a telephone number."))


def refusal_of(error: VendorError) -> Refused:
    """What to say about a call that Twilio has not placed."""
    if not was_refused(error) or error.code == _TOO_MANY or error.retryable:
        return Refused(
            "telephone_unavailable",
            _("The telephone service did not answer. Please try again."),
        )
    reasons = {
        "13223": _("the number is not a telephone number"),
        "13224": _("the number cannot be called"),
        "13227": _("calls to that country are not enabled for this account"),
        "20003": _("our account's key is wrong"),
        "20005": _("our account is not active"),
        "21210": _("our own number is not verified"),
        "21211": _("the number is not a telephone number"),
        "21212": _("our own number is not a telephone number"),
        "21214": _("the number cannot be reached"),
        "21215": _("calls to that country are not enabled for this account"),
        "21216": _("the number is blocked for this account"),
        "21217": _("the number is not in international form"),
        "21219": _("a trial account calls verified numbers only"),
        "22005": _("too many calls are waiting to be placed"),
    }
    reason = reasons.get(error.code, error.message)
    return Refused(
        "telephone_refused",
        _("The telephone service refuses the call: %(reason)s.") % {"reason": reason},
    )
