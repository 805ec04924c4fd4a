"""The one error that leaves this room, whatever a vendor's SDK has raised.

It is not a description for a customer: `code` is for logs and decisions, `message`
for the person who looks after the call centre.
"""

from typing import Any, Final

from prometheus_client import Counter

# Our own words for what went wrong; vendors have hundreds of theirs.
_WORDS: Final = frozenset(
    {
        *("timeout", "unreachable", "garbled", "unauthorised", "not_configured"),
        *("refusal", "incomplete", "empty", "stalled"),
    }
)
_TOO_MANY: Final = frozenset({"429", "20429", "rate_limit_exceeded"})
_ERRORS: Final = Counter(
    "callcopilot_vendor_errors",
    "What vendors, or hosts that were named to us, did not do.",
    ["vendor", "kind"],
)


class VendorError(Exception):
    """A vendor did not do what it was asked to.

    `code` is the vendor's own code where there is one, else one of our words
    ("timeout", "unreachable", "garbled", "unauthorised", "not_configured", "refusal",
    "incomplete", "empty", "stalled"). `retryable` says whether the same request may
    succeed later, and `retry_after` (seconds) when the vendor said how much later.
    """

    def __init__(
        self,
        *,
        vendor: str,
        code: str,
        message: str,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{vendor} {code}: {message}")
        self.vendor = vendor
        self.code = code
        self.message = message
        self.retryable = retryable
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker process hands its exceptions to its parent by pickle, which would
        # otherwise call the class with the one positional argument of Exception.
        return _rebuilt, (dict(vars(self)),)


def _rebuilt(fields: dict[str, Any]) -> VendorError:
    return VendorError(**fields)


def retry_after(value: str | None) -> float | None:
    """Seconds out of a Retry-After header; None where it is absent or a date."""
    try:
        return max(0.0, float(value)) if value else None
    except ValueError:
        return None


def counted(error: VendorError) -> VendorError:
    """The same, counted for `/metrics` by a few kinds."""
    if error.code in _WORDS:
        kind = error.code
    elif error.code in _TOO_MANY:
        kind = "too_many"
    else:
        kind = "failing" if error.retryable else "refused"
    _ERRORS.labels(vendor=error.vendor, kind=kind).inc()
    return error
