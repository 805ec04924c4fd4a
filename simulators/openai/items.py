"""The input of a response as the vendor takes it: messages, the model's calls and what
came of them; it answers nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.openai.errors import (
    RefusedError,
    missing,
    wrong_type,
    wrong_value,
)

ROLES = ("assistant", "system", "developer", "user")
# What the content of a message may be made of: the model's words are not the others'.
PARTS = {
    True: ("output_text", "refusal"),
    False: ("input_text", "input_image", "input_file"),
}
# Kinds that the vendor has besides those that are played: they are taken unread.
UNREAD = (
    "additional_tools",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "configuration_update",
    "custom_tool_call",
    "custom_tool_call_output",
    "file_search_call",
    "image_generation_call",
    "item_reference",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "program",
    "program_output",
    "reasoning",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
)


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A call that the model made before, and what came of it."""

    name: str
    arguments: str
    output: str


def messages(given: Any) -> tuple[Message, ...]:  # noqa: ANN401  a request's input
    """The messages of a Responses input: a string, or items with text parts."""
    if isinstance(given, str):
        return (Message("user", given),)
    return tuple(
        Message(str(item.get("role", "user")), _text(item.get("content", "")))
        for item in given
        if isinstance(item, dict) and item.get("type", "message") == "message"
    )


def outcomes(given: Any) -> tuple[Called, ...]:  # noqa: ANN401  a request's input
    """What came of calls since the last message: the model has not spoken of it yet."""
    if isinstance(given, str):
        return ()
    calls: dict[object, dict[str, Any]] = {}
    found: list[Called] = []
    for item in given:
        match item.get("type", "message"):
            case "function_call":
                calls[item["call_id"]] = item
            case "function_call_output":
                call = calls.get(item["call_id"], {})
                name, arguments = call.get("name", ""), call.get("arguments", "")
                found.append(Called(name, arguments, _text(item["output"])))
            case "message":
                found.clear()
    return tuple(found)


def _text(content: Any) -> str:  # noqa: ANN401  a message's content
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content)


def check(given: object, *, whole: bool = True) -> None:
    """Refuse what the vendor refuses; `whole` when no response came before this input."""
    if isinstance(given, str):
        return
    if not isinstance(given, list):
        raise wrong_type("input", "a string or an array of input items", given)
    for number, item in enumerate(given):
        place = f"input[{number}]"
        if not isinstance(item, dict):
            raise wrong_type(place, "an object", item)
        kind = item.get("type", "message")
        if kind in CHECKS:
            CHECKS[kind](place, item)
        elif kind not in UNREAD:
            raise wrong_value(f"{place}.type", kind, [*CHECKS, *UNREAD])
    if whole:
        _check_pairs(given)


def _check_message(place: str, item: dict[str, Any]) -> None:
    role, content = item.get("role"), item.get("content")
    if role not in ROLES:
        raise wrong_value(f"{place}.role", role, list(ROLES))
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise wrong_type(f"{place}.content", "a string or an array", content)
    allowed = PARTS[role == "assistant"]
    for number, part in enumerate(content):
        here = f"{place}.content[{number}]"
        if not isinstance(part, dict):
            raise wrong_type(here, "an object", part)
        if part.get("type") not in allowed:
            raise wrong_value(here, part.get("type"), list(allowed))


def _check_call(place: str, item: dict[str, Any]) -> None:
    for name in ("call_id", "name", "arguments"):
        if name not in item:
            raise missing(f"{place}.{name}")
        if not isinstance(item[name], str):
            raise wrong_type(f"{place}.{name}", "a string", item[name])
    given = item.get("id")
    if given is not None and not str(given).startswith("fc"):
        raise RefusedError(
            f"Invalid '{place}.id': '{given}'. Expected an ID that begins with 'fc'.",
            f"{place}.id",
            "invalid_value",
        )


def _check_output(place: str, item: dict[str, Any]) -> None:
    for name in ("call_id", "output"):
        if name not in item:
            raise missing(f"{place}.{name}")
    if not isinstance(item["output"], str | list):
        raise wrong_type(
            f"{place}.output", "one of a string or an array of objects", item["output"]
        )


CHECKS: dict[str, Callable[[str, dict[str, Any]], None]] = {
    "message": _check_message,
    "function_call": _check_call,
    "function_call_output": _check_output,
}


def _check_pairs(given: list[dict[str, Any]]) -> None:
    """Every call has its output and every output its call, which comes first."""
    open_calls: dict[str, None] = {}
    known: set[str] = set()
    for item in given:
        match item.get("type"):
            case "function_call":
                open_calls[item["call_id"]] = None
                known.add(item["call_id"])
            case "function_call_output":
                if item["call_id"] not in known:
                    raise RefusedError(
                        "No tool call found for function call output with call_id "
                        f"{item['call_id']}.",
                        "input",
                    )
                open_calls.pop(item["call_id"], None)
    for call_id in open_calls:
        raise RefusedError(
            f"No tool output found for function call {call_id}.", "input"
        )
