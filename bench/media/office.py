"""Makes calls by the product's own services.

`python -m bench.media.office` reads an order a line and answers each with a line. It is a
process of its own, because the load generator must never wait for a database.
"""

import secrets
from typing import Any

import django

django.setup()  # what follows needs the apps

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.orders import obey  # noqa: E402
from calls.models import Call  # noqa: E402
from calls.services import lifecycle  # noqa: E402


def main() -> None:
    obey(made)


def made(*, count: int) -> list[dict[str, Any]]:
    """So many calls that wait for their streams."""
    calls = [_call(number) for number in range(count)]
    # What the conferences would tell, once both people of each are in it.
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(
        agent_joined_at=timezone.now(), waiting_since=None
    )
    account = settings.TWILIO_ACCOUNT_SID
    return [
        {"sid": call.sid, "token": call.stream_token, "account": account}
        for call in calls
    ]


def _call(number: int) -> Call:
    call = lifecycle.register_call(
        sid=f"CA{secrets.token_hex(16)}",
        from_number=f"+1555010{number % 10000:04}",
        to_number="+15550200000",
    )
    return lifecycle.answer_call(call=call)


if __name__ == "__main__":
    main()
