"""What is asked and what is answered, as the OpenAPI document shows it."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from calls.api.fields import Number, Reference, Strict, Text, YesOrNo
from calls.models import AssistantVersion, Call, Dial, Message


class Sid(Text):
    """The SID of a call; one that is not known is answered so, whatever it looks like."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)


class StartCall(Strict):
    """Whom to call. `from` is one of our numbers; where nobody is named the line's own queue takes it."""

    to = Number(help_text="E.164, or as dialled in the country of the call centre")
    agent = Reference(required=False, help_text="Who talks: a username or a user's id")
    queue = Reference(required=False, help_text="Who talks: a queue's name or its id")
    assistant = Reference(
        required=False, help_text="Who talks: an assistant's name or its id"
    )
    detect_machine = YesOrNo(default=False)
    on_machine = serializers.ChoiceField(
        choices=Dial.OnMachine.choices,
        default=Dial.OnMachine.CONTINUE,
        help_text="What to do when detect_machine has found one",
    )

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        # A word of the language, which no attribute can be called.
        fields["from"] = Number(required=False, help_text="One of our own numbers")
        return fields

    def validate_on_machine(self, value: str) -> str:
        """The choice as its record knows it."""
        return str(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "agent" in attrs and "assistant" in attrs:
            raise serializers.ValidationError(
                {"assistant": [_("An agent or an assistant talks, not both.")]}
            )
        return attrs


class EndCall(Strict):
    """Which call to end, for everybody in it."""

    sid = Sid()


class TakeOver(Strict):
    """Who talks to the caller from now on instead of the assistant; without `agent` whoever asks."""

    sid = Sid()
    agent = Reference(required=False, help_text="A username or a user's id")


class HandBack(Strict):
    """Which call the assistant goes on with, and whether each of its lines is approved."""

    sid = Sid()
    mode = serializers.ChoiceField(
        choices=AssistantVersion.Mode.choices, default=AssistantVersion.Mode.AUTO
    )

    def validate_mode(self, value: str) -> str:
        """The choice as its record knows it."""
        return str(value)


class WhichCall(Strict):
    """A call's SID, as parameter."""

    sid = Sid()


class WhichCallOrCurrent(Strict):
    """A call's SID; without it the newest live call that may be seen."""

    sid = Sid(required=False)


class SendWhatsApp(Strict):
    """Free text within 24 hours of the customer's last message, a template at any time."""

    to = Number()
    message = Text(required=False, max_length=4096)
    template = Reference(required=False, help_text="A template's name or its id")
    variables = serializers.DictField(
        child=Text(allow_blank=True, max_length=1024),
        required=False,
        help_text="The template's variables by name",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("message" in attrs) == ("template" in attrs):
            raise serializers.ValidationError(
                _("Either a message or a template is needed.")
            )
        if "message" in attrs and "variables" in attrs:
            raise serializers.ValidationError(
                {"variables": [_("Variables belong to a template.")]}
            )
        return attrs


class CallBrief(serializers.Serializer):
    """A call as it stands."""

    sid = serializers.CharField(help_text="Twilio's CallSid")
    status = serializers.ChoiceField(choices=Call.Status.choices)
    direction = serializers.ChoiceField(choices=Call.Direction.choices)
    # Each with its reading below: `from` is a word of the language.
    to = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["from"] = serializers.CharField()
        return fields


class CallMode(serializers.Serializer):
    """Who speaks in a call: a person, the assistant, or the assistant once a line is approved."""

    sid = serializers.CharField(help_text="Twilio's CallSid")
    status = serializers.ChoiceField(choices=Call.Status.choices)
    mode = serializers.ChoiceField(choices=Call.Mode.choices)


class CallStatus(serializers.Serializer):
    """How a call is getting on, and what was said so far."""

    sid = serializers.CharField()
    status = serializers.ChoiceField(choices=Call.Status.choices)
    mode = serializers.ChoiceField(choices=Call.Mode.choices)
    transcript = serializers.CharField(
        help_text="A line for each turn, after the speaker's name"
    )


class MessageBrief(serializers.Serializer):
    """A message as far as it is known to have come."""

    id = serializers.UUIDField(help_text="Ours, known at once")
    sid = serializers.CharField(
        allow_null=True, help_text="Twilio's, null until Twilio has it"
    )
    status = serializers.ChoiceField(choices=Message.Status.choices)
    error_code = serializers.CharField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class ErrorBody(serializers.Serializer):
    """What went wrong."""

    code = serializers.CharField(help_text="Stable; programs decide by it")
    message = serializers.CharField(help_text="For a person")
    details = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="The fields at fault",
    )


class Error(serializers.Serializer):
    """The shape of every error."""

    error = ErrorBody()


def brief(call: Call) -> dict[str, Any]:
    """A call as `CallBrief` shows it."""
    return {
        "sid": call.sid,
        "status": call.status,
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
    }


def mode_of(call: Call) -> dict[str, Any]:
    """A call as `CallMode` shows it."""
    return {"sid": call.sid, "status": call.status, "mode": call.mode}


def message_brief(message: Message) -> dict[str, Any]:
    """A message as `MessageBrief` shows it."""
    return {
        "id": str(message.pk),
        "sid": message.sid,
        "status": message.status,
        "error_code": message.error_code or None,
        "error": message.error or None,
    }
