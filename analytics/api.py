"""The API's calls that tell what was found out: a call's details, and the words of a foreign recording."""

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import definitions, foreign, pipeline, reasons
from analytics.models import ForeignTranscript, Measures
from calls.api import errors, examples
from calls.api.authentication import call_seen_by
from calls.api.base import Door
from calls.api.fields import Strict, Text, parameters
from calls.api.serializers import WhichCall
from calls.models import Call
from vendors.errors import VendorError

# How often is looked for the words, and how an answer asks to be asked again.
_LOOK_EVERY: Final = 0.2
_ASK_AGAIN: Final = "5"
# The fault of whoever named the address; what is not here is ours, or the other host's.
_STATUSES: Final = {
    "invalid_url": 400,
    "address_refused": 422,
    "unresolvable": 422,
    "too_many_redirects": 422,
    "too_large": 422,
    "not_audio": 422,
    reasons.VENDOR_REFUSED: 422,
}

NOT_MEASURED: Final = "not_measured_yet"
CALL_GOES_ON: Final = "call_in_progress"


def _measure(unit: str, help_text: str) -> serializers.Field:
    if unit == "count":
        return serializers.IntegerField(allow_null=True, help_text=help_text)
    return serializers.FloatField(allow_null=True, help_text=help_text)


class PersonShown(serializers.Serializer):
    """Somebody who works here."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()


class QueueShown(serializers.Serializer):
    """A queue."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class CallDetails(serializers.Serializer):
    """All that is known of a call; times are Unix seconds, lengths are seconds."""

    sid = serializers.CharField()
    status = serializers.ChoiceField(choices=Call.Status.choices)
    mode = serializers.ChoiceField(
        choices=Call.Mode.choices, help_text="Who speaks to the caller, or did last"
    )
    direction = serializers.ChoiceField(choices=Call.Direction.choices)
    to = serializers.CharField()
    agent = PersonShown(allow_null=True)
    queue = QueueShown(allow_null=True)
    outcome = serializers.CharField(
        allow_null=True, help_text="How it went, once it has ended"
    )
    disposition = serializers.CharField(
        allow_null=True, help_text="What the agent says became of it"
    )
    start_time = serializers.IntegerField(help_text="When it began to ring")
    answer_time = serializers.IntegerField(allow_null=True)
    end_time = serializers.IntegerField(allow_null=True)
    reasons = serializers.DictField(
        child=serializers.CharField(),
        help_text="Why a measure is null: call_in_progress, not_measured_yet, no_recording, …",
    )

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["from"] = serializers.CharField()
        for each in definitions.DEFINITIONS:
            fields[each.name] = (
                serializers.DictField(
                    child=serializers.FloatField(allow_null=True),
                    allow_null=True,
                    help_text=str(each.text),
                )
                if each.name in BY_SPEAKER
                else _measure(each.unit, str(each.text))
            )
        return fields


# These have a value for each speaker.
BY_SPEAKER: Final = (
    "talk_time",
    "talk_share",
    "interruptions",
    "longest_monologue",
    "words_per_minute",
)


class Which(Strict):
    """An address of the web."""

    url = Text(max_length=2000)


class ForeignWords(serializers.Serializer):
    """The words of a recording."""

    transcript = serializers.CharField(allow_blank=True)
    language = serializers.CharField(allow_blank=True)


class Processing(serializers.Serializer):
    """Not there yet."""

    status = serializers.ChoiceField(choices=["processing"])


class CallDetailsView(Door):
    """What is known of a call."""

    for_agents = True

    @extend_schema(
        operation_id="call-details",
        summary="What is known of a call",
        parameters=[examples.SID_REQUIRED],
        responses={200: CallDetails},
        tags=["Calls"],
    )
    def get(self, request: Request) -> Response:
        """Who, when, how it went, and its measures as soon as they are known."""
        asked = parameters(WhichCall, request)
        return Response(details(call_seen_by(self.user, asked["sid"])))


