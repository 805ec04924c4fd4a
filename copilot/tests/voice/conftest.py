"""The telephone and WhatsApp as the simulators play them."""

from calls.tests.conftest import played  # noqa: F401
