"""Every exception that AssemblyAI's SDK is known to raise or leak, as a VendorError."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pydantic
from assemblyai.types import AssemblyAIError

from vendors.errors import VendorError, counted


def failure(code: str, message: str, *, retryable: bool = False) -> VendorError:
    """A VendorError of AssemblyAI's."""
    return counted(
        VendorError(
            vendor="assemblyai", code=code, message=message, retryable=retryable
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
    except (pydantic.ValidationError, ValueError, KeyError, TypeError) as error:
        raise failure(
            "garbled", "AssemblyAI's answer was not understood.", retryable=True
        ) from error


def from_status(status: int, message: str) -> VendorError:
    """The failure that an HTTP status stands for."""
    code = "unauthorised" if status in (401, 403) else str(status)
    return failure(code, message, retryable=status == 429 or status >= 500)


def may_pass(error: Exception) -> bool:
    """Whether trying again is worth it: the SDK itself never does."""
    return isinstance(error, VendorError) and error.retryable


def was_not_accepted(error: Exception) -> bool:
    """Whether even a request for paid work may be sent again."""
    return isinstance(error, VendorError) and error.code in ("429", "503")
