"""Keeps a row with its worker while the work lasts; it does not do the work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from django.db import connection

_EVERY: Final = 15.0  # seconds; a quarter of the lease


@contextmanager
def kept(renew: Callable[[], bool]) -> Iterator[None]:
    """Renew the lease from a thread of its own: a download or a model may take minutes."""
    over = Event()
    keeper = Thread(target=_keep, args=(renew, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(renew: Callable[[], bool], over: Event) -> None:
    try:
        while not over.wait(_EVERY):
            if not renew():
                return
    finally:
        connection.close()
