"""The cast and the signed envelope that tests of several rooms use."""

from collections.abc import Callable
from functools import cache
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from twilio.request_validator import RequestValidator

from calls.models import User

PASSWORD = "correct-horse"

# A busy machine is no fault of what is tested.
hypothesis.settings.register_profile(
    "patient", parent=hypothesis.settings.default, deadline=None
)
hypothesis.settings.load_profile("patient")


@cache
def _hash() -> str:
    """One for all and only once: a hash is slow on purpose."""
    return make_password(PASSWORD)


@pytest.fixture
def ada(db: None) -> User:
    """An agent."""
    return User.objects.create(username="ada", password=_hash(), first_name="Ada")


@pytest.fixture
def ben(db: None) -> User:
    """Another agent."""
    return User.objects.create(username="ben", password=_hash(), first_name="Ben")


@pytest.fixture
def sam(db: None) -> User:
    """A supervisor."""
    return User.objects.create(
        username="sam",
        password=_hash(),
        first_name="Sam",
        role=User.Role.SUPERVISOR,
        is_staff=True,
    )


@pytest.fixture
def sign() -> Callable[[str, dict[str, str]], str]:
    """Twilio's signature of an address and a form, with the account's token."""

    def sign(url: str, form: dict[str, str]) -> str:
        validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)
        return str(validator.compute_signature(url, form))

    return sign


@pytest.fixture
def twilio(client: Client, sign: Callable[..., str]) -> Callable[..., Any]:
    """Posts a form as Twilio would: signed with the account's token."""

    def post(path: str, **form: str) -> Any:
        url = f"{settings.PUBLIC_BASE_URL}{path}"
        headers = {"X-Twilio-Signature": sign(url, form)}
        return client.post(path, form, headers=headers)

    return post
