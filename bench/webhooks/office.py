"""Makes the calls that are told of, and reads how they ended, by the product's own services.

`python -m bench.webhooks.office` reads an order a line and answers each with a line.
"""

import secrets
from collections import Counter
from dataclasses import asdict
from typing import Any

import django

django.setup()  # what follows needs the apps

from bench.orders import obey  # noqa: E402
from bench.webhooks.history import Names  # noqa: E402
from calls.models import Call, User, WebhookDelivery  # noqa: E402
from calls.services import conference, lifecycle, routing  # noqa: E402


def main() -> None:
    obey(prepare, ends)


def prepare(*, calls: int) -> list[dict[str, str]]:
    """So many calls that were answered and accepted, each by an agent of its own."""
    return [asdict(_prepared()) for _ in range(calls)]


def ends(*, sids: list[str]) -> list[dict[str, Any]]:
    """For each call all that its callbacks decide, without what is only its own."""
    found = Call.objects.filter(sid__in=sids).in_bulk(field_name="sid")
    return [_end(found[sid]) for sid in sids]


def _prepared() -> Names:
    names = Names(
        *(f"{kind}{secrets.token_hex(16)}" for kind in ("CA", "CA", "CF", "MZ", "RE"))
    )
    agent = User.objects.create(
        username=f"agent-{names.call}", presence=User.Presence.AVAILABLE
    )
    call = lifecycle.register_call(
        sid=names.call, from_number="+15550101001", to_number="+15550200000"
    )
    lifecycle.answer_call(call=call)
    routing.accept_call(sid=names.call, agent=agent)
    conference.join_agent_leg(sid=names.call, leg_sid=names.agent_leg, agent=agent)
    Call.objects.filter(pk=call.pk).update(stream_sid=names.stream)
    return names


def _end(call: Call) -> dict[str, Any]:
    events = Counter(call.events.values_list("name", flat=True))
    return {
        "status": call.status,
        "ended": call.ended_at is not None,
        "outcome": call.outcome,
        "held": call.held_at is not None,
        "muted": call.muted_at is not None,
        "joined": call.agent_joined_at is not None,
        "presence": "" if call.agent is None else call.agent.presence,
        "legs": sorted(
            (leg.kind, leg.joined_at is not None, leg.left_at is not None)
            for leg in call.legs.all()
        ),
        "recordings": list(
            call.recordings.values_list("status", "url", "duration", "channels")
        ),
        "once": {name: events[name] for name in ("call.ended", "call.accepted")},
        # Each kept once, however often it came.
        "kept": WebhookDelivery.objects.filter(call=call).count(),
    }


if __name__ == "__main__":
    main()
