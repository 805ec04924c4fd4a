"""The function tools of a request, checked as the vendor does; which one to call is
decided elsewhere.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from simulators.openai import schemas
from simulators.openai.errors import (
    RefusedError,
    missing,
    too_long,
    wrong_type,
    wrong_value,
)
from simulators.openai.schemas import Schema

LONGEST_NAME = 64
NAME = re.compile(r"[a-zA-Z0-9_-]+")
# Kinds that the vendor has besides functions: they are taken, and never used here.
OTHER_KINDS = (
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "custom",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_preview",
)
CHOICES = ("none", "auto", "required")


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call."""

    name: str
    description: str = ""
    parameters: Schema = field(default_factory=lambda: {"type": "object"})


@dataclass(frozen=True, slots=True)
class Offer:
    """What a request offers: the tools, and whether one, several or none may be called.

    `must` are the tools of which one has to be called, whatever the conversation says.
    """

    tools: tuple[Tool, ...] = ()
    must: tuple[Tool, ...] = ()
    parallel: bool = True


NOTHING = Offer()


def offered(body: dict[str, Any]) -> Offer:
    """The offer of a request, or the vendor's refusal."""
    given = body.get("tools") or []
    if not isinstance(given, list):
        raise wrong_type("tools", "an array of objects", given)
    found = tuple(
        tool
        for number, entry in enumerate(given)
        if (tool := _tool(f"tools[{number}]", entry)) is not None
    )
    parallel = body.get("parallel_tool_calls")
    if parallel is not None and not isinstance(parallel, bool):
        raise wrong_type("parallel_tool_calls", "a boolean", parallel)
    return _chosen(found, body.get("tool_choice"), parallel=parallel is not False)


def _tool(place: str, given: object) -> Tool | None:
    if not isinstance(given, dict):
        raise wrong_type(place, "an object", given)
    if "type" not in given:
        raise missing(f"{place}.type")
    if given["type"] in OTHER_KINDS:
        return None
    if given["type"] != "function":
        raise wrong_value(f"{place}.type", given["type"], ["function", *OTHER_KINDS])
    name = _name(f"{place}.name", given)
    description = given.get("description")
    if description is not None and not isinstance(description, str):
        raise wrong_type(f"{place}.description", "a string", description)
    return Tool(name, description or "", _parameters(place, name, given))


def _name(place: str, given: dict[str, Any]) -> str:
    if "name" not in given:
        raise missing(place)
    name = given["name"]
    if not isinstance(name, str):
        raise wrong_type(place, "a string", name)
    if len(name) > LONGEST_NAME:
        raise too_long(place, LONGEST_NAME, len(name))
    if not NAME.fullmatch(name):
        raise RefusedError(
            f"Invalid '{place}': string does not match pattern. Expected a string that"
            f" matches the pattern '^{NAME.pattern}$'.",
            place,
            "invalid_value",
        )
    return name


def _parameters(place: str, name: str, given: dict[str, Any]) -> Schema:
    """The schema of the arguments; without `strict` a tool is strict where it can be."""
    schema = given.get("parameters")
    if schema is None:
        return {"type": "object", "properties": {}}
    if not isinstance(schema, dict):
        raise wrong_type(f"{place}.parameters", "an object", schema)
    strict = given.get("strict")
    if strict is not None and not isinstance(strict, bool):
        raise wrong_type(f"{place}.strict", "a boolean", strict)
    problem = next(schemas.strict_problems(schema), None) if strict else None
    if not strict and schema.get("type") != "object":
        problem = schemas.not_an_object(schema)
    if problem is not None:
        raise RefusedError(
            f"Invalid schema for function '{name}': {problem}",
            f"{place}.parameters",
            "invalid_function_parameters",
        )
    return schema


def _chosen(found: tuple[Tool, ...], choice: object, *, parallel: bool) -> Offer:
    """The offer as `tool_choice` narrows it."""
    if choice is None or choice == "auto":
        return Offer(found, parallel=parallel)
    if choice == "none":
        return NOTHING
    if choice == "required":
        if not found:
            raise RefusedError(
                "Tool choice 'required' must be specified with 'tools' parameter.",
                "tool_choice",
            )
        return Offer(found, found, parallel=parallel)
    if not isinstance(choice, dict):
        raise wrong_value("tool_choice", choice, list(CHOICES))
    return _pointed_at(found, choice, parallel=parallel)


def _pointed_at(
    found: tuple[Tool, ...], choice: dict[str, Any], *, parallel: bool
) -> Offer:
    match choice.get("type"):
        case "function":
            if "name" not in choice:
                raise missing("tool_choice.name")
            one = _named(found, choice["name"])
            return Offer(found, (one,), parallel=parallel)
        case "allowed_tools":
            mode = choice.get("mode")
            if mode not in {"auto", "required"}:
                raise wrong_value("tool_choice.mode", mode, ["auto", "required"])
            some = tuple(_named(found, t.get("name")) for t in choice.get("tools", []))
            return Offer(some, some if mode == "required" else (), parallel=parallel)
    kinds = ["function", "allowed_tools"]
    raise wrong_value("tool_choice.type", choice.get("type"), kinds)


def _named(found: tuple[Tool, ...], name: object) -> Tool:
    for tool in found:
        if tool.name == name:
            return tool
    raise RefusedError(
        f"Tool choice '{name}' not found in 'tools' parameter.", "tool_choice"
    )
