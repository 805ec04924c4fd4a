"""The real Voice SDK in a real browser against the played telephone network."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from audio import mulaw, wav
from simulators import recogniser, voices
from simulators.parties import SILENT
from simulators.speech import normalise
from simulators.tests.desk_product import House, house, listening, voice_token
from tests import chromium

# One browser for all tests: they share its loop.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).resolve().parent.parent.parent
SDK = ROOT / "node_modules/@twilio/voice-sdk/dist/twilio.min.js"
PAGE = """<!doctype html><title>Telephone</title>
<script>
  const Native = WebSocket;
  WebSocket = class extends Native {
    constructor(url, ...rest) { super(url.replace(/^wss:/, "ws:"), ...rest); }
  };
</script>
<script src="/sdk.js"></script>
<script>
  const log = [];
  let device, call;
  const follow = (c) => {
    call = c;
    for (const name of ["ringing", "accept", "disconnect", "cancel", "reject",
                        "reconnecting", "reconnected"])
      c.on(name, () => log.push(name));
    c.on("error", (e) => log.push("call-error " + e.code));
    c.on("volume", (_in, out) => { if (out > 0.02) window.loud = true; });
  };
  async function register(token, host) {
    device = new Twilio.Device(token, {
      chunderw: host, eventgw: "127.0.0.1:9", sounds: {}, logLevel: "silent",
      rtcConfiguration: { iceServers: [] },
    });
    device.on("error", (e) => log.push("error " + e.code));
    device.on("incoming", (c) => { log.push("incoming"); follow(c); });
    device.on("registered", () => log.push("registered"));
    await device.register();
  }
  // A microphone whose sound the browser leaves as it is, so that words can be told.
  const audio = { echoCancellation: false, noiseSuppression: false,
                  autoGainControl: false };
  async function connect(params) {
    follow(await device.connect({ params, rtcConstraints: { audio } }));
  }
</script>"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: Any) -> AsyncIterator[Browser]:
    """A browser that hears a voice in its microphone, and all else as people have it."""
    if chromium.EXECUTABLE is None:
        pytest.skip(chromium.MISSING)
    if not SDK.exists():
        pytest.skip("the Voice SDK is not installed; run npm ci")
    speech = voices.render("One two three four five six seven.", voice="agent")
    microphone = tmp_path_factory.mktemp("microphone") / "voice.wav"
    with microphone.open("wb") as file:
        wav.write(file, [np.tile(speech.samples24k, 20)], 24_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium.options(microphone))
        yield browser
        await browser.close()


