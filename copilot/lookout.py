"""What every desk of a process asks the database for again and again, asked once for all of them."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from typing import Final

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from calls.arrays import each_of, each_text_of
from calls.models import Call, User
from calls.roles import RoleBackend
from calls.services import presence

# What was seen is good for so long.
FRESH_SECONDS: Final = 1.0
# What the login and the role's permissions follow from.
_RIGHTS: Final = ("password", "role", "is_superuser")


@dataclass(frozen=True, slots=True)
class Here:
    """Whose desk it is, by which login."""

    user: User
    session: str


@dataclass(frozen=True, slots=True)
class View:
    """The live calls, and which logins of the desks are good, at one moment."""

    calls: tuple[Call, ...]
    sessions: frozenset[str]
    # Of those who are here and may use a desk: see `_RIGHTS`.
    rights: dict[int, tuple[object, ...]]

    def numbers(self, user: User) -> dict[str, int]:
        """The newest event number of each call on this user's desk."""
        return {
            call.sid: call.last_number
            for call in self.calls
            if call.is_on_desk_of(user)
        }

    def is_unchanged(self, here: Here) -> bool:
        """Whether login, person and permission are as they were; if not, one looks closely."""
        rights = tuple(getattr(here.user, name) for name in _RIGHTS)
        return here.session in self.sessions and self.rights.get(here.user.pk) == rights


class Lookout:
    """Looks when somebody asks, for everybody who is there."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """The clock is passed in so that a test can own the time."""
        self._monotonic = monotonic
        self._here: Counter[tuple[int, str]] = Counter()
        self._alive: set[int] = set()
        self._looking: asyncio.Task[View] | None = None
        self._looked_at = float("-inf")

    @contextmanager
    def attended(self, here: Here) -> Iterator[None]:
        """A desk is here until the block ends."""
        key = (here.user.pk, here.session)
        self._here[key] += 1
        try:
            yield
        finally:
            self._here[key] -= 1
            if not self._here[key]:
                del self._here[key]

    def seen(self, user: User) -> None:
        """This user's desk shows life; it is written with the next look."""
        self._alive.add(user.pk)

    async def look(self) -> View:
        """At most a second old; whoever asks meanwhile gets the same."""
        now = self._monotonic()
        if self._looking is None or now - self._looked_at > FRESH_SECONDS:
            self._looked_at = now
            # In a context of its own: the first to ask may leave before the answer.
            self._looking = asyncio.create_task(  # noqa: TID251  shared, and it ends
                self._look(), context=Context()
            )
        return await asyncio.shield(self._looking)

    async def _look(self) -> View:
        async with ThreadSensitiveContext():
            alive, self._alive = self._alive, set()
            view: View = await database_sync_to_async(_view)(set(self._here), alive)
        return view


def _view(here: set[tuple[int, str]], alive: set[int]) -> View:
    if alive:
        presence.desks_seen(user_ids=alive)
    sessions = Session.objects.filter(
        session_key__in=each_text_of({session for _, session in here}),
        expire_date__gt=timezone.now(),
    )
    may = RoleBackend().with_perm("calls.use_desk")
    users = may.filter(pk__in=each_of({pk for pk, _ in here}))
    return View(
        calls=tuple(Call.objects.live().only(*Call.DESK_FIELDS)),
        sessions=frozenset(sessions.values_list("session_key", flat=True)),
        # No instances: of a thousand users they would take the interpreter for 20 ms.
        rights={pk: tuple(rights) for pk, *rights in users.values_list("pk", *_RIGHTS)},
    )


lookout = Lookout()
