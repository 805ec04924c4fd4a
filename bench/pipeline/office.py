"""Makes calls, each with an agent of its own who is logged in.

`python -m bench.pipeline.office` reads an order a line and answers each with a line. It is
a process of its own, because the load generator must never wait for a database.
"""

from typing import Any

import django

django.setup()  # what follows needs the apps

from bench.fanout.office import people  # noqa: E402
from bench.media.office import made  # noqa: E402
from bench.orders import obey  # noqa: E402
from calls.models import Call, User  # noqa: E402


def main() -> None:
    obey(led, made)


def led(*, count: int) -> list[dict[str, Any]]:
    """So many calls that wait for their streams, each with the cookie of its agent's session."""
    calls = made(count=count)
    first = calls[0]["sid"]
    cookies = people(count=count, name=first)
    for number, call in enumerate(calls):
        agent = User.objects.get(username=f"{first}-{number}")
        Call.objects.filter(sid=call["sid"]).update(agent=agent)
    return [
        {"call": call, "cookie": cookie}
        for call, cookie in zip(calls, cookies, strict=True)
    ]


if __name__ == "__main__":
    main()
