"""The telephone service as the settings describe it; how it speaks is in vendors.twilio."""

from functools import cache

from django.conf import settings

from vendors.twilio.config import TwilioConfig
from vendors.twilio.messaging import Messaging
from vendors.twilio.telephone import Telephone


@cache
def twilio_config() -> TwilioConfig:
    return TwilioConfig(
        account_sid=settings.TWILIO_ACCOUNT_SID,
        auth_token=settings.TWILIO_AUTH_TOKEN,
        api_key_sid=settings.TWILIO_API_KEY_SID,
        api_key_secret=settings.TWILIO_API_KEY_SECRET,
        twiml_app_sid=settings.TWIML_APP_SID,
        api_url=settings.TWILIO_API_URL or None,
        timeout=settings.TWILIO_TIMEOUT,
    )


@cache
def telephone() -> Telephone:
    return Telephone(twilio_config())


@cache
def messaging() -> Messaging:
    return Messaging(twilio_config())
