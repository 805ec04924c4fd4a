"""The played vendors, for the sessions that speak to them."""

from vendors.tests.conftest import (  # noqa: F401
    _simulators,
    closed_port,
    openai_config,
    outside,
    spoken,
)
