"""What the voice may do: the tools a model is offered, and reading what it asks for.

Nothing is carried out here. No tool takes a number, an address or a customer: each is
about this call and its caller alone, and what can be chosen is chosen from a list.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

Name = Literal[
    "look_up_customer",
    "send_whatsapp",
    "set_callback",
    "transfer_to_queue",
    "end_call",
]
NAMES: Final[tuple[Name, ...]] = (
    "look_up_customer",
    "send_whatsapp",
    "set_callback",
    "transfer_to_queue",
    "end_call",
)

# Uses in one turn: more is a model that goes round in circles.
MOST_CALLS: Final = 4
# Characters: of all arguments, of a text for people, of a template's variable.
LONGEST_ARGUMENTS: Final = 4000
LONGEST_TEXT: Final = 300
LONGEST_VARIABLE: Final = 200

_LINK: Final = re.compile(
    r"://|www\.|\b[\w-]+\.(?:[a-z]{2,3}|info|online|shop|site|store|link|live)(?:/|\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue that calls may be given to."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A message that may be sent, with the names of its variables."""

    id: int
    name: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What one assistant may do, in the order of `NAMES` whatever order it is given in."""

    names: tuple[str, ...] = ()
    queues: tuple[Queue, ...] = ()
    templates: tuple[Template, ...] = ()

    def offers(self, name: str) -> bool:
        """Whether it may be asked for: what has nothing to choose from may not."""
        if name == "transfer_to_queue" and not self.queues:
            return False
        if name == "send_whatsapp" and not self.templates:
            return False
        return name in NAMES and name in self.names


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a model is told of it; `parameters` is a strict JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


# What is asked for.


@dataclass(frozen=True, slots=True)
class LookUpCustomer:
    """What we know of the caller."""


@dataclass(frozen=True, slots=True)
class SendWhatsApp:
    """A template to the caller's own number; `variables` by name."""

    template: Template
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SetCallback:
    """The caller wants to be called back; `when` in the caller's words, or empty."""

    when: str
    about: str


@dataclass(frozen=True, slots=True)
class TransferToQueue:
    """A human of this queue is to take the call."""

    queue: Queue
    reason: str


@dataclass(frozen=True, slots=True)
class EndCall:
    """Both have said goodbye."""


Request = LookUpCustomer | SendWhatsApp | SetCallback | TransferToQueue | EndCall

