"""The browsers' telephone network: Voice JS signalling, version 1.6; carries no sound."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qsl, urlencode

from aiohttp import WSMsgType, web

from simulators import access_token, accounts
from simulators.access_token import BadTokenError
from simulators.browser_call import BrowserCall, Payload, Socket
from simulators.browser_media import BadSoundError, stay_on_loopback
from simulators.twilio import Engine, Leg
from simulators.twilio.tasks import Tasks

SILENT_TOO_LONG: Final = 20.0  # without even a heartbeat
BIGGEST: Final = 1 << 18
MALFORMED: Final = 31100
NOT_LOGGED_IN: Final = 31204
NOT_ALLOWED: Final = 31201
UNKNOWN_CALL: Final = 31404


class Refused(Exception):  # noqa: N818  an answer to the browser, not a failure
    """A message that cannot be obeyed; the browser is told."""

    def __init__(self, code: int, message: str, callsid: str | None = None) -> None:
        super().__init__(message)
        self.payload: Payload = {"error": {"code": code, "message": message}}
        if callsid is not None:
            self.payload["callsid"] = callsid


class _Ring:
    """An incoming call that rings in one browser."""

    def __init__(self, leg: Leg, socket: Socket, tasks: Tasks) -> None:
        self.leg = leg
        self.socket = socket
        self.call = BrowserCall(socket, tasks)
        self.outcome: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def settle(self, *, taken: bool) -> None:
        if not self.outcome.done():
            self.outcome.set_result(taken)


class Switchboard:
    """All browsers and their calls; the door `/signal` leads here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tasks = Tasks()
        self._sockets: set[Socket] = set()
        self._calls: dict[str, BrowserCall] = {}
        self._rings: dict[tuple[str, Socket], _Ring] = {}
        self._deeds: dict[str, Callable[[Socket, Payload], Awaitable[None]]] = {
            "listen": self._listen,
            "register": self._register,
            "unregister": self._unregister,
            "invite": self._invite,
            "reinvite": self._reinvite,
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hangup,
            "dtmf": self._dtmf,
            "message": self._message,
        }

    async def close(self) -> None:
        """Drop all calls and stop."""
        calls = list(self._calls.values())
        for call in calls:
            if call.leg is not None:
                call.leg.hangup()
        await self._tasks.settle(1.0)
        await self._tasks.close()
        for call in calls:
            await call.media.close()
        for socket in list(self._sockets):
            await socket.close()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One browser, from connect to close."""
        ws = web.WebSocketResponse(
            max_msg_size=BIGGEST, receive_timeout=SILENT_TOO_LONG
        )
        await ws.prepare(request)
        socket = Socket(ws)
        self._sockets.add(socket)
        beating = self._tasks.start(socket.beat(), "heartbeat")
        try:
            await self._converse(ws, socket)
        finally:
            beating.cancel()
            self._sockets.discard(socket)
            self._gone(socket)
        return ws

    async def _converse(self, ws: web.WebSocketResponse, socket: Socket) -> None:
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT and frame.data.strip():
                    await self._take(socket, frame.data)
        except TimeoutError:
            await ws.close()

    async def _take(self, socket: Socket, text: str) -> None:
        try:
            await self._obey(socket, *_parsed(text))
        except Refused as refused:
            await socket.send("error", refused.payload)

    async def _obey(self, socket: Socket, kind: str, payload: Payload) -> None:
        deed = self._deeds.get(kind)
        if deed is None:
            raise Refused(MALFORMED, f"Unknown message: {kind[:40]}")
        if kind != "listen" and socket.grant is None:
            raise Refused(NOT_LOGGED_IN, "The connection has no valid token")
        await deed(socket, payload)

    # -- presence ---------------------------------------------------------------------

    async def _listen(self, socket: Socket, payload: Payload) -> None:
        try:
            grant = access_token.read(_text(payload, "token"))
        except BadTokenError as bad:
            raise Refused(bad.code, bad.message) from bad
        socket.grant = grant
        await socket.send(
            "connected",
            {
                "region": "local",
                "edge": "loopback",
                "home": "local",
                "token": {"identity": grant.identity, "ttl": grant.seconds_left},
            },
        )

    async def _register(self, socket: Socket, _payload: Payload) -> None:
        if socket.grant is None or not socket.grant.incoming:
            raise Refused(NOT_ALLOWED, "The token does not allow incoming calls")
        socket.registered = True
        self._engine.register_client(socket.grant.identity, self._ring)
        await socket.send("ready", {})

    async def _unregister(self, socket: Socket, _payload: Payload) -> None:
        socket.registered = False
        self._forget(socket.identity)
        await socket.send("offline", {})

    def _forget(self, identity: str | None) -> None:
        if identity is not None and not self._of(identity):
            self._engine.unregister_client(identity)

    def _of(self, identity: str | None) -> list[Socket]:
        return [s for s in self._sockets if s.registered and s.identity == identity]

    def _gone(self, socket: Socket) -> None:
        if socket.registered:
            self._forget(socket.identity)
        for call in self._calls.values():
            if call.socket is socket:
                self._tasks.start(call.drop_unless_back(), "waiting for a browser")
        for ring in self._rings.values():
            if ring.socket is socket:
                ring.settle(taken=False)

    # -- a browser calls --------------------------------------------------------------

    async def _invite(self, socket: Socket, payload: Payload) -> None:
        if "reconnect" in payload:
            await self._back(socket, payload)
            return
        temporary = _text(payload, "callsid")
        if socket.grant is None or not socket.grant.outgoing:
            raise Refused(NOT_ALLOWED, "The token does not allow calls", temporary)
        call = BrowserCall(socket, self._tasks, temporary)
        call.sdp = await self._connected(call, payload)
        call.leg = self._engine.client_call(
            identity=socket.grant.identity, params=_params(payload), party=call
        )
        self._keep(call)
        await call.tell_ringing()

    async def _connected(self, call: BrowserCall, payload: Payload) -> str:
        try:
            return await call.media.answer(_text(payload, "sdp"))
        except BadSoundError as error:
            await call.media.close()
            raise Refused(
                MALFORMED, "The sound cannot be connected", call.sid or call.temporary
            ) from error

    def _keep(self, call: BrowserCall) -> None:
        names = {call.sid, call.temporary} - {""}
        watching = self._tasks.start(call.watch(), f"sound of {call.sid}")

        def forget() -> None:
            watching.cancel()
            for name in names:
                self._calls.pop(name, None)

        call.when_over = forget
        self._calls |= dict.fromkeys(names, call)

    async def _back(self, socket: Socket, payload: Payload) -> None:
        call = self._call(socket, payload)
        if payload.get("reconnect") != call.token:
            raise Refused(31209, "Reconnect attempt refused", call.sid)
        call.socket = socket
        await call.tell_answer()

    async def _reinvite(self, socket: Socket, payload: Payload) -> None:
        """The browser's network changed: a new connection for the same call."""
        call = self._call(socket, payload)
        call.sdp = await self._connected(call, payload)
        await socket.send("answer", {"callsid": call.sid, "sdp": call.sdp})

    async def _hangup(self, socket: Socket, payload: Payload) -> None:
        call = self._calls.get(_text(payload, "callsid"))
        if call is not None and call.socket is socket and call.leg is not None:
            call.leg.hangup()

    async def _dtmf(self, socket: Socket, payload: Payload) -> None:
        call = self._call(socket, payload)
        digits = _text(payload, "dtmf").replace("w", "")
        if call.leg is not None and set(digits) <= set("0123456789*#ABCD"):
            call.leg.press(digits)

    async def _message(self, socket: Socket, payload: Payload) -> None:
        call = self._call(socket, payload)
        await socket.send(
            "ack",
            {
                "acktype": "message",
                "callsid": call.sid,
                "voiceeventsid": payload.get("voiceeventsid"),
            },
        )

    def _call(self, socket: Socket, payload: Payload) -> BrowserCall:
        callsid = _text(payload, "callsid")
        call = self._calls.get(callsid)
        if call is None or call.leg is None:
            raise Refused(UNKNOWN_CALL, "There is no such call", callsid)
        if call.leg.identity != socket.identity:
            raise Refused(NOT_ALLOWED, "This call is somebody else's", callsid)
        return call

    # -- a browser is called ----------------------------------------------------------

    async def _ring(self, leg: Leg) -> BrowserCall | str:
        """Ring all browsers of the leg's identity; the first who answers has it."""
        rings = [_Ring(leg, s, self._tasks) for s in self._of(leg.identity)]
        for ring in rings:
            self._rings[leg.sid, ring.socket] = ring
        taken = None
        try:
            await asyncio.gather(*(self._offer(ring) for ring in rings))
            taken = await _first_taken(rings)
        finally:
            for ring in rings:
                self._rings.pop((leg.sid, ring.socket), None)
                if ring is not taken:
                    self._tasks.start(_cancelled(ring), "cancelled ring")
        if taken is None:
            return "busy" if rings else "no-answer"
        taken.call.leg = leg
        self._keep(taken.call)
        return taken.call

    async def _offer(self, ring: _Ring) -> None:
        leg = ring.leg
        await ring.socket.send(
            "invite",
            {
                "callsid": leg.sid,
                "sdp": await ring.call.media.offer(),
                "parameters": {
                    "From": leg.from_,
                    "To": leg.to,
                    "CallSid": leg.sid,
                    "AccountSid": accounts.TWILIO_ACCOUNT_SID,
                    "Params": urlencode(leg.custom),
                },
                "reconnect": ring.call.token,
            },
        )

    async def _answer(self, socket: Socket, payload: Payload) -> None:
        ring = self._rings.get((_text(payload, "callsid"), socket))
        if ring is None or ring.outcome.done():
            raise Refused(UNKNOWN_CALL, "It rings no more", payload["callsid"])
        try:
            await ring.call.media.answered(_text(payload, "sdp"))
        except BadSoundError as error:
            raise Refused(
                MALFORMED, "The sound cannot be connected", ring.leg.sid
            ) from error
        ring.settle(taken=True)

    async def _reject(self, socket: Socket, payload: Payload) -> None:
        ring = self._rings.get((_text(payload, "callsid"), socket))
        if ring is not None:
            ring.settle(taken=False)


