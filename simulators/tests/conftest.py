"""The played outside, whole, for tests that speak to it over the network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.tests.outside import Address, running


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Address]:
    async with running(tmp_path) as address:
        yield address
