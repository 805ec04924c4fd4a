"""A tiny product for the tests of the people: log-in, desk, voice token, documents."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from simulators import accounts, cast
from simulators.stage import Stage
from simulators.twilio import Engine

PASSWORD = "a-password"
CSRF = "field-token"


def voice_token(
    identity: str = "agent_1", *, secret: str = accounts.TWILIO_API_KEY_SECRET, ttl=600
) -> str:
    """A token as the vendor's own library makes it."""
    token = AccessToken(
        accounts.TWILIO_ACCOUNT_SID,
        accounts.TWILIO_API_KEY_SID,
        secret,
        identity=identity,
        ttl=ttl,
    )
    token.add_grant(
        VoiceGrant(outgoing_application_sid=accounts.TWIML_APP_SID, incoming_allow=True)
    )
    return token.to_jwt()


class Desk:
    """An open desk: one person, who is rung for one call at a time."""

    def __init__(self, socket: web.WebSocketResponse, number: int) -> None:
        self.socket = socket
        self.number = number
        self.presence = "offline"
        self.offered = ""

    @property
    def is_free(self) -> bool:
        return (
            not self.socket.closed and self.presence == "available" and not self.offered
        )


class Product:
    """Knows calls and desks, and keeps every command it was given."""

    def __init__(self) -> None:
        self.url = self.api = ""
        self.calls: dict[str, dict[str, Any]] = {}
        self.commands: list[tuple[str, str]] = []
        self.given: list[dict[str, Any]] = []
        self.told: list[dict[str, str]] = []
        self.desks: list[Desk] = []
        self.ring_seconds = 15.0
        self.dispositions: list[dict[str, Any]] = []
        self.logins = 0
        self.login_works = True
        self.suggests = False
        self.documents: dict[str, str] = {}  # for callers who are not offered
        self._sessions: dict[str, int] = {}
        self._people: dict[str, int] = {}

    def routes(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/login/", self._login_page)
        app.router.add_post("/login/", self._login)
        app.router.add_get("/ws/desk/", self._desk)
        app.router.add_get("/desk/wrap-up", self._wrap_up)
        app.router.add_post("/voice-token", self._voice_token)
        app.router.add_post("/voice", self._voice)
        app.router.add_post("/conference-status", self._conference)
        app.router.add_post("/{path:.*}", self._anything)
        return app

    async def until(self, ready: Callable[[], Any], seconds: float = 10.0) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := ready()):  # noqa: ASYNC110  looks at many things
                await asyncio.sleep(0.02)
        return found

    async def _wrap_up(self, _: web.Request) -> web.Response:
        return web.json_response({"call": {"dispositions": self.dispositions}})

    async def _login_page(self, _: web.Request) -> web.Response:
        field = f'<input type="hidden" name="csrfmiddlewaretoken" value="{CSRF}">'
        page = web.Response(text=f"<form>{field}</form>", content_type="text/html")
        page.set_cookie("csrftoken", "cookie-token")
        return page

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.logins += 1
        if form["csrfmiddlewaretoken"] != CSRF or "csrftoken" not in request.cookies:
            return web.Response(status=403)
        if form["password"] != PASSWORD or not self.login_works:
            return web.Response(text="wrong", status=200)
        session = secrets.token_hex(8)
        name = str(form["username"])
        self._sessions[session] = self._people.setdefault(name, len(self._people) + 1)
        answer = web.Response(status=302, headers={"Location": "/desk/"})
        answer.set_cookie("sessionid", session)
        return answer

    def _is_logged_in(self, request: web.Request) -> bool:
        return request.cookies.get("sessionid") in self._sessions

    async def _voice_token(self, request: web.Request) -> web.Response:
        if not self._is_logged_in(request):
            return web.Response(status=403)
        if request.headers.get("X-CSRFToken") != request.cookies["csrftoken"]:
            return web.Response(status=403)
        return web.json_response({"token": voice_token()})

    async def _desk(self, request: web.Request) -> web.StreamResponse:
        if not self._is_logged_in(request) or request.headers["Origin"] != self.url:
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        desk = Desk(socket, self._sessions[request.cookies["sessionid"]])
        self.desks.append(desk)
        calls = [
            {"sid": sid, "agent": call["agent"], "offered_to": [], "offer": None}
            for sid, call in self.calls.items()
        ]
        me = {"id": desk.number}
        await socket.send_json({"type": "snapshot", "me": me, "calls": calls})
        async for message in socket:
            await self._take(desk, message.json())
        return socket

    async def _take(self, desk: Desk, message: dict[str, Any]) -> None:
        if message["type"] != "command":
            return
        name, sid = message["name"], message["sid"]
        self.commands.append((name, sid))
        self.given.append({"by": desk.number, **message})
        result = {"type": "result", "id": message["id"], "ok": True}
        if name == "accept" and desk.offered != sid:
            result |= {"ok": False, "error": {"code": "rings_elsewhere"}}
        await desk.socket.send_json(result)
        if result["ok"]:
            await self._carry_out(desk, name, sid, message["data"])

    async def _carry_out(
        self, desk: Desk, name: str, sid: str, data: dict[str, Any]
    ) -> None:
        call = self.calls.get(sid, {})
        if name == "accept":
            desk.offered = ""
            desk.presence = "busy"
            call["on_line"].append(desk.number)
            if call["agent"] is None:
                call["agent"] = desk.number
                await self.tell("call.accepted", sid, {"agent": {"id": desk.number}})
            if self.suggests:
                await self.tell("suggestion.offered", sid, {"id": 1, "text": "…"})
        elif name == "decline":
            desk.offered = ""
            call["declined"].add(desk.number)
            await self._offer_all()
        elif name in {"hold", "resume"}:
            path = f"/Conferences/{call['conference']}/Participants/{sid}.json"
            await self._rest(path, Hold="true" if name == "hold" else "false")
        elif name == "end":
            await self._rest(f"/Calls/{sid}.json", Status="completed")
        elif name in {"wrap_up", "set_presence"}:
            await self.become(desk, data.get("presence", "available"))

    async def become(self, desk: Desk, presence: str) -> None:
        """Change somebody's status, and tell every desk."""
        if presence == "available" and desk.presence == "busy":
            return
        desk.presence = presence
        told = {"type": "presence", "id": desk.number, "presence": presence}
        for other in self.desks:
            if not other.socket.closed:
                await other.socket.send_json(told)
        await self._offer_all()

    async def _offer_all(self) -> None:
        """Each waiting call rings at one free desk."""
        for sid, call in self.calls.items():
            rings = any(desk.offered == sid for desk in self.desks)
            free = (d for d in self.desks if d.is_free)
            desk = next((d for d in free if d.number not in call["declined"]), None)
            if call["agent"] is None and not call["over"] and not rings and desk:
                await self.offer(desk, sid)

    async def offer(self, desk: Desk, sid: str, transfer: int | None = None) -> None:
        """Let a call ring at a desk: a waiting one, or somebody else's to join."""
        desk.offered = sid
        until = time.time() + self.ring_seconds
        to = [{"id": desk.number, "name": str(desk.number)}]
        data = {"to": to, "until": until, "transfer": transfer}
        await self.tell("call.offered", sid, data)

    async def tell(self, name: str, sid: str, data: dict[str, Any] | None = None):
        """Send an event to every open desk."""
        event = {"type": "event", "name": name, "sid": sid, "data": data or {}}
        for desk in self.desks:
            if not desk.socket.closed:
                await desk.socket.send_json(event)

    async def _rest(self, path: str, **form: str) -> None:
        account = accounts.TWILIO_ACCOUNT_SID
        auth = aiohttp.BasicAuth(account, accounts.TWILIO_AUTH_TOKEN)
        url = f"{self.api}/2010-04-01/Accounts/{account}{path}"
        async with (
            aiohttp.ClientSession(auth=auth) as session,
            session.post(url, data=form) as answer,
        ):
            answer.raise_for_status()

    async def _voice(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if form["From"].startswith("client:"):
            taken = bool(self.calls[form["sid"]]["on_line"])
            return _twiml(_room(form["sid"], agent=True) if taken else "<Hangup/>")
        if form["From"] in self.documents:
            return _twiml(self.documents[form["From"]])
        sid = form["CallSid"]
        self.calls.setdefault(
            sid,
            {
                "agent": None,
                "conference": "",
                "declined": set(),
                "on_line": [],
                "over": False,
            },
        )
        await self._offer_all()
        return _twiml(_room(sid, agent=False))

    async def _conference(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if form["FriendlyName"] in self.calls:
            self.calls[form["FriendlyName"]]["conference"] = form["ConferenceSid"]
        return web.Response(status=204)

    async def _end(self, sid: str) -> None:
        call = self.calls[sid]
        call["over"] = True
        await self.tell("call.ended", sid)
        for desk in self.desks:
            if desk.offered == sid:
                desk.offered = ""
            if desk.number in call["on_line"]:
                await self.become(desk, "wrap-up")

    async def _anything(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        self.told.append(form)
        if form.get("CallStatus") == "completed" and form["CallSid"] in self.calls:
            await self._end(form["CallSid"])
        return web.Response(status=204)


def _room(name: str, *, agent: bool) -> str:
    if agent:
        kind = 'startConferenceOnEnter="true"'
    else:
        kind = (
            'participantLabel="customer" startConferenceOnEnter="false" '
            'endConferenceOnExit="true" waitUrl="" '
            'statusCallback="/conference-status" '
            'statusCallbackEvent="start end join leave hold"'
        )
    return f'<Dial><Conference beep="false" {kind}>{name}</Conference></Dial>'


def _twiml(verbs: str) -> web.Response:
    return web.Response(text=f"<Response>{verbs}</Response>", content_type="text/xml")


@asynccontextmanager
async def listening(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


class House:
    """The product and the people of the simulators, on real sockets."""

    def __init__(self, product: Product, engine: Engine, stage: Stage, url: str):
        self.product = product
        self.engine = engine
        self.stage = stage
        self.url = url


@asynccontextmanager
async def house(data: Path, **people: Any) -> AsyncIterator[House]:
    """Start both sides; `people` as `cast.install` takes them."""
    product = Product()
    async with listening(product.routes()) as product.url:
        engine = Engine(web_url=product.url, data_dir=data)
        app = web.Application()
        engine.add_routes(app)
        stage = cast.install(
            app, engine=engine, web_url=product.url, password=PASSWORD, **people
        )
        try:
            async with listening(app) as product.api:
                yield House(product, engine, stage, product.api)
        finally:
            await engine.close()
