"""A tiny product for the tests of the played Twilio: answers documents, keeps what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from simulators import accounts
from simulators.twilio import Engine, Leg

SILENT = b"\xff" * 160
CLEO = "+15550107777"
Document = str | Callable[[dict[str, str]], str]


class Speaker:
    """A party that says given bytes once and remembers what it heard."""

    def __init__(self, *sounds: bytes) -> None:
        self.queue = b"".join(sounds)
        self.heard: list[bytes] = []
        self.leg: Leg | None = None
        self.is_up = False
        self.end: str | None = None
        self.over = asyncio.Event()

    def speak(self) -> bytes:
        frame, self.queue = self.queue[:160], self.queue[160:]
        return frame or SILENT

    def hear(self, frame: bytes) -> None:
        self.heard.append(frame)

    def answered(self) -> None:
        self.is_up = True

    def ended(self, status: str) -> None:
        self.end = status
        self.over.set()

    @property
    def sound(self) -> bytes:
        return b"".join(self.heard)


def tone(byte: int, frames: int) -> bytes:
    """Loud sound that is easy to recognise again byte by byte."""
    return bytes([byte, byte ^ 0x80]) * (80 * frames)


class Product:
    """Answers what a test sets, checks every signature, keeps every request."""

    def __init__(self) -> None:
        self.url = ""
        self.documents: dict[str, Document] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.posts: list[tuple[str, dict[str, str]]] = []
        self.bad_signatures: list[str] = []
        self.sockets: list[Socket] = []
        self.on_message: Callable[[dict[str, Any]], list[dict[str, Any]]] | None = None
        self.slow = False
        self._news = asyncio.Event()
        self._validator = RequestValidator(accounts.TWILIO_AUTH_TOKEN)

    def told(self, path: str, **params: str) -> list[dict[str, str]]:
        return [
            form
            for where, form in self.posts
            if where == path and params.items() <= form.items()
        ]

    async def until(self, ready: Callable[[], Any], seconds: float = 8.0) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := ready()):
                self._news.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self._news.wait()
                except TimeoutError:
                    continue
        return found

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        signed = form if request.method == "POST" else {}
        url = self.url + request.raw_path
        if not self._validator.validate(
            url, signed, request.headers.get("X-Twilio-Signature", "")
        ):
            self.bad_signatures.append(request.path)
        form |= dict(request.query)
        self.posts.append((request.path, form))
        self._news.set()
        if request.path in self.files:
            kind, body = self.files[request.path]
            return web.Response(body=body, content_type=kind)
        document = self.documents.get(request.path)
        if document is None:
            return web.Response(status=204)
        if callable(document):
            document = document(form)
        if document.startswith("HTTP "):
            return web.Response(status=int(document[5:]))
        return web.Response(
            text=f"<Response>{document}</Response>", content_type="text/xml"
        )

    async def media(self, request: web.Request) -> web.StreamResponse:
        url = "ws" + self.url[4:] + request.raw_path
        signature = request.headers.get("X-Twilio-Signature", "")
        secure = "wss" + url[2:]
        if not any(self._validator.validate(u, {}, signature) for u in (url, secure)):
            self.bad_signatures.append(request.path)
            return web.Response(status=403)
        socket = Socket(web.WebSocketResponse())
        await socket.ws.prepare(request)
        self.sockets.append(socket)
        async for message in socket.ws:
            if self.slow:
                await asyncio.sleep(3600)
            data = json.loads(message.data)
            socket.messages.append(data)
            for reply in self.on_message(data) if self.on_message else []:
                await socket.ws.send_json(reply)
        socket.closed = True
        self._news.set()
        return socket.ws


class Socket:
    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.ws = ws
        self.messages: list[dict[str, Any]] = []
        self.closed = False

    def of(self, event: str) -> list[dict[str, Any]]:
        return [m for m in self.messages if m["event"] == event]


class Stage:
    """The played Twilio, the product and Twilio's real SDK, on real sockets."""

    def __init__(self, engine: Engine, product: Product, api: str) -> None:
        self.engine = engine
        self.product = product
        self.api = api
        self.account = accounts.TWILIO_ACCOUNT_SID
        self.client = Client(
            self.account,
            accounts.TWILIO_AUTH_TOKEN,
            http_client=TwilioHttpClient(timeout=10),
        )
        self.client.api.base_url = api

    async def sdk(self, work: Callable[[Client], Any]) -> Any:
        return await asyncio.to_thread(work, self.client)

    def stream_url(self) -> str:
        return "wss" + self.product.url[4:] + "/ws/media/"


async def _listen(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


@asynccontextmanager
async def stage(data: Path, **options: Any) -> AsyncIterator[Stage]:
    product = Product()
    web_app = web.Application()
    web_app.router.add_get("/ws/media/", product.media)
    web_app.router.add_route("*", "/{path:.*}", product.answer)
    web_runner, product.url = await _listen(web_app)
    engine = Engine(web_url=product.url, data_dir=data, **options)
    api_app = web.Application()
    engine.add_routes(api_app)
    api_runner, api = await _listen(api_app)
    engine.exchange.api_url = api
    try:
        yield Stage(engine, product, api)
    finally:
        await engine.close()
        await api_runner.cleanup()
        await web_runner.cleanup()
