"""The error that leaves this room."""

import pickle

from vendors.assemblyai import failures as assemblyai
from vendors.errors import VendorError, retry_after
from vendors.openai import failures as openai
from vendors.twilio import failures as twilio


def test_it_survives_the_way_from_a_worker_to_its_parent() -> None:
    error = VendorError(
        vendor="twilio", code="20429", message="Slow down.", retryable=True
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_a_wait_that_is_a_date_or_absent_is_none() -> None:
    assert retry_after("1.5") == 1.5
    assert retry_after("Sat, 21 Nov 2026 10:00:00 GMT") is None
    assert retry_after(None) is None


def test_every_vendor_says_how_long_to_wait() -> None:
    asked = (
        twilio.from_status(429, wait="20"),
        assemblyai.from_status(429, "Slower.", 20.0),
        openai.failure("429", "Slower.", retryable=True, after=20.0),
    )
    assert [error.retry_after for error in asked] == [20, 20, 20]
