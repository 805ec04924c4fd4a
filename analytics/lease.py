"""Keeps a step with its worker while the work lasts; it does not do the work."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from django.db import connection

from analytics import services

_EVERY: Final = 15.0  # seconds; a quarter of the lease


@contextmanager
def kept(claim: services.Claim) -> Iterator[None]:
    """Renew the claim from a thread of its own: a download or a model may take minutes."""
    over = Event()
    keeper = Thread(target=_keep, args=(claim, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(claim: services.Claim, over: Event) -> None:
    try:
        while not over.wait(_EVERY):
            if not services.renew(claim):
                return
    finally:
        connection.close()
