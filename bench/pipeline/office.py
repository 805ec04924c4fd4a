"""Makes calls, each with an agent of its own who is logged in: `python -m bench.pipeline.office 40`.

A process of its own, for the load generator must never wait for a database.
"""

import json
import sys
from dataclasses import asdict

import django

django.setup()  # what follows needs the apps

from bench.fanout.office import people  # noqa: E402
from bench.media.office import made  # noqa: E402
from calls.models import Call, User  # noqa: E402


def main() -> None:
    calls = made(int(sys.argv[1]))
    cookies = people(count=len(calls), name=calls[0].sid)
    for number, call in enumerate(calls):
        agent = User.objects.get(username=f"{calls[0].sid}-{number}")
        Call.objects.filter(sid=call.sid).update(agent=agent)
    told = [
        {"call": asdict(call), "cookie": cookie}
        for call, cookie in zip(calls, cookies, strict=True)
    ]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
