"""Every exception that OpenAI's SDK, or a socket, is known to raise or leak, made a VendorError.

The SDK also speaks to other vendors' endpoints of the same shape; then the error is
theirs.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import openai
import picows
import pydantic

from vendors.errors import VendorError, counted, retry_after

# A 429 that waiting does not cure.
_HOPELESS = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


def failure(
    code: str,
    message: str,
    *,
    vendor: str = "openai",
    retryable: bool = False,
    after: float | None = None,
) -> VendorError:
    """A VendorError of OpenAI's, or of whom the SDK spoke to."""
    return counted(
        VendorError(
            vendor=vendor,
            code=code,
            message=message,
            retryable=retryable,
            retry_after=after,
        )
    )


@contextmanager
def translated(vendor: str = "openai") -> Iterator[None]:
    """Let nothing but a VendorError out."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _from_status(error, vendor) from error
    except (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError) as error:
        raise failure(
            "timeout", "No answer came in time.", vendor=vendor, retryable=True
        ) from error
    except picows.WSInvalidStatusError as error:
        raise _from_handshake(error, vendor) from error
    except (
        openai.APIConnectionError,
        httpx2.HTTPError,
        picows.WSError,
        OSError,
    ) as error:
        raise failure(
            "unreachable", "The connection failed.", vendor=vendor, retryable=True
        ) from error
    except openai.APIError as error:
        # An `error` event in the middle of a stream.
        raise from_event(error.body) from error
    except (openai.OpenAIError, pydantic.ValidationError, ValueError) as error:
        raise failure(
            "garbled", "The answer was not understood.", vendor=vendor, retryable=True
        ) from error


def from_event(error: object) -> VendorError:
    """The failure inside an `error` event of a stream or socket."""
    fields = error if isinstance(error, dict) else {}
    code = str(fields.get("code") or fields.get("type") or "error")
    retryable = fields.get("type") != "invalid_request_error"
    return failure(
        code,
        str(fields.get("message") or "OpenAI reported an error."),
        retryable=retryable and code not in _HOPELESS,
    )


def _from_status(error: openai.APIStatusError, vendor: str) -> VendorError:
    code = error.code or ("unauthorised" if error.status_code == 401 else None)
    transient = error.status_code in (408, 409, 429) or error.status_code >= 500
    return failure(
        str(code or error.status_code),
        error.message,
        vendor=vendor,
        retryable=transient and error.code not in _HOPELESS,
        after=retry_after(error.response.headers.get("retry-after")),
    )


def _from_handshake(error: picows.WSInvalidStatusError, vendor: str) -> VendorError:
    if error.response is None:
        return failure(
            "garbled", "The answer was not understood.", vendor=vendor, retryable=True
        )
    status = error.response.status
    return failure(
        "unauthorised" if status == 401 else str(int(status)),
        f"The connection was refused with status {int(status)}.",
        vendor=vendor,
        retryable=status == 429 or status >= 500,
        after=retry_after(error.response.headers.get("retry-after")),
    )
