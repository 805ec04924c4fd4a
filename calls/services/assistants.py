"""Giving a call to an assistant, and writing down what an assistant is told; Twilio is not asked here."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from calls import events
from calls.models import Assistant, AssistantVersion, Call, Leg, User
from calls.services import routing, states


def lead(
    *,
    call: Call,
    version: AssistantVersion,
    reason: str,
    mode: str = "",
    by: User | None = None,
) -> None:
    """The assistant has the call from now on; in a transaction with the call locked.

    `mode` is how, if not as the version begins. Whoever was its agent stays that, and
    watches. Twilio has to come for the document of the new state: see `treatments`.
    """
    if call.has_ended:
        return
    before = call.mode
    routing.stop_waiting(call=call)
    states.end(call, states.OF_AGENT)
    call.mode = mode or version.mode
    call.assistant = version
    call.treatment = Call.Treatment.CONFERENCE
    call.agent_joined_at = call.agent_gone_at = None
    call.save(
        update_fields=[
            "mode",
            "assistant",
            "treatment",
            "agent_joined_at",
            "agent_gone_at",
        ]
    )
    # What is told of these telephones from here on is of the past.
    mine = call.legs.filter(kind=Leg.Kind.AGENT, dismissed_at=None)
    mine.update(dismissed_at=timezone.now())
    tell_mode(call=call, before=before, reason=reason, by=by)


def tell_mode(*, call: Call, before: str, reason: str, by: User | None = None) -> None:
    """Publish who leads the call now, and why; in a transaction."""
    events.publish(
        call=call,
        name="call.mode",
        mode=call.mode,
        before=before,
        reason=reason,
        by=None if by is None else events.person(by),
        agent=None if call.agent is None else events.person(call.agent),
        assistant=events.assistant(call.assistant),
    )


def ready_version(assistant: Assistant | None) -> AssistantVersion | None:
    """What this assistant is told now, if it is in use and may be given a call."""
    if assistant is None or not assistant.active:
        return None
    return assistant.current


def store_version(
    *, assistant: Assistant, by: User | None, told: dict[str, Any]
) -> AssistantVersion:
    """What the assistant is told from now on; the version that is, if nothing has changed.

    `told` are the fields of a version, checked.
    """
    with transaction.atomic():
        # Its row orders two people who save at once.
        Assistant.objects.select_for_update(no_key=True).get(pk=assistant.pk)
        last = assistant.current
        if last is not None and all(getattr(last, k) == v for k, v in told.items()):
            return last
        number = 1 if last is None else last.number + 1
        return AssistantVersion.objects.create(
            assistant=assistant, number=number, created_by=by, **told
        )
