"""The browser telephone's access token; who may have one is decided elsewhere."""

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from vendors.twilio.config import TwilioConfig


def voice_token(config: TwilioConfig, *, identity: str, ttl: int) -> str:
    """A token (JWT) that lets a browser ring and be rung for `ttl` seconds.

    `identity` consists of letters, digits and underscores.
    """
    token = AccessToken(
        config.account_sid,
        config.api_key_sid,
        config.api_key_secret,
        identity=identity,
        ttl=ttl,
    )
    token.add_grant(
        VoiceGrant(outgoing_application_sid=config.twiml_app_sid, incoming_allow=True)
    )
    return str(token.to_jwt())
