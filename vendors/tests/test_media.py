"""Bringing home what came along with a message: bounded, with credentials for Twilio's ears only."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from vendors.errors import VendorError
from vendors.twilio.config import TwilioConfig
from vendors.twilio.media import fetch_media

PICTURE = b"\x89PNG" + bytes(5000)


@dataclass
class Host:
    """A web server in a thread, that remembers whose keys it was shown."""

    url: str = ""
    elsewhere: str = ""
    shown: list[str | None] = field(default_factory=list)

    async def file(self, request: web.Request) -> web.StreamResponse:
        self.shown.append(request.headers.get("Authorization"))
        match request.match_info["name"]:
            case "moved":
                raise web.HTTPTemporaryRedirect(f"{self.elsewhere}/files/picture")
            case "gone":
                return web.Response(status=404)
            case "slow":
                response = web.StreamResponse()
                await response.prepare(request)
                for _ in range(50):
                    await response.write(b"drop")
                    await asyncio.sleep(0.1)
                return response
        return web.Response(body=PICTURE, headers={"Content-Type": "Image/PNG; a=b"})


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    pair = (Host(), Host())
    loop = asyncio.new_event_loop()
    ready, done = threading.Event(), asyncio.Event()

    async def serve() -> None:
        runners = []
        for host in pair:
            app = web.Application()
            app.router.add_get("/files/{name}", host.file)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            runners.append(runner)
        pair[0].elsewhere = pair[1].url
        ready.set()
        await done.wait()
        for runner in runners:
            await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(10)
    yield pair
    loop.call_soon_threadsafe(done.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def config(hosts: tuple[Host, Host]) -> TwilioConfig:
    keys = TwilioConfig("AC1", "secret", "SK1", "secret", "AP1", timeout=5.0)
    return replace(keys, api_url=hosts[0].url)


def test_a_file_comes_with_its_type(hosts, config):
    found = fetch_media(config, f"{hosts[0].url}/files/picture")
    assert (found.content, found.content_type) == (PICTURE, "image/png")
    assert hosts[0].shown[0].startswith("Basic ")


def test_the_keys_stay_behind_when_twilio_sends_us_elsewhere(hosts, config):
    found = fetch_media(config, f"{hosts[0].url}/files/moved")
    assert found.content == PICTURE
    assert hosts[0].shown != [None]
    assert hosts[1].shown == [None]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nobody_else_is_asked(hosts, config, scheme):
    for address in (
        hosts[1].url.replace("http", scheme),
        f"{scheme}://api.twilio.com.example.com",
        f"{scheme}://169.254.169.254",
    ):
        with pytest.raises(VendorError) as error:
            fetch_media(config, f"{address}/files/picture")
        assert error.value.code == "foreign_host"
    assert hosts[1].shown == []


@pytest.mark.parametrize(
    ("name", "bounds", "code"),
    [
        ("picture", {"most": 100}, "too_large"),
        ("slow", {"seconds": 0.5}, "timeout"),
        ("gone", {}, "404"),
    ],
)
def test_what_is_more_than_bearable_is_left_alone(hosts, config, name, bounds, code):
    with pytest.raises(VendorError) as error:
        fetch_media(config, f"{hosts[0].url}/files/{name}", **bounds)
    assert error.value.code == code
