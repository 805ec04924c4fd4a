"""The telephone and WhatsApp as the simulators play them, for what is asked of Twilio."""

from typing import Any

import pytest

from calls import telephone
from vendors.tests.conftest import Outside, _simulators, closed_port, outside  # noqa: F401

CONFIGURED = (telephone.twilio_config, telephone.telephone, telephone.messaging)


@pytest.fixture
def played(settings: Any, outside: Outside) -> Any:  # noqa: F811
    """The settings point at the simulators."""
    settings.TWILIO_API_URL = outside.url
    for configured in CONFIGURED:
        configured.cache_clear()
    yield outside
    for configured in CONFIGURED:
        configured.cache_clear()
