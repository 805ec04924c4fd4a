"""Placing, ending and watching calls, and sending messages."""

import hashlib
import time
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api import examples, serializers
from calls.api.authentication import call_seen_by, calls_seen_by
from calls.api.base import CostsMoney, Door
from calls.api.fields import parameters
from calls.models import (
    Assistant,
    Call,
    Dial,
    Message,
    MessageTemplate,
    Queue,
    User,
    Utterance,
)
from calls.services import control, customers, leash, messages, outbound
from calls.services.refusals import Refused

Row = TypeVar("Row", bound=Model)

# How often is looked for Twilio's word on a message.
_LOOK_EVERY: Final = 0.1


class StartCallView(CostsMoney):
    """Places a call."""

    rate = "call"
    asks = serializers.StartCall

    @extend_schema(
        operation_id="start-call",
        summary="Place a call",
        parameters=[examples.IDEMPOTENCY_KEY],
        request=serializers.StartCall,
        responses={200: serializers.CallBrief},
        examples=examples.START_CALL,
        tags=["Calls"],
    )
    def post(self, request: Request) -> Response:
        """The call is placed: who is named, an agent or an assistant, or whoever is free talks when it is answered.

        Send an `Idempotency-Key` to be able to repeat the request without a second call.
        """
        return self.once(request)

    def act(self, asked: dict[str, Any], key: str | None) -> dict[str, Any]:
        dial = outbound.start_call(
            to=asked["to"],
            by=self.user,
            agent=_agent(asked.get("agent")),
            queue=_queue(asked.get("queue")),
            assistant=_assistant(asked.get("assistant")),
            from_number=asked.get("from"),
            detect_machine=asked["detect_machine"],
            on_machine=asked["on_machine"],
        )
        return serializers.brief(_placed(dial))


class EndCallView(CostsMoney):
    """Ends a call."""

    rate = "call"
    asks = serializers.EndCall

    @extend_schema(
        operation_id="end-call",
        summary="End a call for everybody in it",
        parameters=[examples.IDEMPOTENCY_KEY],
        request=serializers.EndCall,
        responses={200: serializers.CallBrief},
        examples=examples.END_CALL,
        tags=["Calls"],
    )
    def post(self, request: Request) -> Response:
        """Twilio is told to end it; the status changes when Twilio reports the end."""
        return self.once(request)

    def act(self, asked: dict[str, Any], key: str | None) -> dict[str, Any]:
        return serializers.brief(control.end_call(sid=asked["sid"], by=self.user))


class TakeOverView(CostsMoney):
    """Lets a person speak instead of the assistant."""

    rate = "call"
    asks = serializers.TakeOver

    @extend_schema(
        operation_id="take-over",
        summary="Take a call over from the assistant",
        parameters=[examples.IDEMPOTENCY_KEY],
        request=serializers.TakeOver,
        responses={200: serializers.CallMode},
        examples=examples.TAKE_OVER,
        tags=["Calls"],
    )
    def post(self, request: Request) -> Response:
        """The assistant is silent at once; the agent's browser and the caller are joined.

        Repeating it changes nothing. Of two who want the same call one is told
        `already_taken`.
        """
        return self.once(request)

    def act(self, asked: dict[str, Any], key: str | None) -> dict[str, Any]:
        agent = _agent(asked.get("agent")) or _with_desk(self.user)
        return serializers.mode_of(leash.take_over(sid=asked["sid"], by=agent))


class HandBackView(CostsMoney):
    """Lets the assistant go on with a call."""

    rate = "call"
    asks = serializers.HandBack

    @extend_schema(
        operation_id="hand-back",
        summary="Hand a call back to the assistant",
        parameters=[examples.IDEMPOTENCY_KEY],
        request=serializers.HandBack,
        responses={200: serializers.CallMode},
        examples=examples.HAND_BACK,
        tags=["Calls"],
    )
    def post(self, request: Request) -> Response:
        """The assistant, which knows all that was said meanwhile, goes on; the agent watches.

        Repeating it changes nothing, except the `mode` where that is another one.
        """
        return self.once(request)

    def act(self, asked: dict[str, Any], key: str | None) -> dict[str, Any]:
        call = leash.hand_back(sid=asked["sid"], by=self.user, mode=asked["mode"])
        return serializers.mode_of(call)


