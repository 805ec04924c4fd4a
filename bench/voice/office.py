"""Makes the calls that are measured and takes them over, by the product's own services.

`python -m bench.voice.office` reads an order a line and answers each with a line. It is a
process of its own, because the load generator must never wait for a database.
"""

import secrets
import time
from typing import Any

import django

django.setup()  # what follows needs the apps

import redis  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from bench.orders import obey  # noqa: E402
from bench.voice.orders import CHANNEL  # noqa: E402
from bench.voice.script import REPLY  # noqa: E402
from calls.models import Assistant, Line, User  # noqa: E402
from calls.services import assistants, leash, lifecycle  # noqa: E402


def main() -> None:
    obey(prepare, take_over, tell)


def prepare(*, calls: int, rounds: int) -> list[list[dict[str, Any]]]:
    """For each round as many calls that an assistant leads, and who takes them over."""
    lines = [_line(number) for number in range(calls)]
    return [[_call(line) for line in lines] for _ in range(rounds)]


def take_over(*, sid: str, agent: int) -> float:
    """The moment after the commit, by the monotonic clock, which all processes share."""
    moments: list[float] = []
    with transaction.atomic():
        # The first to be called after the commit. That Twilio is told before it, here,
        # only keeps Twilio's time out of what is measured.
        transaction.on_commit(lambda: moments.append(time.monotonic()))
        leash.take_over(sid=sid, by=User.objects.get(pk=agent))
    return moments[0]


def tell(*, sid: str) -> float:
    """Tell the bare server of a takeover; the moment before."""
    moment = time.monotonic()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.publish(CHANNEL, sid)
    return moment


def _line(number: int) -> Line:
    """A number with an assistant of its own, whose voice tells the vendor who speaks."""
    name = f"Line {number}"
    found = Line.objects.filter(name=name).first()
    if found is not None:
        return found
    assistant = Assistant.objects.create(name=name)
    assistants.store_version(
        assistant=assistant,
        by=None,
        told={
            "greeting": REPLY,
            "instructions": "You answer questions about lamps.",
            "voice": f"line-{number}",
        },
    )
    return Line.objects.create(
        number=f"+1555020{number:04}",
        name=name,
        assistant=assistant,
        answered_by=Line.AnsweredBy.ASSISTANT,
    )


def _call(line: Line) -> dict[str, Any]:
    sid = f"CA{secrets.token_hex(16)}"
    call = lifecycle.register_call(
        sid=sid, from_number="+15550101001", to_number=line.number
    )
    call = lifecycle.answer_call(call=call)
    call.refresh_from_db()
    agent = User.objects.create(username=f"agent-{call.pk}")
    voice = "" if call.assistant is None else call.assistant.voice
    return {"sid": sid, "token": call.stream_token, "voice": voice, "agent": agent.pk}


if __name__ == "__main__":
    main()
