"""Makes calls that have ended, has the work on them begin, and reads what became of it.

`python -m bench.after.office` reads an order a line and answers each with a line.
"""

import secrets
from datetime import timedelta
from typing import Any

import django

django.setup()  # what follows needs the apps

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from analytics import pipeline, services  # noqa: E402
from analytics.models import Step  # noqa: E402
from bench.orders import obey  # noqa: E402
from calls.events import publish  # noqa: E402
from calls.models import Call, Recording, User  # noqa: E402


def main() -> None:
    obey(prepare, begin, left, steps)


def prepare(*, calls: int, seconds: float) -> list[int]:
    """So many calls of that length that have just ended, with their recordings at Twilio."""
    agent = User.objects.get_or_create(username="agent")[0]
    return [_ended(agent, seconds).pk for _ in range(calls)]


def begin(*, ids: list[int]) -> None:
    """What the callback with the recording does."""
    for call_id in ids:
        services.advance(call_id=call_id)


def left(*, ids: list[int]) -> int:
    """Of how many calls not all is done."""
    unfinished = Step.objects.filter(call__in=ids, state__in=pipeline.UNFINISHED)
    return unfinished.values("call").distinct().count()


def steps(*, ids: list[int]) -> list[dict[str, Any]]:
    """The steps of each call in their order: what became of them, from when to when."""
    found = Step.objects.filter(call__in=ids).in_order()
    return [
        {
            "call": one.call_id,
            "name": one.name,
            "state": one.state,
            "reason": one.reason,
            "began": _seconds(one.started_at),
            "ended": _seconds(one.finished_at),
        }
        for one in found
    ]


def _ended(agent: User, seconds: float) -> Call:
    now = timezone.now()
    begun = now - timedelta(seconds=seconds)
    call = Call.objects.create(
        sid=f"CA{secrets.token_hex(16)}",
        direction="inbound",
        status="completed",
        from_number="+15550101001",
        to_number="+15550200000",
        agent=agent,
        created_at=begun,
        answered_at=begun,
    )
    with transaction.atomic():
        joined = begun + timedelta(seconds=7)
        publish(call=call, name="agent.joined", moment=joined)
    Call.objects.filter(pk=call.pk).update(ended_at=now)
    sid = f"RE{secrets.token_hex(16)}"
    account = settings.TWILIO_ACCOUNT_SID
    Recording.objects.create(
        call=call,
        sid=sid,
        status=Recording.Status.COMPLETED,
        url=f"{settings.TWILIO_API_URL}/2010-04-01/Accounts/{account}/Recordings/{sid}",
        channels=2,
        duration=seconds,
        channel_map={"1": "caller", "2": "agent"},
    )
    return call


def _seconds(moment: Any) -> float | None:  # noqa: ANN401  a moment of the database
    return None if moment is None else moment.timestamp()


if __name__ == "__main__":
    main()
