"""A browser's telephone without a browser, held over HTTP: says what it is told, hears whether somebody speaks."""

import asyncio
import json
from typing import Any, Final, Protocol

from aiohttp import web

from simulators import access_token, voices
from simulators.access_token import BadTokenError
from simulators.parties import FRAME, Ear, ScriptedParty, Track
from simulators.twilio import Leg, Party

TICKS: Final = 50  # a second


class Telephones(Protocol):
    """The network in which it calls out."""

    def client_call(
        self, *, identity: str, params: dict[str, str], party: Party
    ) -> Leg:
        """A browser calls out."""


class Handset:
    """One call of such a telephone."""

    def __init__(self) -> None:
        self.leg: Leg | None = None
        self.party = ScriptedParty(
            says=self._says,
            hears=self._hear,
            on_answer=lambda: None,
            on_end=lambda _status: None,
        )
        self._ear = Ear()
        self._tick = 0  # of what is heard; what is said in a tick comes before that
        self._track = Track()
        self._said: list[dict[str, Any]] = []
        self._free_from = 0

    def say(self, text: str, sound: bytes) -> dict[str, Any]:
        """Say it now, or after what is being said; when, in seconds since the answer."""
        start = max(self._tick + 1, self._free_from)
        self._free_from = start + len(sound) // FRAME
        self._track.play(start, sound)
        said = {"text": text, "start": start / TICKS, "end": self._free_from / TICKS}
        self._said.append(said)
        return said

    def record(self) -> dict[str, Any]:
        """Where it is and when it heard a voice or music, seconds since its answer."""
        leg = self.leg
        heard = [[start / TICKS, end / TICKS] for start, end in self._ear.segments]
        return {
            "sid": leg.sid if leg else None,
            "status": leg.status if leg else None,
            "duration": self._tick / TICKS,
            "heard": heard,
            "said": self._said,
        }

    def _says(self) -> bytes:
        return self._track.frame(self._tick)

    def _hear(self, frame: bytes) -> None:
        self._ear.hear(self._tick, frame)
        self._tick += 1


class Handsets:
    """Those that were picked up, by CallSid, as JSON over HTTP."""

    def __init__(self, telephones: Telephones) -> None:
        self._telephones = telephones
        self._by_sid: dict[str, Handset] = {}

    async def call(self, request: web.Request) -> web.Response:
        """Call out: `{"token", "params"}`."""
        try:
            body = await request.json()
            grant = access_token.read(str(body["token"]))
            params = {str(k): str(v) for k, v in dict(body["params"]).items()}
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": repr(error)}, status=400)
        except BadTokenError as error:
            return web.json_response({"error": error.message}, status=403)
        if not grant.outgoing:
            return web.json_response({"error": "may not call out"}, status=403)
        handset = Handset()
        handset.leg = self._telephones.client_call(
            identity=grant.identity, params=params, party=handset.party
        )
        self._by_sid[handset.leg.sid] = handset
        return web.json_response(handset.record(), status=201)

    async def look(self, request: web.Request) -> web.Response:
        """What it has heard so far."""
        handset = self._by_sid.get(request.match_info["sid"])
        if handset is None:
            return web.json_response({"error": "no such handset"}, status=404)
        return web.json_response(handset.record())

    async def say(self, request: web.Request) -> web.Response:
        """Say something: `{"text", "voice"}`, the voice if not an agent's."""
        handset = self._by_sid.get(request.match_info["sid"])
        if handset is None:
            return web.json_response({"error": "no such handset"}, status=404)
        try:
            body = await request.json()
            text, voice = body["text"], body.get("voice", "agent")
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            return web.json_response({"error": repr(error)}, status=400)
        if not isinstance(text, str) or not text.strip() or not isinstance(voice, str):
            return web.json_response({"error": "text must be words"}, status=400)
        speech = await asyncio.to_thread(voices.render, text, voice=voice)
        return web.json_response(handset.say(text, speech.mulaw), status=201)

    async def hang_up(self, request: web.Request) -> web.Response:
        """Put it down; quiet if it is."""
        handset = self._by_sid.pop(request.match_info["sid"], None)
        if handset is not None and handset.leg is not None:
            handset.leg.hangup()
        return web.json_response(None)


def add_routes(app: web.Application, telephones: Telephones) -> None:
    """`/_sim/handsets`: POST calls out, GET looks, POST to `say` speaks, DELETE hangs up."""
    handsets = Handsets(telephones)
    app.router.add_post("/_sim/handsets", handsets.call)
    app.router.add_get("/_sim/handsets/{sid}", handsets.look)
    app.router.add_post("/_sim/handsets/{sid}/say", handsets.say)
    app.router.add_delete("/_sim/handsets/{sid}", handsets.hang_up)
