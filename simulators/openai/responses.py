"""The responses endpoint of the played OpenAI: checks a request, has the model answer,
and sends it whole or as the vendor's events at a model's pace.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import web

from simulators import faults
from simulators.openai import knowledge, model, models, schemas
from simulators.openai.errors import (
    RefusedError,
    json_body,
    missing,
    unknown_parameter,
    wrong_type,
    wrong_value,
)

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
ECHOED: dict[str, Any] = {
    "background": False,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
}
MODEL_FAULTS = frozenset({"fabricate", "refuse", "garbage", "incomplete"})


@dataclass(slots=True)
class Run:
    """One response on its way."""

    body: dict[str, Any]
    answer: model.Answer
    cut: bool  # whether the answer ran into max_output_tokens
    id: str = field(default_factory=lambda: f"resp_{uuid4().hex}")
    item_id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")
    created: float = field(default_factory=lambda: float(int(time.time())))

    def part(self, text: str) -> dict[str, Any]:
        if self.answer.refused:
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self.item_id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def whole(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        """The response object as the vendor shows it in this state."""
        done = status in {"completed", "incomplete"}
        body = self.body
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "completed_at": float(int(time.time())) if status == "completed" else None,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"}
            if status == "incomplete"
            else None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": body["model"],
            "output": output,
            "reasoning": {"effort": None, "summary": None, **_reasoning(body)},
            "service_tier": "default" if done else body.get("service_tier", "auto"),
            "text": {"format": {"type": "text"}, "verbosity": "medium", **_text(body)},
            "usage": self.usage() if done else None,
            **{name: body.get(name, default) for name, default in ECHOED.items()},
        }

    def final(self) -> dict[str, Any]:
        status = "incomplete" if self.cut else "completed"
        return self.whole(status, [self.item(status, [self.part(self.answer.text)])])

    def usage(self) -> dict[str, Any]:
        spent = model.tokens(json.dumps(self.body.get("input"), ensure_ascii=False))
        spent += model.tokens(str(self.body.get("instructions") or ""))
        written = model.tokens(self.answer.text)
        return {
            "input_tokens": spent,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": spent + written,
        }


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
    fault = faults.board.take("openai", path, MODEL_FAULTS)
    mode = fault.kind if fault else ""
    answer = model.answer(
        model.Request(
            model.messages(body["input"]),
            str(body.get("instructions") or ""),
            schema,
            mode,
        ),
        knowledge.exchanges(),
    )
    most = 16 if mode == "incomplete" else body.get("max_output_tokens")
    if most is not None and model.tokens(answer.text) > most:
        short = answer.text[: most * 4]
        return Run(body, model.Answer(short, answer.refused), cut=True)
    return Run(body, answer, cut=False)


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
    _check_input(body["input"])
    _check_limits(body)


def _check_input(given: object) -> None:
    if isinstance(given, str):
        return
    if not isinstance(given, list):
        raise wrong_type("input", "a string or an array of input items", given)
    roles = ["assistant", "system", "developer", "user"]
    for number, item in enumerate(given):
        place = f"input[{number}]"
        if not isinstance(item, dict):
            raise wrong_type(place, "an object", item)
        if item.get("type", "message") != "message":
            continue
        if item.get("role") not in roles:
            raise wrong_value(f"{place}.role", item.get("role"), roles)
        if not isinstance(item.get("content"), str | list):
            raise wrong_type(
                f"{place}.content", "a string or an array", item.get("content")
            )


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


def _text(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("text")
    return given if isinstance(given, dict) else {}


async def _streamed(request: web.Request, run: Run) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = "text/event-stream"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["x-request-id"] = f"req_{uuid4().hex}"
    await response.prepare(request)
    for number, event in enumerate(events(run)):
        name = event["type"]
        line = json.dumps({**event, "sequence_number": number}, ensure_ascii=False)
        await response.write(f"event: {name}\ndata: {line}\n\n".encode())
        if name.endswith(".delta"):
            await asyncio.sleep(PER_TOKEN)
    await response.write_eof()
    return response


def events(run: Run) -> Iterator[dict[str, Any]]:
    """The stream of one response, in the vendor's order, without sequence numbers."""
    text = run.answer.text
    here = {"item_id": run.item_id, "output_index": 0, "content_index": 0}
    extra: dict[str, Any] = {} if run.answer.refused else {"logprobs": []}
    stem, key = (
        ("response.refusal", "refusal")
        if run.answer.refused
        else ("response.output_text", "text")
    )
    ended = "incomplete" if run.cut else "completed"
    item = run.item(ended, [run.part(text)])
    yield {"type": "response.created", "response": run.whole("in_progress", [])}
    yield {
        "type": "response.output_item.added",
        "output_index": 0,
        "item": run.item("in_progress", []),
    }
    yield {"type": "response.content_part.added", **here, "part": run.part("")}
    for piece in model.pieces(text):
        yield {"type": f"{stem}.delta", **here, "delta": piece, **extra}
    yield {"type": f"{stem}.done", **here, key: text, **extra}
    yield {"type": "response.content_part.done", **here, "part": run.part(text)}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    yield {"type": f"response.{ended}", "response": run.final()}
