"""What the demo's call centre begins with: queues, lines, an assistant, outcomes, templates and customers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from calls.models import (
    Assistant,
    AssistantVersion,
    Customer,
    Disposition,
    Line,
    MessageTemplate,
    Queue,
    QueueMember,
    User,
)
from calls.models.routing import Fallback

# Beside the two numbers of the settings; the played network knows it.
ASSISTANT_NUMBER: Final = "+15550100002"
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


ASSISTANT: Final = "Robin"
_INSTRUCTIONS: Final = """\
You answer the telephone of Harbour Lamps, a small company that makes and repairs lamps.
You are an assistant and not a person; say so when you are asked.

Help with orders and deliveries, repairs, opening hours and prices. Look the customer up
when it matters who is calling. Say only what you know from these instructions, from
what you have looked up and from the company's knowledge; of everything else say that you
do not know, and offer to find somebody who does.

Speak as people do on the telephone: one or two short sentences at a time, no lists,
numbers as words. Ask one thing at a time. Before you set a callback, send a message or
transfer the call, say what you are about to do. When nothing is left to do, say goodbye
and end the call.
"""
_HUMAN_WHEN: Final = """\
The caller is upset, complains, or asks for the same thing a third time.
It is about money paid back, a contract, or somebody's safety.
"""


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
    after_the_call, reminder = [_template(*each) for each in TEMPLATES]
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
    _line(
        settings.TWILIO_NUMBER,
        "Main line",
        support,
        holding_after=6,
        holding_line="I am still here, one moment please.",
    )
    _line(settings.TWILIO_WHATSAPP_NUMBER, "Sales line", sales)
    _line(
        ASSISTANT_NUMBER,
        "Robin, the assistant",
        support,
        answered_by=Line.AnsweredBy.ASSISTANT,
        assistant=_assistant([support, sales], reminder),
        agent_lost=Line.AgentLost.ASSISTANT,
        holding_after=6,
        holding_line="One moment please, I am looking that up.",
        holding_speaks=True,
    )
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


def _assistant(queues: Iterable[Queue], template: MessageTemplate) -> Assistant:
    """Robin, as it is told to be at first."""
    assistant, is_new = Assistant.objects.get_or_create(name=ASSISTANT)
    if is_new:
        AssistantVersion.objects.create(
            assistant=assistant,
            number=1,
            greeting=(
                "Hello, this is Robin, the assistant of Harbour Lamps."
                " How can I help you?"
            ),
            instructions=_INSTRUCTIONS,
            human_when=_HUMAN_WHEN,
            languages=["en-US", "es-ES"],
            tools=AssistantVersion.Tool.values,
            queues=[queue.pk for queue in queues],
            templates=[template.pk],
            holding_line="One moment, please.",
        )
    return assistant


def _line(number: str, name: str, queue: Queue, **more: Any) -> None:
    greeting = "Thank you for calling Harbour Lamps."
    defaults = {"name": name, "queue": queue, "greeting": greeting, **more}
    _one(Line, defaults, number=number)


def _named(*usernames: str) -> Iterable[User]:
    return User.objects.filter(username__in=usernames)


def _staff(queue: Queue, people: Iterable[User], *, priority: int) -> None:
    for user in people:
        QueueMember.objects.get_or_create(
            queue=queue, user=user, defaults={"priority": priority}
        )
