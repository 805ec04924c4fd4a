"""The records of this room; reads are named QuerySet methods, writes are in services."""

from calls.models.access import ApiToken, IdempotentRequest
from calls.models.assistants import Assistant, AssistantVersion
from calls.models.call import (
    Call,
    CallEvent,
    CallQuerySet,
    Leg,
    Recording,
    Speaker,
    Utterance,
    WebhookDelivery,
    new_token,
)
from calls.models.customers import Customer, normalised
from calls.models.messages import Message, MessageTemplate
from calls.models.outbound import Dial
from calls.models.people import PresenceSpan, User
from calls.models.routing import (
    CallbackRequest,
    Disposition,
    Holiday,
    Line,
    Offer,
    OpeningHours,
    OpeningTime,
    Queue,
    QueueMember,
    Voicemail,
)
from calls.models.transfers import Transfer

__all__ = [
    "ApiToken",
    "Assistant",
    "AssistantVersion",
    "Call",
    "CallEvent",
    "CallQuerySet",
    "CallbackRequest",
    "Customer",
    "Dial",
    "Disposition",
    "Holiday",
    "IdempotentRequest",
    "Leg",
    "Line",
    "Message",
    "MessageTemplate",
    "Offer",
    "OpeningHours",
    "OpeningTime",
    "PresenceSpan",
    "Queue",
    "QueueMember",
    "Recording",
    "Speaker",
    "Transfer",
    "User",
    "Utterance",
    "Voicemail",
    "WebhookDelivery",
    "new_token",
    "normalised",
]
