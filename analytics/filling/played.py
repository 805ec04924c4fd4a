"""One played call after the other: hours, queues, waiting and abandonment as they are in life; pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from analytics.filling.speech import Sentence, Stock

# Calls by hour of the day and by day of the week, Monday first.
_HOURS: Final = (
    *(0.1, 0.05, 0.05, 0.05, 0.1, 0.3, 0.8, 2.5, 6.0, 9.0, 10.0, 9.5),
    *(7.0, 7.5, 9.0, 9.0, 8.5, 7.0, 4.5, 2.5, 1.5, 1.0, 0.5, 0.2),
)
_WEEK: Final = (1.25, 1.1, 1.05, 1.0, 0.95, 0.4, 0.2)
_QUEUES: Final = (30, 24, 18, 14, 9, 5)
_RESULTS: Final = (
    ("resolved", 62),
    ("follow_up", 16),
    ("unresolved", 12),
    ("escalated", 5),
    ("wrong_number", 2),
    ("other", 3),
)
_PAUSE: Final = 1.4  # seconds between two utterances, in the mean
_A_WORD: Final = 0.38


@dataclass(slots=True)
class Played:
    """A call; seconds, shares between 0 and 1, None where a call has no such figure."""

    at: datetime
    inbound: bool
    queue: int
    agent: int | None
    customer: int
    outcome: str
    led: bool = False
    wait: float | None = None
    duration: float | None = None
    wrap_up: float | None = None
    hold: float | None = None
    dead_air: float | None = None
    longest: float | None = None
    talk_share: float | None = None
    score: float | None = None
    needs_human: bool = False
    result: str = ""
    disposition: int | None = None
    suggested: int = 0
    used: int = 0
    said: list[tuple[bool, Sentence]] = field(default_factory=list)

    @property
    def ended_at(self) -> datetime:
        """Of one that was never answered half a minute later."""
        return self.at + timedelta(seconds=self.duration or 30.0)

    @property
    def handle_time(self) -> float | None:
        """By its definition."""
        if self.duration is None or self.wait is None or self.wrap_up is None:
            return None
        return self.duration - self.wait + self.wrap_up


@dataclass(frozen=True, slots=True)
class Company:
    """How many there are of each; `of_queue` names the agents who work in a queue."""

    customers: int
    dispositions: int
    of_queue: Sequence[Sequence[int]]
    utterances: int


def moments(
    calls: int, days: int, until: datetime, random: Random
) -> Iterator[datetime]:
    """When so many calls begin, in order, over so many days."""
    first = until - timedelta(days=days)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    dates = [midnight + timedelta(days=n) for n in range(days + 1)]
    weights = [
        _WEEK[day.weekday()] * (1 + 0.15 * math.sin(n / 29))
        for n, day in enumerate(dates)
    ]
    hours = list(range(24))
    left, ahead = calls, sum(weights)
    for day, weight in zip(dates, weights, strict=True):
        number = round(left * weight / ahead) if ahead > 1e-9 else left
        left, ahead = left - number, ahead - weight
        chosen = random.choices(hours, _HOURS, k=number)
        yield from sorted(
            min(day + timedelta(seconds=3600 * (hour + random.random())), until)
            for hour in chosen
        )


def calls(
    moments: Iterator[datetime], company: Company, stock: Stock, random: Random
) -> Iterator[Played]:
    """A call at each of these moments."""
    queues = list(range(len(company.of_queue)))
    for at in moments:
        queue = random.choices(queues, _QUEUES)[0]
        call = Played(
            at=at,
            inbound=random.random() < 0.86,
            queue=queue,
            agent=None,
            customer=int(company.customers * random.random() ** 2),
            outcome="handled",
        )
        busy = _HOURS[at.hour] / 10
        wait = random.expovariate(1 / (6 + 22 * busy))
        chance = random.random()
        if not call.inbound:
            _outbound(call, company, stock, random, chance)
        elif wait > 25 and chance < 0.35:
            call.outcome, call.duration = "abandoned", wait
        elif chance > 0.97:
            call.outcome, call.duration = "turned-away", 12.0
        elif chance > 0.95:
            call.outcome, call.duration = "voicemail", wait + 25
        else:
            call.led = random.random() < 0.22
            call.wait = 1.0 if call.led else wait
            is_alone = call.led and random.random() < 0.55
            _talk(call, company, stock, random, alone=is_alone)
        yield call


def _outbound(
    call: Played, company: Company, stock: Stock, random: Random, chance: float
) -> None:
    if chance < 0.22:
        call.outcome = "not-reached"
        call.agent = random.choice(company.of_queue[call.queue])
        return
    call.wait = 0.0
    _talk(call, company, stock, random, alone=False)


def _talk(
    call: Played, company: Company, stock: Stock, random: Random, *, alone: bool
) -> None:
    agent = random.choice(company.of_queue[call.queue])
    call.agent = None if alone else agent
    least, most = int(0.7 * company.utterances), int(1.75 * company.utterances)
    number = max(2, random.randint(least, max(least, most)))
    starts = random.random() < 0.1
    call.said = [
        (by_caller, stock.any(by_caller=by_caller))
        for by_caller in (bool((n + starts) % 2) for n in range(number))
    ]
    spoken = sum(len(sentence.keys) for _, sentence in call.said) * _A_WORD
    held = random.random() < 0.24
    call.hold = random.expovariate(1 / 55) if held else 0.0
    silent = random.random() < 0.4
    call.dead_air = 3.0 + random.expovariate(1 / 9) if silent else 0.0
    call.longest = call.dead_air * random.uniform(0.4, 1.0)
    talk = spoken + number * _PAUSE + call.hold + call.dead_air
    call.duration = (call.wait or 0.0) + talk
    call.wrap_up = 0.0 if alone else random.expovariate(1 / 35)
    call.talk_share = None if alone else min(0.95, max(0.05, random.gauss(0.54, 0.1)))
    skill = 0 if call.agent is None else (call.agent % 7) - 3
    if random.random() < 0.97:
        call.score = round(min(100.0, max(5.0, random.gauss(79 + skill, 11))), 1)
        call.needs_human = random.random() < 0.11
        names, weights = zip(*_RESULTS, strict=True)
        call.result = random.choices(names, weights)[0]
    if not alone and random.random() < 0.8:
        call.disposition = int(company.dispositions * random.random() ** 2)
    if not alone:
        call.suggested = min(3, number // 4)
        call.used = sum(random.random() < 0.37 for _ in range(call.suggested))
