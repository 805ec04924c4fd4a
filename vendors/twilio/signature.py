"""Whether a request really came from Twilio; the refusal itself is the door's work."""

from collections.abc import Mapping

from twilio.request_validator import RequestValidator


def is_genuine(
    *,
    token: str,
    url: str,
    params: Mapping[str, object],
    signature: str | None,
) -> bool:
    """Check a webhook's X-Twilio-Signature.

    `url` is the exact address that Twilio was given, query string included; `params`
    are all form fields (a QueryDict keeps repeated names).
    """
    if not token or not signature:
        return False
    return bool(RequestValidator(token).validate(url, params, signature))


def is_genuine_handshake(*, token: str, url: str, signature: str | None) -> bool:
    """Check the header of a media socket's handshake.

    Twilio signs the wss address without parameters, in some regions with a slash at
    the end that the configured address does not have, hence the second look.
    """
    candidates = (url, url + "/")
    return any(
        is_genuine(token=token, url=candidate, params={}, signature=signature)
        for candidate in candidates
    )
