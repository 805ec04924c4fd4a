"""Every exception that AssemblyAI's SDK is known to raise or leak, as a VendorError."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import pydantic
from assemblyai.types import AssemblyAIError

from vendors.errors import VendorError, counted

# A longer pause than this (seconds) is for whoever can do something else meanwhile.
_LONGEST_PAUSE: Final = 5.0


def failure(
    code: str,
    message: str,
    *,
    retryable: bool = False,
    retry_after: float | None = None,
) -> VendorError:
    """A VendorError of AssemblyAI's."""
    return counted(
        VendorError(
            vendor="assemblyai",
            code=code,
            message=message,
            retryable=retryable,
            retry_after=retry_after,
        )
    )


@contextmanager
def translated() -> Iterator[None]:
    """Let nothing but a VendorError out (and the OSError of a file of ours)."""
    try:
        yield
    except AssemblyAIError as error:
        raise from_status(error.status_code or 0, str(error)) from error
    except httpx.TimeoutException as error:
        raise failure(
            "timeout", "AssemblyAI did not answer.", retryable=True
        ) from error
    except httpx.HTTPError as error:
        raise failure(
            "unreachable", "AssemblyAI cannot be reached.", retryable=True
        ) from error
    except (
        pydantic.ValidationError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise failure(
            "garbled", "AssemblyAI's answer was not understood.", retryable=True
        ) from error


def from_status(
    status: int, message: str, retry_after: float | None = None
) -> VendorError:
    """The failure that an HTTP status stands for."""
    code = "unauthorised" if status in (401, 403) else str(status)
    retryable = status == 429 or status >= 500
    return failure(code, message, retryable=retryable, retry_after=retry_after)


def may_pass(error: Exception) -> bool | float:
    """Whether trying again is worth it, or in how many seconds: the SDK itself never does."""
    if not isinstance(error, VendorError) or not error.retryable:
        return False
    if error.retry_after is None:
        return True
    return error.retry_after <= _LONGEST_PAUSE and error.retry_after


def was_not_accepted(error: Exception) -> bool | float:
    """Whether even a request for paid work may be sent again."""
    known = isinstance(error, VendorError) and error.code in ("429", "503")
    return known and may_pass(error)
