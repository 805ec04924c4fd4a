"""The stage's door: rings and records as JSON over HTTP; decides nothing itself."""

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from simulators import far_ends, scenarios
from simulators.scenarios import Scenario, ScenarioError
from simulators.stage import RingError, Stage

AT_ONCE = 0.0
WHAT = ("scenario", "audio", "lines")
HOW = frozenset({"language", "voice", "echo"})


def add_routes(app: web.Application, stage: Stage) -> None:
    """`/_sim/ring`, `/_sim/performances` and `/_sim/scenarios`."""

    async def ring(request: web.Request) -> web.Response:
        try:
            performance = await stage.ring(**_wish(await _body(request)))
        except RingError as error:
            return web.json_response({"error": str(error)}, status=400)
        sid = performance.line.sid if performance.line else None
        return web.json_response({"sid": sid}, status=201)

    async def one(request: web.Request) -> web.Response:
        performance = stage.get(request.match_info["sid"])
        if performance is None:
            return web.json_response({"error": "No such call was played"}, status=404)
        return web.json_response(performance.record())

    async def every(_: web.Request) -> web.Response:
        return web.json_response({"sids": list(stage.performances)})

    app.router.add_post("/_sim/ring", ring)
    app.router.add_get("/_sim/performances", every)
    app.router.add_get("/_sim/performances/{sid}", one)
    app.router.add_get("/_sim/scenarios", _scenarios)


async def _scenarios(_: web.Request) -> web.Response:
    called = {
        scenario.caller.number: scenario.title
        for scenario in scenarios.all_of(scenarios.FOLDER / scenarios.CALLED)
    }
    numbers = far_ends.NUMBERS | called
    return web.json_response(
        {
            "scenarios": [
                {
                    "name": scenario.name,
                    "title": scenario.title,
                    "description": scenario.description,
                    "language": scenario.language,
                }
                for scenario in scenarios.everybody()
            ],
            "numbers": [
                {"number": number, "title": numbers[number]}
                for number in sorted(numbers)
            ],
        }
    )


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RingError("The body is not JSON") from error
    if not isinstance(body, dict):
        raise RingError("The body must be a JSON object")
    return body


def _wish(body: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `Stage.ring`; RingError for what it could not take."""
    unknown = body.keys() - {*WHAT, *HOW, "from", "to", "colleague"}
    if unknown:
        raise RingError(f"Unknown: {', '.join(sorted(unknown))}")
    if sum(bool(body.get(key)) for key in WHAT) != 1:
        raise RingError("Give one of a scenario, an audio file and lines")
    if not isinstance(colleague := body.get("colleague") or False, bool):
        raise RingError("colleague must be true or false")
    audio = _text(body, "audio")
    if audio is not None and not Path(audio).is_absolute():
        raise RingError("audio must be an absolute path")
    return {
        "scenario": _own_words(body) or _text(body, "scenario"),
        "audio": Path(audio) if audio else None,
        "from_": _text(body, "from"),
        "to": _text(body, "to"),
        "taken_after": AT_ONCE if colleague else None,
    }


def _own_words(body: dict[str, Any]) -> Scenario | None:
    """A caller who says the lines that were asked for, if any were."""
    given = body.get("lines")
    if not given:
        if left := sorted(body.keys() & HOW):
            raise RingError(f"Only for a caller with lines: {', '.join(left)}")
        return None
    if not isinstance(given, list):
        raise RingError("lines must be a list of texts, or of steps as in a script")
    try:
        return scenarios.talk(given, **{key: body[key] for key in HOW & body.keys()})
    except ScenarioError as error:
        raise RingError(str(error)) from error


def _text(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    if value is not None and not isinstance(value, str):
        raise RingError(f"{key} must be a text")
    return value or None