class GetTranscriptView(Door):
    """The words of a foreign recording."""

    rate = "transcript"

    @extend_schema(
        operation_id="get-transcript",
        summary="The words of a recording somewhere on the web",
        parameters=[
            OpenApiParameter(
                "url",
                {"type": "string", "format": "uri", "maxLength": 2000},
                required=True,
                description="http or https, on a public host; at most 50 MB of sound",
            )
        ],
        responses={200: ForeignWords, 202: Processing},
        examples=[
            OpenApiExample(
                "Words",
                {"transcript": "Hello, where is my lamp?", "language": "en"},
                response_only=True,
                status_codes=["200"],
            ),
            OpenApiExample(
                "Not yet",
                {"status": "processing"},
                response_only=True,
                status_codes=["202"],
            ),
        ],
        tags=["Transcripts"],
    )
    def get(self, request: Request) -> Response:
        """At once for a short recording; else 202, and the same address again a little later.

        An address is transcribed once. A failure is kept for ten minutes and then tried again.
        """
        asked = parameters(Which, request)
        try:
            row = _settled(foreign.ask(url=asked["url"]))
        except VendorError as error:
            return _failed(error.code, error.message)
        if not row.is_settled:
            place = f"{reverse('get-transcript')}?{urlencode({'url': row.url})}"
            return Response(
                {"status": "processing"},
                status=status.HTTP_202_ACCEPTED,
                headers={"Location": place, "Retry-After": _ASK_AGAIN},
            )
        if row.state == pipeline.FAILED:
            return _failed(row.reason, row.message or reasons.text(row.reason))
        return Response({"transcript": row.text, "language": row.language})


def details(call: Call) -> dict[str, Any]:
    """A call as `CallDetails` shows it."""
    measures = Measures.objects.filter(call=call, current=True).first()
    names = [each.name for each in definitions.DEFINITIONS]
    if measures is None:
        why = NOT_MEASURED if call.has_ended else CALL_GOES_ON
        found, missing = dict.fromkeys(names), dict.fromkeys(names, why)
        if call.duration is not None:
            found["duration"] = round(call.duration, 3)
            del missing["duration"]
    else:
        figures = measures.result["figures"]
        found = {name: figures.get(name) for name in names}
        missing = _why(names, found, measures.result["reasons"])
    return {
        "sid": call.sid,
        "status": call.status,
        "mode": call.mode,
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
        "agent": _person(call),
        "queue": call.queue and {"id": call.queue.pk, "name": call.queue.name},
        "outcome": call.outcome or None,
        "disposition": call.disposition and call.disposition.name,
        "start_time": _unix(call.created_at),
        "answer_time": _unix(call.answered_at),
        "end_time": _unix(call.ended_at),
        **found,
        "reasons": missing,
    }


def _why(
    names: Iterable[str], found: dict[str, Any], given: dict[str, str]
) -> dict[str, str]:
    """Why a figure is missing; older measures know fewer figures than we do."""
    return {
        name: given.get(name, NOT_MEASURED) for name in names if found[name] is None
    }


def _person(call: Call) -> dict[str, Any] | None:
    agent = call.agent
    if agent is None:
        return None
    return {"id": agent.pk, "username": agent.username, "name": str(agent)}


def _unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _settled(row: ForeignTranscript) -> ForeignTranscript:
    """Wait for a worker to bring it; not for long."""
    until = time.monotonic() + settings.API_PATIENCE_SECONDS
    while not row.is_settled and time.monotonic() < until:
        # Others need it meanwhile.
        connection.close_if_unusable_or_obsolete()
        time.sleep(_LOOK_EVERY)
        row.refresh_from_db()
    return row


def _failed(code: str, message: str) -> Response:
    own = 422 if code.startswith("http_4") else 502
    return Response(
        errors.body(code or reasons.UNEXPECTED, message or _("It did not work.")),
        status=_STATUSES.get(code, own),
    )
