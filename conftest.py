"""The cast and the signed envelope that tests of several rooms use."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from twilio.request_validator import RequestValidator

from calls.models import User

PASSWORD = "correct-horse"


@pytest.fixture
def ada(db: None) -> User:
    """An agent."""
    return User.objects.create_user("ada", password=PASSWORD, first_name="Ada")


@pytest.fixture
def ben(db: None) -> User:
    """Another agent."""
    return User.objects.create_user("ben", password=PASSWORD, first_name="Ben")


@pytest.fixture
def sam(db: None) -> User:
    """A supervisor."""
    return User.objects.create_user(
        "sam",
        password=PASSWORD,
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
