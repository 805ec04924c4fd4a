"""Makes calls by the product's own services: `python -m bench.media.office 40` prints as many.

A process of its own, for the load generator must never wait for a database.
"""

import json
import secrets
import sys
from dataclasses import asdict

import django

django.setup()  # what follows needs the apps

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.media.calls import Prepared  # noqa: E402
from calls.models import Call  # noqa: E402
from calls.services import lifecycle  # noqa: E402


def main() -> None:
    sys.stdout.write(json.dumps([asdict(one) for one in made(int(sys.argv[1]))]))


def made(count: int) -> list[Prepared]:
    """So many calls that wait for their streams."""
    calls = [_call(number) for number in range(count)]
    # What the conference would tell, once its two people are in it.
    Call.objects.filter(sid__in=[one.sid for one in calls]).update(
        agent_joined_at=timezone.now()
    )
    return calls


def _call(number: int) -> Prepared:
    call = lifecycle.register_call(
        sid=f"CA{secrets.token_hex(16)}",
        from_number=f"+1555010{number % 10000:04}",
        to_number="+15550200000",
    )
    call = lifecycle.answer_call(call=call)
    call.refresh_from_db()
    return Prepared(call.sid, call.stream_token, settings.TWILIO_ACCOUNT_SID)


if __name__ == "__main__":
    main()
