"""The status of played agents, from one played call of theirs to the next; pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from analytics.filling.played import Played

# After so long without a call an agent was not there for one.
_LONGEST_IDLE: Final = timedelta(hours=1)

Span = tuple[str, datetime, datetime]


class Desks:
    """Takes calls in the order in which they begin; remembers when each agent is free."""

    def __init__(self) -> None:
        self._free_at: dict[int, datetime] = {}

    def spans(self, call: Played) -> Iterator[Span]:
        """Status, beginning and end: available until the call, busy, wrap-up; none overlap.

        Played calls of an agent may overlap: then the later one goes on where the
        earlier one and its wrap-up ended, as far as it lasts longer.
        """
        if call.agent is None or call.wait is None:
            return
        began = call.at + timedelta(seconds=call.wait)
        free_at = self._free_at.get(call.agent)
        if free_at is not None:
            if free_at < began <= free_at + _LONGEST_IDLE:
                yield "available", free_at, began
            began = max(began, free_at)
        if began >= call.ended_at:
            return
        yield "busy", began, call.ended_at
        wrapped_up = call.ended_at + timedelta(seconds=call.wrap_up or 0.0)
        yield "wrap-up", call.ended_at, wrapped_up
        self._free_at[call.agent] = wrapped_up