async def _first_taken(rings: list[_Ring]) -> _Ring | None:
    waiting = {ring.outcome for ring in rings}
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if any(outcome.result() for outcome in done):
            break
    return next((r for r in rings if r.outcome.done() and r.outcome.result()), None)


async def _cancelled(ring: _Ring) -> None:
    await ring.socket.send("cancel", {"callsid": ring.leg.sid})
    await ring.call.media.close()


def _parsed(text: str) -> tuple[str, Payload]:
    try:
        message = json.loads(text)
    except ValueError as error:
        raise Refused(MALFORMED, "Not JSON") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Refused(MALFORMED, "A message needs a type")
    payload = message.get("payload") or {}
    if not isinstance(payload, dict):
        raise Refused(MALFORMED, "The payload must be an object")
    return message["type"], payload


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(MALFORMED, f"{name} is missing")
    return value


def _params(payload: Payload) -> dict[str, str]:
    twilio = payload.get("twilio")
    text = twilio.get("params") if isinstance(twilio, dict) else None
    return dict(parse_qsl(text)) if isinstance(text, str) else {}


def add_routes(app: web.Application, engine: Engine) -> None:
    """The door `/signal`; no sound leaves loopback."""
    stay_on_loopback()
    switchboard = Switchboard(engine)

    async def stop(_: web.Application) -> None:
        await switchboard.close()

    app.router.add_get("/signal", switchboard.serve)
    app.on_shutdown.append(stop)
