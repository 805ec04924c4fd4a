"""One response as the vendor shows it, whole and as a stream of events; what is in it was
decided before.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from simulators.openai import model

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
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
}
_TOOL_DEFAULTS = {"strict": True, "description": None, "parameters": None}

Event = dict[str, Any]


@dataclass(slots=True)
class Spoken:
    """The message of an answer, as an item of the output."""

    text: str
    refused: bool
    id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")

    def item(self, status: str, *, empty: bool = False) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": [] if empty else [self.part(self.text)],
        }

    def part(self, text: str) -> dict[str, Any]:
        if self.refused:
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def events(self, index: int) -> Iterator[Event]:
        """What is streamed between the item's beginning and its end."""
        here = {"item_id": self.id, "output_index": index, "content_index": 0}
        extra: dict[str, Any] = {} if self.refused else {"logprobs": []}
        stem, key = (
            ("response.refusal", "refusal")
            if self.refused
            else ("response.output_text", "text")
        )
        yield {"type": "response.content_part.added", **here, "part": self.part("")}
        for piece in model.pieces(self.text):
            yield {"type": f"{stem}.delta", **here, "delta": piece, **extra}
        yield {"type": f"{stem}.done", **here, key: self.text, **extra}
        part = self.part(self.text)
        yield {"type": "response.content_part.done", **here, "part": part}


@dataclass(slots=True)
class Called:
    """A function call of an answer, as an item of the output."""

    call: model.Call
    id: str = field(default_factory=lambda: f"fc_{uuid4().hex}")
    call_id: str = field(default_factory=lambda: f"call_{uuid4().hex[:24]}")

    def item(self, status: str, *, empty: bool = False) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "function_call",
            "status": status,
            "arguments": "" if empty else self.call.arguments,
            "call_id": self.call_id,
            "name": self.call.name,
        }

    def events(self, index: int) -> Iterator[Event]:
        """What is streamed between the item's beginning and its end."""
        here = {"item_id": self.id, "output_index": index}
        stem = "response.function_call_arguments"
        for piece in model.pieces(self.call.arguments):
            yield {"type": f"{stem}.delta", **here, "delta": piece}
        yield {"type": f"{stem}.done", **here, "arguments": self.call.arguments}


@dataclass(slots=True)
class Run:
    """One response on its way."""

    body: dict[str, Any]
    answer: model.Answer
    cut: bool = False  # whether the answer ran into max_output_tokens
    id: str = field(default_factory=lambda: f"resp_{uuid4().hex}")
    created: float = field(default_factory=lambda: float(int(time.time())))
    items: list[Spoken | Called] = field(init=False)

    def __post_init__(self) -> None:
        """Lay the answer out: what is said comes before what is called."""
        answer = self.answer
        self.items = [Called(call) for call in answer.calls]
        if answer.text or not answer.calls:
            self.items.insert(0, Spoken(answer.text, answer.refused))

    @property
    def ended(self) -> str:
        return "incomplete" if self.cut else "completed"

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
            "reasoning": {
                "effort": None,
                "summary": None,
                **(body.get("reasoning") or {}),
            },
            "service_tier": "default" if done else body.get("service_tier", "auto"),
            "text": {"format": {"type": "text"}, "verbosity": "medium", **_text(body)},
            "tools": [_shown(tool) for tool in body.get("tools") or []],
            "usage": self.usage() if done else None,
            **{name: body.get(name, default) for name, default in ECHOED.items()},
        }

    def final(self) -> dict[str, Any]:
        return self.whole(self.ended, [item.item(self.ended) for item in self.items])

    def usage(self) -> dict[str, Any]:
        body = self.body
        spent = model.tokens(json.dumps(body.get("input"), ensure_ascii=False))
        spent += model.tokens(str(body.get("instructions") or ""))
        if body.get("tools"):
            spent += model.tokens(json.dumps(body["tools"], ensure_ascii=False))
        written = model.tokens(self.answer.text)
        written += sum(model.tokens(call.arguments) for call in self.answer.calls)
        return {
            "input_tokens": spent,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": spent + written,
        }

    def events(self) -> Iterator[Event]:
        """The stream of the response, in the vendor's order, without sequence numbers."""
        yield {"type": "response.created", "response": self.whole("in_progress", [])}
        for index, item in enumerate(self.items):
            yield {
                "type": "response.output_item.added",
                "output_index": index,
                "item": item.item("in_progress", empty=True),
            }
            yield from item.events(index)
            yield {
                "type": "response.output_item.done",
                "output_index": index,
                "item": item.item(self.ended),
            }
        yield {"type": f"response.{self.ended}", "response": self.final()}


def _text(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("text")
    return given if isinstance(given, dict) else {}


def _shown(tool: dict[str, Any]) -> dict[str, Any]:
    return (_TOOL_DEFAULTS if tool["type"] == "function" else {}) | tool
