"""Looks at the calls of all live sessions of this process with one question; what follows is in facts."""

import asyncio
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Final

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async

from calls.models import Call
from copilot.hub import Message
from copilot.models import AssistantLine

LOOK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A call; and if the assistant leads, what was whispered to it, and its open lines."""

    call: Call
    guidance: list[tuple[int, Message]] = field(default_factory=list)
    lines: list[AssistantLine] = field(default_factory=list)


@dataclass(slots=True)
class _Coming:
    """A look that has not been taken yet, and at which calls."""

    calls: list[int] = field(default_factory=list)
    task: asyncio.Task[dict[int, Seen]] | None = None


class Looks:
    """Each is for all who want to know. A question for each call was a tenth of a live call's work."""

    def __init__(self, every: float = LOOK_SECONDS) -> None:
        """Nobody wants to know yet."""
        self._every = every
        self._coming: _Coming | None = None

    async def next(self, call_id: int) -> dict[int, Seen]:
        """What the next look finds, which is at this call too and at most `every` seconds away."""
        look = self._coming
        if look is None:
            look = self._coming = _Coming()
            # It belongs to the process: whoever asked first may be gone by then, and so
            # may the thread for their rows.
            look.task = asyncio.create_task(  # noqa: TID251
                self._take(look), context=Context()
            )
        look.calls.append(call_id)
        assert look.task is not None  # noqa: S101  made with the look
        try:
            return await asyncio.shield(look.task)
        finally:
            look.calls.remove(call_id)
            if not look.calls:
                look.task.cancel()
                if self._coming is look:
                    self._coming = None

    async def _take(self, look: _Coming) -> dict[int, Seen]:
        await asyncio.sleep(self._every)
        self._coming = None
        async with ThreadSensitiveContext():
            seen: dict[int, Seen] = await database_sync_to_async(look_at)([*look.calls])
        return seen


looks = Looks()


def look_at(call_ids: Iterable[int]) -> dict[int, Seen]:
    """The calls as the database has them, by their ids."""
    calls = Call.objects.in_bulk(call_ids)
    return {pk: _seen(call) for pk, call in calls.items()}


def _seen(call: Call) -> Seen:
    if not call.is_led:
        return Seen(call)
    told = call.events.filter(name="guidance.given").values_list("number", "data")
    lines = call.assistant_lines.filter(state__in=AssistantLine.OPEN)
    return Seen(call, list(told), list(lines))
