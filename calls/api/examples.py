"""What the OpenAPI document shows: parameters and examples, each of which works in the demo."""

from typing import Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

SID: Final = "CA0123456789abcdef0123456789abcdef"

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    location=OpenApiParameter.HEADER,
    description=(
        "Any text of your own. The same key with the same body is acted upon once, and"
        " answered as the first time, with the header `Idempotency-Replayed: true`."
        " Keys are kept for 30 days."
    ),
)
SID_REQUIRED: Final = OpenApiParameter(
    "sid",
    {"type": "string", "minLength": 1, "maxLength": 64},
    required=True,
    description="The call's SID",
)
SID_OR_CURRENT: Final = OpenApiParameter(
    "sid",
    {"type": "string", "minLength": 1, "maxLength": 64},
    description="The call's SID; without it the newest live call",
)

_CALL: Final = {
    "sid": SID,
    "status": "queued",
    "direction": "outbound",
    "to": "+15550107788",
    "from": "+15550100000",
}

START_CALL: Final = [
    OpenApiExample("A number", {"to": "+15550107788"}, request_only=True),
    OpenApiExample(
        "For one agent, hanging up on machines",
        {
            "to": "+15550107788",
            "agent": "agent",
            "detect_machine": True,
            "on_machine": "hang-up",
        },
        request_only=True,
    ),
    OpenApiExample(
        "By the assistant",
        {"to": "+15550107788", "assistant": "Robin", "detect_machine": True},
        request_only=True,
    ),
    OpenApiExample("Placed", _CALL, response_only=True),
]
TAKE_OVER: Final = [
    OpenApiExample("For one agent", {"sid": SID, "agent": "agent"}, request_only=True),
    OpenApiExample(
        "Taken over",
        {"sid": SID, "status": "in-progress", "mode": "human"},
        response_only=True,
    ),
]
HAND_BACK: Final = [
    OpenApiExample("By SID", {"sid": SID}, request_only=True),
    OpenApiExample(
        "With each line approved", {"sid": SID, "mode": "approve"}, request_only=True
    ),
    OpenApiExample(
        "Handed back",
        {"sid": SID, "status": "in-progress", "mode": "auto"},
        response_only=True,
    ),
]
END_CALL: Final = [
    OpenApiExample("By SID", {"sid": SID}, request_only=True),
    OpenApiExample(
        "Asked to end", {**_CALL, "status": "in-progress"}, response_only=True
    ),
]
CALL_STATUS: Final = [
    OpenApiExample(
        "A conversation",
        {
            "sid": SID,
            "status": "in-progress",
            "mode": "human",
            "transcript": "Caller: Hello, where is my lamp?\nAgent: Let me look.",
        },
        response_only=True,
    )
]
SEND_WHATSAPP: Final = [
    OpenApiExample(
        "Text",
        {"to": "+15550107788", "message": "Your lamp is on its way."},
        request_only=True,
    ),
    OpenApiExample(
        "A template",
        {
            "to": "+15550107788",
            "template": "Appointment reminder",
            "variables": {"name": "Cleo"},
        },
        request_only=True,
    ),
    OpenApiExample(
        "Sent",
        {
            "id": "6f6b5a52-3a1f-4d5e-9a53-4a5b0f9f7c11",
            "sid": "SM0123456789abcdef0123456789abcdef",
            "status": "queued",
            "error_code": None,
            "error": None,
        },
        response_only=True,
    ),
]
