"""Who of the free agents could take which call, of what was read of both; no database, and nobody is rung here."""

from collections import defaultdict
from collections.abc import Iterable, Set


class Pool:
    """The free agents, by the queues for which they are rung; it becomes empty while they are.

    `free` are pairs of an agent and one of their queues, or None for an agent in no
    queue; `in_vain` are pairs of an agent and a call that they are not to be rung for.
    """

    def __init__(
        self,
        *,
        free: Iterable[tuple[int, int | None]],
        in_vain: Iterable[tuple[int, int]],
    ) -> None:
        self._everybody: set[int] = set()
        self._by_queue: defaultdict[int, set[int]] = defaultdict(set)
        self._in_vain: defaultdict[int, set[int]] = defaultdict(set)
        for agent, queue in free:
            self._everybody.add(agent)
            if queue is not None:
                self._by_queue[queue].add(agent)
        for agent, call in in_vain:
            self._in_vain[call].add(agent)

    def __bool__(self) -> bool:
        return bool(self._everybody)

    @property
    def queues(self) -> list[int]:
        """Those in which somebody is free."""
        return [queue for queue, agents in self._by_queue.items() if agents]

    def for_call(self, call: int, *, queue: int | None) -> Set[int]:
        """Who could take this call of this queue; of no queue, anybody could."""
        agents = self._everybody if queue is None else self._by_queue.get(queue, set())
        return agents - self._in_vain.get(call, set())

    def remove(self, agents: Set[int]) -> None:
        """These are not free any more."""
        self._everybody -= agents
        for members in self._by_queue.values():
            members.difference_update(agents)
