"""Every exception that Twilio's SDK is known to raise or leak, made a VendorError."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import requests
import urllib3.exceptions
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)

from vendors.errors import VendorError, counted, retry_after

# 20404: no such resource. 21220: the call is not in progress.
_OVER = frozenset({"20404", "404", "21220"})
# "Too many concurrent requests": refused before anything was done.
_TOO_MANY = "20429"


def failure(
    code: str, message: str, *, retryable: bool = False, after: float | None = None
) -> VendorError:
    """A VendorError of Twilio's."""
    return counted(
        VendorError(
            vendor="twilio",
            code=code,
            message=message,
            retryable=retryable,
            retry_after=after,
        )
    )


@contextmanager
def translated() -> Iterator[None]:
    """Let nothing but a VendorError out."""
    try:
        yield
    except (TwilioRestException, TwilioServiceException) as error:
        raise _from_answer(error) from error
    except (requests.Timeout, httpx2.TimeoutException) as error:
        raise failure("timeout", "Twilio did not answer.", retryable=True) from error
    except (requests.RequestException, httpx2.HTTPError, OSError) as error:
        raise failure(
            "unreachable", "Twilio cannot be reached.", retryable=True
        ) from error
    except (TwilioException, ValueError, KeyError) as error:
        raise failure("garbled", "Twilio's answer was not understood.") from error


def already_over(error: VendorError) -> bool:
    """Whether the call, stream or participant had ended before it was asked to."""
    return error.code in _OVER


def was_not_processed(error: Exception) -> bool:
    """Whether even a request that costs money may safely be sent again."""
    return isinstance(error, VendorError) and error.code == _TOO_MANY


def was_refused(error: VendorError) -> bool:
    """Whether nothing was placed for certain: Twilio said no, or was never reached.

    After a time-out, a broken connection or Twilio's own failure that is not known.
    """
    cause = error.__cause__
    if isinstance(cause, TwilioRestException | TwilioServiceException):
        return bool(cause.status < 500)
    reason = cause.args[0] if isinstance(cause, requests.ConnectionError) else None
    return isinstance(
        getattr(reason, "reason", None), urllib3.exceptions.NewConnectionError
    )


def may_pass(error: Exception) -> bool:
    """Whether a request that is harmless to repeat is worth repeating."""
    return isinstance(error, VendorError) and error.retryable


def from_status(status: int, *, wait: str | None = None) -> VendorError:
    """The failure that an HTTP status outside the SDK stands for."""
    retryable = status == 429 or status >= 500
    code = "unauthorised" if status in (401, 403) else str(status)
    return failure(
        code,
        f"Twilio answered with status {status}.",
        retryable=retryable,
        after=retry_after(wait),
    )


def _from_answer(error: TwilioRestException | TwilioServiceException) -> VendorError:
    status = error.status
    text = error.msg if isinstance(error, TwilioRestException) else error.title
    return failure(
        str(error.code or status),
        text,
        retryable=status == 429 or status >= 500,
    )
