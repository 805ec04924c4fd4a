"""The OpenAPI document, made from the code once per process, and the page that shows it."""

from functools import cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

Document = dict[str, Any]

_ERROR: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_ALWAYS: Final = {
    "400": "The request is not as it should be.",
    "401": "No key, or one that is not good.",
    "403": "Not allowed.",
    "404": "There is no such call.",
    "429": "Too many requests; Retry-After says how many seconds to wait.",
    "500": "Something went wrong here.",
}
_OF_ACTIONS: Final = {
    "409": "Not as things are now: the call has ended, somebody is busy, the first request with this key still runs.",
    "413": "The body is larger than 64 KiB.",
    "415": "The body is not application/json.",
    "422": "Understood, and not to be done: a denied number, do-not-call, WhatsApp's window.",
    "503": "The telephone service did not answer; nothing was done.",
    "504": "It is not known whether it was done.",
}
_OF_FETCHING: Final = {
    "422": "The address is not to be asked, or there is no sound that can be transcribed.",
    "502": "The other host or the transcription service failed.",
}
# What is stored as text holds no NUL.
_STORABLE: Final = r"^[^\x00]*$"
_REQUESTS: Final = ("StartCall", "EndCall", "TakeOver", "HandBack", "SendWhatsApp")
_SIGNATURE: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Twilio-Signature",
    "description": "Twilio's signature of the address and the form.",
}
_WEBHOOKS: Final = {
    "/voice": (
        "What a telephone should do now",
        {"200": {"description": "TwiML", "content": {"text/xml": {}}}},
    ),
    "/call-status": ("Twilio's word on how a call is getting on", {}),
    "/recording-status": ("A recording runs, is ready, or does not exist", {}),
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """An integrator's key."""

    target_class = "calls.api.authentication.BearerToken"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> Document:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token, made in the admin and shown there once.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # likewise
    """The login of the pages."""

    target_class = "calls.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> Document:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The login of the pages; POST also needs X-CSRFToken.",
        }


def complete(result: Document, **_kwargs: Any) -> Document:
    """Say of every operation how it fails, forbid what is refused, and add Twilio's own doors."""
    for address, path in result["paths"].items():
        for method, operation in path.items():
            failures = _ALWAYS | (_OF_ACTIONS if method == "post" else {})
            if address == "/get-transcript":
                failures |= _OF_FETCHING
            _forbid_nul(operation.get("parameters", []))
            for status, description in failures.items():
                operation["responses"].setdefault(status, _failure(description))
    components = result["components"]
    schemas = components["schemas"]
    schemas |= _error_schemas()
    for name in _REQUESTS:
        _forbid_nul(schemas[name])
        schemas[name]["additionalProperties"] = False
    schemas["SendWhatsApp"] = _text_or_template(schemas["SendWhatsApp"])
    # One of them talks, which a serializer can check but not describe.
    schemas["StartCall"]["not"] = {"required": ["agent", "assistant"]}
    components["securitySchemes"]["twilio"] = _SIGNATURE
    for address, (summary, answers) in _WEBHOOKS.items():
        operations = result["paths"].setdefault(address, {})
        operations["post"] = _webhook(address, summary, answers)
    return result


def _forbid_nul(part: Any) -> None:  # noqa: ANN401  any part of a document
    """Say of every string in it what may not be in it."""
    if isinstance(part, list):
        for inner in part:
            _forbid_nul(inner)
    elif isinstance(part, dict):
        if part.get("type") == "string" and not part.keys() & {"format", "enum"}:
            part.setdefault("pattern", _STORABLE)
        _forbid_nul(list(part.values()))


def _text_or_template(both: Document) -> Document:
    """Free text or a template, which a serializer can check but not describe."""
    variants = (("message",), ("template", "variables"))
    return {
        "description": both["description"],
        "oneOf": [
            {
                "type": "object",
                "properties": {
                    name: both["properties"][name] for name in ("to", *names)
                },
                "required": ["to", names[0]],
                "additionalProperties": False,
            }
            for names in variants
        ],
    }


def _failure(description: str) -> Document:
    return {"description": description, "content": _ERROR}


def _error_schemas() -> Document:
    texts = {"type": "array", "items": {"type": "string"}}
    body = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {
                "type": "string",
                "description": "Stable; programs decide by it.",
                "example": "unknown_call",
            },
            "message": {
                "type": "string",
                "description": "For a person.",
                "example": "There is no such call.",
            },
            "details": {
                "type": "object",
                "description": "The fields at fault.",
                "additionalProperties": texts,
            },
        },
    }
    return {
        "Error": {
            "type": "object",
            "description": "The shape of every error.",
            "required": ["error"],
            "properties": {"error": body},
        }
    }


def _webhook(address: str, summary: str, answers: Document) -> Document:
    form = {"type": "object", "properties": {"CallSid": {"type": "string"}}}
    return {
        "operationId": f"twilio-{address.strip('/')}",
        "summary": summary,
        "description": "For Twilio alone.",
        "tags": ["Twilio's webhooks"],
        "security": [{"twilio": []}],
        "requestBody": {
            "content": {"application/x-www-form-urlencoded": {"schema": form}}
        },
        "responses": {
            **(answers or {"204": {"description": "Understood"}}),
            "400": {"description": "Not a call of ours"},
            "403": {"description": "Not signed by Twilio"},
        },
    }


@cache
def document() -> Document:
    """The whole document."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    made: Document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


@require_GET
def schema(_request: HttpRequest) -> HttpResponse:
    """The document as JSON."""
    return JsonResponse(document())


@require_GET
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The document for people, with a form to try each call."""
    return render(request, "calls/api_docs.html")
