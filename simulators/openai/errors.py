"""OpenAI's refusals in the vendor's own words and shape; it decides nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiohttp import web

from simulators import accounts

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, eq=False)
class RefusedError(Exception):
    """A request the vendor would refuse."""

    message: str
    param: str | None = None
    code: str | None = None
    status: int = 400
    type: str = "invalid_request_error"

    def body(self) -> dict[str, Any]:
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }

    def response(self) -> web.Response:
        return web.json_response(self.body(), status=self.status)


def unknown_parameter(name: str) -> RefusedError:
    return RefusedError(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def missing(name: str) -> RefusedError:
    return RefusedError(
        f"Missing required parameter: '{name}'.", name, "missing_required_parameter"
    )


def wrong_type(name: str, expected: str, got: object) -> RefusedError:
    return RefusedError(
        f"Invalid type for '{name}': expected {expected}, but got {kind(got)} instead.",
        name,
        "invalid_type",
    )


def wrong_value(name: str, got: object, supported: list[str]) -> RefusedError:
    listed = ", ".join(f"'{value}'" for value in supported)
    return RefusedError(
        f"Invalid value: '{got}'. Supported values are: {listed}.",
        name,
        "invalid_value",
    )


def too_long(name: str, most: int, got: int) -> RefusedError:
    return RefusedError(
        f"Invalid '{name}': string too long. Expected a string with maximum length "
        f"{most}, but got a string with length {got} instead.",
        name,
        "string_above_max_length",
    )


def kind(value: object) -> str:
    """What the vendor calls a JSON value of this type."""
    names: dict[type, str] = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal number",
        str: "a string",
        list: "an array",
        dict: "an object",
        type(None): "null",
    }
    return names.get(type(value), "an unsupported type")


def authorise(request: web.Request) -> None:
    """Let only the played account in, by bearer key."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise RefusedError(
            "You didn't provide an API key. You need to provide your API key in an "
            "Authorization header using Bearer auth (i.e. Authorization: Bearer "
            "YOUR_KEY).",
            status=401,
        )
    if key != accounts.OPENAI_API_KEY:
        shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)
        raise RefusedError(
            f"Incorrect API key provided: {shown}. You can find your API key at "
            "https://platform.openai.com/account/api-keys.",
            code="invalid_api_key",
            status=401,
        )


async def json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise RefusedError(
            "We could not parse the JSON body of your request."
        ) from None
    if not isinstance(body, dict):
        raise RefusedError("The JSON body of your request is not an object.")
    return body


def guarded(handler: Handler) -> Handler:
    """Authorise first, and answer a refusal in the vendor's shape."""

    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            authorise(request)
            response = await handler(request)
        except RefusedError as refused:
            response = refused.response()
        if not response.prepared:
            response.headers["x-request-id"] = f"req_{uuid4().hex}"
        return response

    return guard
