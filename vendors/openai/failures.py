"""Every exception that OpenAI's SDK is known to raise or leak, made a VendorError."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import openai
import pydantic
import websockets

from vendors.errors import VendorError, retry_after

# A 429 that waiting does not cure.
_HOPELESS = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


def failure(
    code: str, message: str, *, retryable: bool = False, after: float | None = None
) -> VendorError:
    """A VendorError of OpenAI's."""
    return VendorError(
        vendor="openai",
        code=code,
        message=message,
        retryable=retryable,
        retry_after=after,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Let nothing but a VendorError out."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _from_status(error) from error
    except (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError) as error:
        raise failure("timeout", "OpenAI did not answer.", retryable=True) from error
    except websockets.InvalidStatus as error:
        raise _from_handshake(error) from error
    except (
        openai.APIConnectionError,
        openai.WebSocketConnectionClosedError,
        httpx2.HTTPError,
        websockets.WebSocketException,
        OSError,
    ) as error:
        raise failure(
            "unreachable", "The connection to OpenAI failed.", retryable=True
        ) from error
    except openai.APIError as error:
        # An `error` event in the middle of a stream.
        raise from_event(error.body) from error
    except (openai.OpenAIError, pydantic.ValidationError, ValueError) as error:
        raise failure(
            "garbled", "OpenAI's answer was not understood.", retryable=True
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


def _from_status(error: openai.APIStatusError) -> VendorError:
    code = error.code or ("unauthorised" if error.status_code == 401 else None)
    transient = error.status_code in (408, 409, 429) or error.status_code >= 500
    return failure(
        str(code or error.status_code),
        error.message,
        retryable=transient and error.code not in _HOPELESS,
        after=retry_after(error.response.headers.get("retry-after")),
    )


def _from_handshake(error: websockets.InvalidStatus) -> VendorError:
    status = error.response.status_code
    return failure(
        "unauthorised" if status == 401 else str(status),
        f"OpenAI refused the connection with status {status}.",
        retryable=status == 429 or status >= 500,
        after=retry_after(error.response.headers.get("retry-after")),
    )
