"""What the demo's call centre begins with: queues, lines, outcomes, templates and customers it knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from calls.models import (
    Customer,
    Disposition,
    Line,
    MessageTemplate,
    Queue,
    QueueMember,
    User,
)
from calls.models.routing import Fallback

# As the demo's WhatsApp account has them approved: name, Content SID, text, variables.
TEMPLATES: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    (
        "After the call",
        "HX00000000000000000000000000000001",
        "Hello {{1}}, thank you for calling Harbour Lamps. In short: {{2}} "
        "Just reply here if we can do anything else for you.",
        ("name", "summary"),
    ),
    (
        "Appointment reminder",
        "HX00000000000000000000000000000002",
        "Hello {{1}}, this is Harbour Lamps. We will see you on {{2}} at {{3}}. "
        "Please reply here if that does not suit you.",
        ("name", "day", "time"),
    ),
)
DISPOSITIONS: Final = ("Solved", "Follow-up needed", "Complaint", "Wrong number")


@dataclass(frozen=True, slots=True)
class Known:
    """A caller of the demo whom the company has met before."""

    number: str
    name: str
    notes: str = ""
    whatsapp: bool | None = None
    do_not_call: bool = False


CUSTOMERS: Final = (
    Known(
        "+15550101001", "Nora Field", "Prefers parcels left at the door.", whatsapp=True
    ),
    Known("+15550101002", "Walter Quinn", "Pays by invoice.", whatsapp=False),
    Known("+15550101003", "Priya Raman", "Collects the Captain series.", whatsapp=True),
    Known("+15550101004", "Greta Brandt", "Has a desk lamp in repair."),
    Known("+15550101008", "Olive Marsh", "Likes to test us.", whatsapp=True),
    Known("+34910555009", "Carmen Ruiz", "Speaks Spanish and English.", whatsapp=True),
    Known(
        "+15550103009",
        "Edgar Holt",
        "Asked us in writing not to be called.",
        whatsapp=False,
        do_not_call=True,
    ),
)


@transaction.atomic
def load_demo_data(*, colleagues: Iterable[User]) -> None:
    """Make what is missing; what a person has changed since stays as it is.

    `colleagues` are simulated agents who are new, or all when the queue is.
    """
    dispositions = [_one(Disposition, name=name)[0] for name in DISPOSITIONS]
    after_the_call, _reminder = [_template(*each) for each in TEMPLATES]
    support, is_new = _one(
        Queue,
        {
            "ring_seconds": 15,
            "max_wait_seconds": 90,
            "fallback": Fallback.VOICEMAIL,
            "wrap_up_seconds": 10,
            "whatsapp_after_call": after_the_call,
        },
        name="Support",
    )
    if is_new:
        support.dispositions.set(dispositions)
        _staff(support, _named("agent", "agent2", "supervisor"), priority=1)
        colleagues = User.objects.filter(username__startswith="colleague")
    # Simulated colleagues take what no person takes.
    _staff(support, colleagues, priority=2)
    sales, is_new = _one(
        Queue,
        {
            "ring_seconds": 15,
            "max_wait_seconds": 30,
            "fallback": Fallback.CALLBACK,
            "wrap_up_seconds": 10,
        },
        name="Sales",
    )
    if is_new:
        sales.dispositions.set(dispositions)
        _staff(sales, _named("agent", "agent2"), priority=1)
    _line(settings.TWILIO_NUMBER, "Main line", support)
    _line(settings.TWILIO_WHATSAPP_NUMBER, "Sales line", sales)
    for known in CUSTOMERS:
        _one(
            Customer,
            {
                "name": known.name,
                "notes": known.notes,
                "whatsapp_opt_in": known.whatsapp,
                "do_not_call": known.do_not_call,
            },
            number=known.number,
        )


def _one(model: Any, defaults: dict[str, Any] | None = None, **key: str) -> Any:  # noqa: ANN401  any of our records
    return model.objects.get_or_create(defaults=defaults or {}, **key)


def _template(
    name: str, content_sid: str, body: str, variables: tuple[str, ...]
) -> MessageTemplate:
    template, _made = MessageTemplate.objects.get_or_create(
        name=name,
        defaults={
            "content_sid": content_sid,
            "body": body,
            "variables": list(variables),
        },
    )
    return template


def _line(number: str, name: str, queue: Queue) -> None:
    greeting = "Thank you for calling Harbour Lamps."
    _one(Line, {"name": name, "queue": queue, "greeting": greeting}, number=number)


def _named(*usernames: str) -> Iterable[User]:
    return User.objects.filter(username__in=usernames)


def _staff(queue: Queue, people: Iterable[User], *, priority: int) -> None:
    for user in people:
        QueueMember.objects.get_or_create(
            queue=queue, user=user, defaults={"priority": priority}
        )
