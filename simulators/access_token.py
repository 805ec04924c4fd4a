"""Reads the access token of a browser's telephone as the vendor would; makes none."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from simulators import accounts


class BadTokenError(Exception):
    """A token that opens nothing; `code` is the vendor's number for the reason."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows: to ring out, and to be rung as this identity."""

    identity: str
    outgoing: bool
    incoming: bool
    seconds_left: int


def read(token: str) -> Grant:
    """Check signature, times and account; BadTokenError says what is wrong."""
    header, claims = _verified(token)
    now = time.time()
    if header.get("cty") != "twilio-fpa;v=1":
        raise BadTokenError(31204, "InvalidJWTToken: wrong content type")
    if claims.get("iss") != accounts.TWILIO_API_KEY_SID:
        raise BadTokenError(31202, "AccessTokenSignatureValidationFailed: unknown key")
    if claims.get("sub") != accounts.TWILIO_ACCOUNT_SID:
        raise BadTokenError(31204, "InvalidJWTToken: not an account of this key")
    expires = _number(claims, "exp")
    if expires <= now:
        raise BadTokenError(31205, "JWTTokenExpired")
    if _number(claims, "nbf", 0) > now + 5:
        raise BadTokenError(31204, "InvalidJWTToken: not valid yet")
    return _grant(claims, int(expires - now))


def _verified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        head, body, signature = token.split(".")
        header, claims = json.loads(_decoded(head)), json.loads(_decoded(body))
        given = _decoded(signature)
    except (ValueError, binascii.Error) as error:
        raise BadTokenError(31204, "InvalidJWTToken: not a JWT") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadTokenError(31204, "InvalidJWTToken: not a JWT")
    key = accounts.TWILIO_API_KEY_SECRET.encode()
    expected = hmac.digest(key, f"{head}.{body}".encode(), hashlib.sha256)
    if header.get("alg") != "HS256" or not hmac.compare_digest(expected, given):
        raise BadTokenError(31202, "AccessTokenSignatureValidationFailed")
    return header, claims


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)


def _number(claims: dict[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadTokenError(31204, f"InvalidJWTToken: {name}")
    return float(value)


def _grant(claims: dict[str, Any], seconds_left: int) -> Grant:
    grants = claims.get("grants")
    grants = grants if isinstance(grants, dict) else {}
    identity, voice = grants.get("identity"), grants.get("voice")
    if not isinstance(identity, str) or not identity.replace("_", "a").isalnum():
        raise BadTokenError(31204, "InvalidJWTToken: identity")
    if not isinstance(voice, dict):
        raise BadTokenError(31204, "InvalidJWTToken: no voice grant")
    outgoing = voice.get("outgoing") or {}
    incoming = voice.get("incoming") or {}
    return Grant(
        identity=identity,
        outgoing=outgoing.get("application_sid") == accounts.TWIML_APP_SID,
        incoming=incoming.get("allow") is True,
        seconds_left=seconds_left,
    )
