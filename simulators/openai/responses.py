"""The responses endpoint of the played OpenAI: checks a request, has the model answer,
and sends it whole or as the vendor's events at a model's pace.
"""

import asyncio
import json
from typing import Any
from uuid import uuid4

from aiohttp import web

from simulators import faults
from simulators.openai import items, knowledge, model, models, schemas, tools
from simulators.openai.errors import (
    RefusedError,
    json_body,
    missing,
    unknown_parameter,
    wrong_type,
    wrong_value,
)
from simulators.openai.output import Run

THINKING = 0.12
PER_TOKEN = 0.02
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TIERS = ("auto", "default", "flex", "fast", "priority")
_PARAMETER_NAMES = (
    "background context_management conversation include input instructions"
    " max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls"
    " previous_response_id prompt prompt_cache_key prompt_cache_options"
    " prompt_cache_retention reasoning safety_identifier service_tier store stream"
    " stream_options temperature text tool_choice tools top_logprobs top_p truncation"
    " user"
)
PARAMETERS = frozenset(_PARAMETER_NAMES.split())


async def create(request: web.Request) -> web.StreamResponse:
    body = await json_body(request)
    run = start(body, request.path)
    await asyncio.sleep(THINKING)
    if body.get("stream"):
        return await _streamed(request, run)
    await asyncio.sleep(PER_TOKEN * len(model.pieces(run.answer.text)) / 4)
    return web.json_response(run.final())


def start(body: dict[str, Any], path: str = "/v1/responses") -> Run:
    """Check the request and have the model answer it."""
    check(body)
    schema = schemas.wanted(body.get("text"))
    offer = tools.offered(body)
    fault = faults.board.take("openai", path, faults.MODEL)
    mode = fault.kind if fault else ""
    answer = model.answer(
        model.Request(
            items.messages(body["input"]),
            str(body.get("instructions") or ""),
            schema,
            mode,
            offer,
            items.outcomes(body["input"]),
        ),
        knowledge.exchanges(),
    )
    most = 16 if mode == "incomplete" else body.get("max_output_tokens")
    if most is not None and model.tokens(answer.text) > most:
        # What would have been called comes after the text, and so never came.
        short = answer.text[: most * 4]
        return Run(body, model.Answer(short, answer.refused), cut=True)
    return Run(body, answer)


def check(body: dict[str, Any]) -> None:
    """Refuse what the vendor refuses."""
    for name in body:
        if name not in PARAMETERS:
            raise unknown_parameter(name)
    if "model" not in body:
        raise missing("model")
    if body["model"] not in models.TEXT:
        raise RefusedError(
            f"The requested model '{body['model']}' does not exist.",
            "model",
            "model_not_found",
        )
    if not body.get("input"):
        raise missing("input")
    items.check(body["input"], whole=body.get("previous_response_id") is None)
    _check_limits(body)


def _check_limits(body: dict[str, Any]) -> None:
    most = body.get("max_output_tokens")
    if most is not None and (not isinstance(most, int) or most < 16):
        raise RefusedError(
            f"Invalid 'max_output_tokens': integer below minimum value. Expected a "
            f"value >= 16, but got {most} instead.",
            "max_output_tokens",
            "integer_below_min_value",
        )
    effort = _reasoning(body).get("effort")
    if effort is not None and effort not in EFFORTS:
        raise wrong_value("reasoning.effort", effort, list(EFFORTS))
    tier = body.get("service_tier")
    if tier is not None and tier not in TIERS:
        raise wrong_value("service_tier", tier, list(TIERS))
    metadata = body.get("metadata")
    if metadata is not None and len(metadata) > 16:
        raise RefusedError(
            f"Invalid 'metadata': too many properties. Expected an object with at most "
            f"16 properties, but got {len(metadata)} instead.",
            "metadata",
            "object_above_max_properties",
        )


def _reasoning(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("reasoning") or {}
    if not isinstance(given, dict):
        raise wrong_type("reasoning", "an object", given)
    return given


async def _streamed(request: web.Request, run: Run) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = "text/event-stream"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["x-request-id"] = f"req_{uuid4().hex}"
    await response.prepare(request)
    for number, event in enumerate(run.events()):
        name = event["type"]
        line = json.dumps({**event, "sequence_number": number}, ensure_ascii=False)
        await response.write(f"event: {name}\ndata: {line}\n\n".encode())
        if name.endswith(".delta"):
            await asyncio.sleep(PER_TOKEN)
    await response.write_eof()
    return response