class Caller:
    """The far end: says a tone without end and remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.status: str | None = None
        wave = 6000 * np.sin(2 * np.pi * 400 * np.arange(160) / 8000)
        self.frame = mulaw.encode(wave.astype(np.int16))

    def speak(self) -> bytes:
        return self.frame

    def hear(self, frame: bytes) -> None:
        self.heard.append(frame)

    def answered(self) -> None:
        pass

    def ended(self, status: str) -> None:
        self.status = status

    @property
    def words(self) -> set[str]:
        heard = recogniser.recognise(b"".join(self.heard))
        return {part for word in heard for part in normalise(word.text)}

    @property
    def hears_a_voice(self) -> bool:
        return sum(frame != SILENT for frame in self.heard) > 40


class Desk:
    """A page with a telephone, and the house that it is connected to."""

    def __init__(self, page: Page, here: House) -> None:
        self.page = page
        self.here = here

    async def register(self, token: str | None = None) -> None:
        host = self.here.url.removeprefix("http://")
        await self.page.evaluate(
            "([token, host]) => register(token, host)", [token or voice_token(), host]
        )

    async def connect(self, **params: str) -> None:
        await self.page.evaluate("params => connect(params)", params)

    async def do(self, script: str) -> Any:
        return await self.page.evaluate(script)

    async def saw(self, *events: str) -> None:
        wanted = list(events)
        await self.page.wait_for_function(
            "wanted => wanted.every(name => log.includes(name))", arg=wanted
        )


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    async def page_of(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def sdk(_: web.Request) -> web.FileResponse:
        return web.FileResponse(SDK)

    app = web.Application()
    app.router.add_get("/", page_of)
    app.router.add_get("/sdk.js", sdk)
    async with listening(app) as url, house(tmp_path) as here:
        page = await browser.new_page()
        page.set_default_timeout(15_000)
        await page.goto(url)
        yield Desk(page, here)
        await page.close()


async def in_a_call(desk: Desk) -> Caller:
    """A caller waits in a conference, and the browser joins it."""
    caller = Caller()
    leg = desk.here.engine.dial_in(
        from_="+15550107777", to="+15550100000", party=caller
    )
    calls = desk.here.product.calls
    await desk.here.product.until(lambda: calls.get(leg.sid, {}).get("conference"))
    calls[leg.sid]["on_line"].append("agent_1")
    await desk.register()
    await desk.connect(sid=leg.sid)
    await desk.saw("registered", "ringing", "accept")
    return caller


async def test_sound_goes_both_ways_and_the_browser_hangs_up(desk: Desk):
    caller = await in_a_call(desk)
    await desk.here.product.until(lambda: caller.hears_a_voice)
    await desk.page.wait_for_function("window.loud")
    await asyncio.sleep(5)
    assert {"three", "four", "five"} <= caller.words
    legs = desk.here.engine.exchange.legs.values()
    (leg,) = [leg for leg in legs if leg.identity == "agent_1"]
    assert await desk.do("call.parameters.CallSid") == leg.sid
    await desk.do("call.disconnect()")
    await desk.saw("disconnect")
    await desk.here.product.until(lambda: leg.is_over)
    assert leg.status == "completed"


async def test_the_other_side_hangs_up(desk: Desk):
    await in_a_call(desk)
    for leg in list(desk.here.engine.exchange.legs.values()):
        leg.hangup()
    await desk.saw("disconnect")
    assert await desk.do("call.status()") == "closed"


async def test_a_muted_browser_is_silent(desk: Desk):
    caller = await in_a_call(desk)
    await desk.here.product.until(lambda: caller.hears_a_voice)
    await desk.do("call.mute(true)")
    await asyncio.sleep(0.5)
    caller.heard.clear()
    await asyncio.sleep(0.5)
    assert not any(np.abs(mulaw.decode(f)).max() > 200 for f in caller.heard)


async def test_digits_arrive_as_keys(desk: Desk):
    await in_a_call(desk)
    keys: list[str] = []
    legs = desk.here.engine.exchange.legs.values()
    (leg,) = [leg for leg in legs if leg.identity == "agent_1"]
    leg.on_key(keys.append)
    await desk.do("call.sendDigits('12#')")
    await desk.here.product.until(lambda: keys == ["1", "2", "#"])


async def test_a_lost_signalling_socket_is_opened_again_in_mid_call(desk: Desk):
    caller = await in_a_call(desk)
    await desk.do("device._stream.transport._socket.close()")
    await desk.saw("reconnecting", "reconnected")
    caller.heard.clear()
    await desk.here.product.until(lambda: caller.hears_a_voice)


async def test_a_changed_network_gets_a_new_connection(desk: Desk):
    caller = await in_a_call(desk)
    await desk.here.product.until(lambda: caller.hears_a_voice)
    await desk.do("call._mediaHandler.iceRestart()")
    await asyncio.sleep(1.0)
    caller.heard.clear()
    await desk.here.product.until(lambda: caller.hears_a_voice)
    assert await desk.do("call.status()") == "open"


async def test_a_closed_page_ends_the_leg_within_seconds(desk: Desk):
    await in_a_call(desk)
    legs = desk.here.engine.exchange.legs.values()
    (leg,) = [leg for leg in legs if leg.identity == "agent_1"]
    await desk.page.goto("about:blank")
    await desk.here.product.until(lambda: leg.is_over, seconds=8)


async def test_a_wrong_token_is_told(desk: Desk):
    host = desk.here.url.removeprefix("http://")
    token = voice_token(ttl=-5)
    await desk.do(f"void register('{token}', '{host}')")
    await desk.saw("error 20104")
    assert await desk.do("device.state") != "registered"


async def test_a_browser_is_rung_and_answers(desk: Desk):
    await desk.register()
    caller = Caller()
    desk.here.product.documents["+15550107777"] = (
        '<Dial><Client><Identity>agent_1</Identity><Parameter name="sid" value="CA7"/>'
        "</Client></Dial>"
    )
    desk.here.engine.dial_in(from_="+15550107777", to="+15550100000", party=caller)
    await desk.saw("incoming")
    assert await desk.do("call.customParameters.get('sid')") == "CA7"
    assert await desk.do("call.parameters.From") == "+15550107777"
    await desk.do("call.accept()")
    await desk.saw("accept")
    await desk.here.product.until(lambda: caller.hears_a_voice)
    await desk.page.wait_for_function("window.loud")
    await asyncio.sleep(5)
    assert {"three", "four", "five"} <= caller.words
    await desk.do("call.disconnect()")
    await desk.here.product.until(lambda: caller.status == "completed")


async def test_a_browser_rejects_a_call(desk: Desk):
    await desk.register()
    desk.here.product.documents["+15550107777"] = (
        "<Dial><Client>agent_1</Client></Dial>"
    )
    leg = desk.here.engine.dial_in(
        from_="+15550107777", to="+15550100000", party=Caller()
    )
    await desk.saw("incoming")
    await desk.do("call.reject()")
    await desk.here.product.until(lambda: leg.is_over)
    assert [child.status for child in leg.children] == ["busy"]


async def test_a_caller_who_gives_up_stops_the_ringing(desk: Desk):
    await desk.register()
    desk.here.product.documents["+15550107777"] = (
        "<Dial><Client>agent_1</Client></Dial>"
    )
    leg = desk.here.engine.dial_in(
        from_="+15550107777", to="+15550100000", party=Caller()
    )
    await desk.saw("incoming")
    leg.hangup()
    await desk.saw("cancel")
