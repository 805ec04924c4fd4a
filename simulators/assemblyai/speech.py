"""Text to speech at the played AssemblyAI, in the shape of OpenAI's endpoint; the sound is
made where OpenAI's is.
"""

import re
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from simulators import accounts
from simulators.openai import speech
from simulators.openai.errors import Handler, RefusedError, json_body, missing
from simulators.openai.speech import Order

PATH: Final = "/v1/openai/audio/speech"
# The vendor tells no language by itself: a model speaks one, the first of them English.
MODELS: Final = {"assemblyai-tts-1": "en"} | {
    f"assemblyai-tts-{code}": code for code in ("en", "es", "de", "fr", "it", "pt")
}
# OpenAI's names are taken for voices of the house.
VOICES: Final = {
    "alloy": "aai-jane",
    "ash": "aai-michael",
    "ballad": "aai-charles",
    "cedar": "aai-george",
    "coral": "aai-anna",
    "echo": "aai-paul",
    "fable": "aai-charles",
    "marin": "aai-mary",
    "nova": "aai-eve",
    "onyx": "aai-george",
}
# What the shared checks know: the rest of a request is as at OpenAI.
_MODEL, _VOICE = "gpt-4o-mini-tts", "alloy"


async def create(request: web.Request) -> web.StreamResponse:
    return await speech.send(request, check(await json_body(request)), "assemblyai")


def check(body: dict[str, Any]) -> Order:
    """The order, or the vendor's refusal."""
    for name in ("model", "voice"):
        if name not in body:
            raise missing(name)
    language = MODELS.get(str(body["model"]).removeprefix("assemblyai/"))
    if language is None:
        raise RefusedError(
            f"The model '{body['model']}' is not an AssemblyAI model.",
            "model",
            "model_not_found",
        )
    order = speech.check(body | {"model": _MODEL, "voice": _VOICE})
    return replace(order, voice=_voice(body["voice"]), language=language)


def _voice(given: object) -> str:
    named = given.get("id") if isinstance(given, dict) else given
    if named in VOICES:
        return VOICES[str(named)]
    if not isinstance(named, str) or not re.fullmatch(r"aai-[a-z]+", named):
        raise RefusedError(f"Voice '{named}' not found.", "voice", "voice_not_found")
    return named


def _authorise(request: web.Request) -> None:
    if request.headers.get("Authorization") != f"Bearer {accounts.ASSEMBLYAI_API_KEY}":
        raise RefusedError(
            "Authentication error, API token missing/invalid",
            code="invalid_api_key",
            status=401,
        )


def guarded(handler: Handler) -> Handler:
    """Let the account in by its key as a bearer; refusals look like OpenAI's."""

    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            _authorise(request)
            return await handler(request)
        except RefusedError as refused:
            return refused.response()

    return guard