class CallStatusView(Door):
    """How a call is getting on."""

    for_agents = True

    @extend_schema(
        operation_id="call-status",
        summary="Status and words of a call",
        parameters=[examples.SID_OR_CURRENT],
        responses={200: serializers.CallStatus},
        examples=examples.CALL_STATUS,
        tags=["Calls"],
    )
    def get(self, request: Request) -> Response:
        """Of the call of this SID, or of the newest live one that you may see."""
        asked = parameters(serializers.WhichCallOrCurrent, request)
        call = (
            call_seen_by(self.user, asked["sid"])
            if "sid" in asked
            else _current(self.user)
        )
        return Response(serializers.mode_of(call) | {"transcript": _transcript(call)})


class SendWhatsAppView(CostsMoney):
    """Sends a message."""

    rate = "message"
    asks = serializers.SendWhatsApp

    @extend_schema(
        operation_id="send-whatsapp",
        summary="Send a WhatsApp message",
        parameters=[examples.IDEMPOTENCY_KEY],
        request=serializers.SendWhatsApp,
        responses={200: serializers.MessageBrief},
        examples=examples.SEND_WHATSAPP,
        tags=["Messages"],
    )
    def post(self, request: Request) -> Response:
        """Text within 24 hours of the customer's last message, a template at any time.

        The answer waits a moment for Twilio; a message without SID is on its way all the same.
        """
        return self.once(request)

    def act(self, asked: dict[str, Any], key: str | None) -> dict[str, Any]:
        customer = customers.customer_of(asked["to"])
        if customer is None:
            raise Refused("invalid_number", _("This is not a telephone number."))
        message = messages.send(
            to=customer,
            by=self.user,
            body=asked.get("message", ""),
            template=_template(asked.get("template")),
            variables=asked.get("variables", {}),
            key=None if key is None else _message_key(self.user, key),
        )
        return serializers.message_brief(_with_sid(message))


def _agent(named: str | int | None) -> User | None:
    if named is None:
        return None
    people = User.objects.filter(is_active=True)
    found = _named(people, named, "username")
    if found is None or not found.has_perm("calls.use_desk"):
        raise Refused("unknown_agent", _("There is no such agent."))
    return found


def _with_desk(user: User) -> User:
    """Whoever asks, for want of another; an integrator has no telephone."""
    if not user.has_perm("calls.use_desk"):
        raise Refused("unknown_agent", _("Say which agent takes the call over."))
    return user


def _assistant(named: str | int | None) -> int | None:
    if named is None:
        return None
    found = _named(Assistant.objects.ready(), named, "name")
    if found is None:
        raise Refused("unknown_assistant", _("There is no such assistant in use."))
    return found.pk


def _queue(named: str | int | None) -> int | None:
    if named is None:
        return None
    found = _named(Queue.objects.all(), named, "name")
    if found is None:
        raise Refused("unknown_queue", _("There is no such queue."))
    return found.pk


def _template(named: str | int | None) -> int | None:
    if named is None:
        return None
    templates = MessageTemplate.objects.filter(active=True)
    found = _named(templates, named, "name")
    if found is None:
        raise Refused("unknown_template", _("There is no such template."))
    return found.pk


def _named(rows: QuerySet[Row], named: str | int, field: str) -> Row | None:
    """The row of this id, or of this name."""
    return rows.filter(**{"pk" if isinstance(named, int) else field: named}).first()


def _placed(dial: Dial) -> Call:
    if dial.call is None:
        raise Refused(
            "outcome_unknown",
            _("The telephone service did not say whether the call was placed."),
        )
    return dial.call


def _current(user: User) -> Call:
    newest = calls_seen_by(user).live().order_by("-created_at", "-pk")
    call = newest.filter(trial=False).first()
    if call is None:
        raise Refused("no_current_call", _("There is no call at the moment."))
    return call


def _transcript(call: Call) -> str:
    """From the recording where that is known, else as heard live."""
    said = list(call.utterances.filter(source=Utterance.Source.FINAL))
    said = said or list(call.utterances.filter(source=Utterance.Source.LIVE))
    return "\n".join(f"{each.get_speaker_display()}: {each.text}" for each in said)


def _message_key(user: User, key: str) -> str:
    """The key of the message itself: it stays one even if our own row was lost."""
    return f"api:{user.pk}:{hashlib.sha256(key.encode()).hexdigest()[:48]}"


def _with_sid(message: Message) -> Message:
    """Wait for Twilio's word, which a worker brings; not for long."""
    until = time.monotonic() + settings.API_PATIENCE_SECONDS
    undecided = Message.objects.undecided().filter(pk=message.pk)
    while undecided.exists() and time.monotonic() < until:
        # Others need it meanwhile.
        connection.close_if_unusable_or_obsolete()
        time.sleep(_LOOK_EVERY)
    message.refresh_from_db()
    return message
