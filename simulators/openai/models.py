"""The models that exist at the played OpenAI, with the days on which they end; no model
runs here.
"""

from aiohttp import web

from simulators.openai.errors import RefusedError

CREATED = 1_760_000_000

TEXT = (
    "gpt-6-astra",
    "gpt-6.1-sol",
    "gpt-6.1-terra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.1",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
)
SPEECH = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15")
LIVE_ONLY = ("gpt-live-transcribe", "gpt-realtime-whisper")
TRANSCRIBE = (
    *LIVE_ONLY,
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "whisper-1",
)
VOICE = ("gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime")
EMBEDDING = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
SHUTDOWN = {
    **dict.fromkeys(("gpt-5", "gpt-5-mini", "gpt-5-nano"), "2026-12-11"),
    **dict.fromkeys(SPEECH, "2027-01-06"),
    **dict.fromkeys(("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini"), "2027-01-14"),
    "gpt-realtime": "2027-01-20",
    **dict.fromkeys(
        (
            "whisper-1",
            "gpt-4o-transcribe",
            "gpt-4o-mini-transcribe",
            "gpt-4o-mini-transcribe-2025-12-15",
        ),
        "2027-02-26",
    ),
    "gpt-5.1": "2027-04-01",
    "gpt-5.4-nano": "2027-04-01",
}
NAMES = (*TEXT, *SPEECH, *TRANSCRIBE, *VOICE, *EMBEDDING)


def entry(name: str) -> dict[str, object]:
    return {
        "id": name,
        "object": "model",
        "created": CREATED,
        "owned_by": "openai",
        "shutdown_date": SHUTDOWN.get(name),
    }


def missing(name: str) -> RefusedError:
    return RefusedError(
        f"The model '{name}' does not exist or you do not have access to it.",
        "model",
        "model_not_found",
        status=404,
    )


async def listed(_: web.Request) -> web.Response:
    return web.json_response(
        {"object": "list", "data": [entry(name) for name in NAMES]}
    )


async def one(request: web.Request) -> web.Response:
    name = request.match_info["model"]
    if name not in NAMES:
        raise missing(name)
    return web.json_response(entry(name))
