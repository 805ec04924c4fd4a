"""A pytest plugin, loaded before Django's settings: real PostgreSQL and Valkey for the tests."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

_stack = contextlib.ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start both servers once; xdist's workers inherit their addresses."""
    os.environ["DEBUG"] = "true"
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return
    # A short path: PostgreSQL's socket lies in it, and macOS allows 104 bytes.
    folder = _stack.enter_context(
        tempfile.TemporaryDirectory(prefix="copilot-", ignore_cleanup_errors=True)
    )
    os.environ["VAR_DIR"] = folder
    Path(folder).chmod(0o755)  # as root PostgreSQL runs as another user
    from callcenter import embedded

    servers = _stack.enter_context(embedded.started())
    os.environ["DATABASE_URL"] = servers.database_url
    os.environ["REDIS_URL"] = servers.redis_url


def pytest_unconfigure() -> None:
    _stack.close()
