"""All that the voice must know when a stream begins, read once."""

from dataclasses import dataclass

from django.conf import settings

from calls.models import AssistantVersion, Call, MessageTemplate, Queue
from copilot import lines
from copilot.clients import person_of
from copilot.facts import said_so_far
from copilot.vocabulary import Line
from copilot.voice import prompts, tools
from copilot.voice.guard import Guard
from copilot.voice.vocabulary import Beginning, Mode, Profile
from vendors.openai import speaking

# After these somebody else has talked with the caller.
_HANDED_BACK = frozenset({"handed_back", "agent_lost"})


@dataclass(frozen=True, slots=True)
class Brief:
    """For one stream. `guidance` is what was whispered so far, by its event's number."""

    version_id: int
    profile: Profile
    mode: Mode
    beginning: Beginning
    lines: tuple[Line, ...]
    rest: str
    guidance: dict[int, prompts.Guidance]
    instructions: str
    offer: tools.Offer
    guard: Guard
    model: str
    voice: str
    person: str

    @property
    def tools(self) -> list[speaking.Tool]:
        """What the model is offered."""
        return [
            speaking.Tool(one.name, one.description, one.parameters)
            for one in tools.definitions(self.offer)
        ]


def brief_of(call_id: int) -> Brief | None:
    """The call's brief; None if no assistant leads it.

    Lines that were open when the last stream broke are closed.
    """
    call = Call.objects.select_related("assistant__assistant").get(pk=call_id)
    version = call.assistant
    if version is None or not call.is_led:
        return None
    rest = lines.close_lines(call_id=call_id)
    persona = _persona(version)
    told = call.events.filter(name="guidance.given").values_list("number", "data")
    return Brief(
        version_id=version.pk,
        profile=_profile(version),
        mode="approve" if call.mode == Call.Mode.APPROVE else "auto",
        beginning=_beginning(call),
        lines=said_so_far(call),
        rest=rest,
        guidance={
            number: prompts.Guidance(data["by"]["name"], data["text"])
            for number, data in told
        },
        instructions=prompts.instructions(persona),
        offer=_offer(version),
        guard=Guard(
            persona,
            spoken=(version.greeting, version.holding_line, version.goodbye),
        ),
        model=version.model or settings.OPENAI_VOICE_MODEL,
        voice=version.voice,
        person=person_of(call.sid),
    )


def _profile(version: AssistantVersion) -> Profile:
    return Profile(
        name=version.assistant.name,
        language=version.language,
        greeting=version.greeting,
        holding_line=version.holding_line,
        goodbye=version.goodbye,
        silence_seconds=version.silence_seconds,
        veto_seconds=version.veto_seconds,
        languages=tuple(version.languages),
    )


def _persona(version: AssistantVersion) -> prompts.Persona:
    return prompts.Persona(
        name=version.assistant.name,
        instructions=version.instructions,
        human_when=version.human_when,
        languages=tuple(version.languages or [version.language]),
        tools=tuple(version.tools),
    )


def _offer(version: AssistantVersion) -> tools.Offer:
    queues = Queue.objects.filter(pk__in=version.queues).order_by("name")
    templates = MessageTemplate.objects.filter(pk__in=version.templates)
    return tools.Offer(
        names=tuple(version.tools),
        queues=tuple(tools.Queue(queue.pk, queue.name) for queue in queues),
        templates=tuple(
            tools.Template(one.pk, one.name, tuple(one.variables))
            for one in templates.order_by("name")
        ),
    )


def _beginning(call: Call) -> Beginning:
    """Whether the stream begins the assistant's part, gives it back, or goes on with it."""
    changed = call.events.filter(name="call.mode").order_by("-number").first()
    led = call.assistant_lines.all()
    if changed is not None:
        led = led.filter(created_at__gte=changed.at)
    if led.exists():
        return "stream"
    if changed is not None and changed.data["reason"] in _HANDED_BACK:
        return "handed_back"
    return "call"