Reason = Literal["not_offered", "malformed", "not_allowed"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """It is not carried out; `hint` tells the model why."""

    reason: Reason
    hint: str


# Offering


def definitions(offer: Offer) -> list[Tool]:
    """The tools a model is told of, always in the same order and the same words."""
    return [_DEFINED[name](offer) for name in NAMES if offer.offers(name)]


def _schema(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _look_up_customer(_offer: Offer) -> Tool:
    return Tool(
        "look_up_customer",
        "What we know of the caller of this call: name, last contacts, open callback.",
        _schema(),
    )


def _send_whatsapp(offer: Offer) -> Tool:
    names = sorted({name for each in offer.templates for name in each.variables})
    properties: dict[str, Any] = {
        "template": {
            "type": "string",
            "enum": [template.name for template in offer.templates],
        }
    }
    if names:
        properties["variables"] = {
            "type": "array",
            "description": "Values for the variables of the template: "
            + "; ".join(map(_needs, offer.templates)),
            "items": _schema(
                name={"type": "string", "enum": names},
                value=_text("A few words; no links or addresses."),
            ),
        }
    return Tool(
        "send_whatsapp",
        "Send a prepared WhatsApp message to the number this call comes from. Only "
        "after the caller has agreed to get it.",
        _schema(**properties),
    )


def _needs(template: Template) -> str:
    return f"{template.name} ({', '.join(template.variables) or 'none'})"


def _set_callback(_offer: Offer) -> Tool:
    return Tool(
        "set_callback",
        "Note that the caller wants to be called back on the number of this call.",
        _schema(
            when={
                "type": ["string", "null"],
                "description": "When, in the caller's words; null if it was not said.",
            },
            about=_text("What about, in one short sentence."),
        ),
    )


def _transfer_to_queue(offer: Offer) -> Tool:
    return Tool(
        "transfer_to_queue",
        "Give the call to a human. Say so to the caller before.",
        _schema(
            queue={"type": "string", "enum": [queue.name for queue in offer.queues]},
            reason=_text("Why, in one short sentence for the human."),
        ),
    )


def _end_call(_offer: Offer) -> Tool:
    return Tool(
        "end_call",
        "Hang up. Only when the caller has nothing more to ask, and after a goodbye.",
        _schema(),
    )


_DEFINED: Final[Mapping[Name, Callable[[Offer], Tool]]] = {
    "look_up_customer": _look_up_customer,
    "send_whatsapp": _send_whatsapp,
    "set_callback": _set_callback,
    "transfer_to_queue": _transfer_to_queue,
    "end_call": _end_call,
}


# Reading


class _Unacceptable(Exception):  # noqa: N818  an answer, not an error
    """What is asked for cannot be read, or may not be chosen."""

    def __init__(self, reason: Reason, hint: str) -> None:
        super().__init__(hint)
        self.rejected = Rejected(reason, hint)


def parse(name: str, arguments: str, offer: Offer) -> Request | Rejected:
    """What a model asks for, from its own words: a tool's name and arguments as JSON."""
    if not offer.offers(name):
        return Rejected("not_offered", "There is no such tool.")
    try:
        return _request(name, _object(arguments), offer)
    except _Unacceptable as error:
        return error.rejected


def _request(name: str, given: dict[str, Any], offer: Offer) -> Request:
    match name:
        case "look_up_customer":
            _fields(given)
            return LookUpCustomer()
        case "send_whatsapp":
            return _message(given, offer)
        case "set_callback":
            _fields(given, "when", "about")
            when = given["when"]
            return SetCallback(
                when="" if when is None else _short(when),
                about=_short(given["about"]),
            )
        case "transfer_to_queue":
            _fields(given, "queue", "reason")
            queue = _chosen(given["queue"], offer.queues)
            return TransferToQueue(queue, _short(given["reason"]))
        case _:
            _fields(given)
            return EndCall()


def _message(given: dict[str, Any], offer: Offer) -> SendWhatsApp:
    if any(template.variables for template in offer.templates):
        _fields(given, "template", "variables")
    else:
        _fields(given, "template")
    template = _chosen(given["template"], offer.templates)
    pairs = given.get("variables", [])
    if not isinstance(pairs, list):
        raise _Unacceptable("malformed", "variables must be a list.")
    variables = dict(map(_variable, pairs))
    if len(variables) != len(pairs) or not variables.keys() <= set(template.variables):
        raise _Unacceptable("not_allowed", f"The variables are: {_needs(template)}.")
    return SendWhatsApp(template, variables)


def _variable(pair: object) -> tuple[str, str]:
    if not isinstance(pair, dict):
        raise _Unacceptable("malformed", "A variable has a name and a value.")
    _fields(pair, "name", "value")
    value = _short(pair["value"], LONGEST_VARIABLE)
    # The message goes out under our name, and a caller's number can be a forged one.
    if _LINK.search(value):
        raise _Unacceptable("not_allowed", "A variable takes no links or addresses.")
    return _short(pair["name"]), value


def _object(arguments: str) -> dict[str, Any]:
    if len(arguments) > LONGEST_ARGUMENTS:
        raise _Unacceptable("malformed", "The arguments are too long.")
    try:
        given = json.loads(arguments, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        raise _Unacceptable("malformed", "The arguments are no JSON object.") from None
    if not isinstance(given, dict):
        raise _Unacceptable("malformed", "The arguments are no JSON object.")
    return given


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unacceptable("malformed", "A name comes twice.")
    return found


def _fields(given: dict[str, Any], *names: str) -> None:
    if given.keys() != set(names):
        raise _Unacceptable(
            "malformed", f"The arguments are exactly: {', '.join(names) or 'none'}."
        )


def _short(value: object, longest: int = LONGEST_TEXT) -> str:
    """A text of one line without what cannot be seen; it may be neither empty nor long."""
    if not isinstance(value, str):
        raise _Unacceptable("malformed", "A text is needed.")
    seen = (each for each in value if each.isprintable() or each.isspace())
    text = " ".join("".join(seen).split())
    if not text:
        raise _Unacceptable("malformed", "A text is needed.")
    if len(text) > longest:
        raise _Unacceptable("malformed", f"A text has {longest} characters at most.")
    return text


_Choice = TypeVar("_Choice", Queue, Template)


def _chosen(value: object, choices: tuple[_Choice, ...]) -> _Choice:
    """The one of exactly this name."""
    for choice in choices:
        if choice.name == value:
            return choice
    names = ", ".join(choice.name for choice in choices)
    raise _Unacceptable("not_allowed", f"It can only be one of: {names}.")
