"""Bringing a recording home: in pieces, with credentials for Twilio's ears only."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from vendors.errors import VendorError
from vendors.twilio.config import TwilioConfig
from vendors.twilio.recordings import open_recording

SOUND = bytes(range(256)) * 1000


@dataclass
class Host:
    """A web server in a thread, that remembers what it was asked and shown."""

    url: str = ""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    elsewhere: str = ""

    async def recording(self, request: web.Request) -> web.StreamResponse:
        channels = request.query.get("RequestedChannels", "")
        self.asked.append(
            (request.path, channels, request.headers.get("Authorization"))
        )
        match request.match_info["name"]:
            case "mono.wav" if channels == "2":
                return web.json_response({"code": 20001}, status=400)
            case "moved.wav":
                raise web.HTTPFound(f"{self.elsewhere}/files/RE1.wav")
            case "missing.wav":
                return web.Response(status=404)
            case "cut.wav":
                response = web.StreamResponse()
                response.content_length = len(SOUND)
                await response.prepare(request)
                await response.write(SOUND[:1000])
                assert request.transport is not None
                request.transport.abort()
                return response
        return web.Response(body=SOUND)


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    pair = (Host(), Host())
    loop = asyncio.new_event_loop()
    ready, done = threading.Event(), asyncio.Event()

    async def serve() -> None:
        runners = []
        for host in pair:
            app = web.Application()
            app.router.add_get("/files/{name}", host.recording)
            runner = web.AppRunner(app)
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


def fetched(config: TwilioConfig, url: str) -> bytes:
    with open_recording(config, url) as pieces:
        return b"".join(pieces)


def test_a_recording_comes_in_two_channels_with_our_credentials(
    hosts: tuple[Host, Host], twilio_config: TwilioConfig
) -> None:
    twilio, _ = hosts
    config = replace(twilio_config, api_url=twilio.url)
    assert fetched(config, f"{twilio.url}/files/RE1") == SOUND
    path, channels, credentials = twilio.asked[0]
    assert (path, channels) == ("/files/RE1.wav", "2")
    assert credentials is not None
    assert credentials.startswith("Basic ")


def test_a_recording_without_two_channels_comes_in_one(
    hosts: tuple[Host, Host], twilio_config: TwilioConfig
) -> None:
    twilio, _ = hosts
    config = replace(twilio_config, api_url=twilio.url)
    assert fetched(config, f"{twilio.url}/files/mono") == SOUND
    assert [channels for _, channels, _ in twilio.asked] == ["2", "1"]


def test_credentials_stay_behind_when_twilio_points_elsewhere(
    hosts: tuple[Host, Host], twilio_config: TwilioConfig
) -> None:
    twilio, other = hosts
    config = replace(twilio_config, api_url=twilio.url)
    assert fetched(config, f"{twilio.url}/files/moved") == SOUND
    assert [credentials for _, _, credentials in other.asked] == [None]


def test_an_address_that_is_not_twilios_is_not_asked(
    hosts: tuple[Host, Host], twilio_config: TwilioConfig
) -> None:
    twilio, other = hosts
    config = replace(twilio_config, api_url=twilio.url)
    addresses = [
        f"{other.url}/files/RE1",
        "https://api.twilio.com.example.org/RE1",
        "http://api.twilio.com/RE1",
        "file:///etc/passwd",
    ]
    for address in addresses:
        with pytest.raises(VendorError) as caught:
            fetched(config, address)
        assert caught.value.code == "foreign_host"
    assert other.asked == []


@pytest.mark.parametrize(("name", "code"), [("missing", "404"), ("cut", "unreachable")])
def test_what_is_not_there_in_full_may_be_there_later(
    hosts: tuple[Host, Host], twilio_config: TwilioConfig, name: str, code: str
) -> None:
    twilio, _ = hosts
    config = replace(twilio_config, api_url=twilio.url)
    with pytest.raises(VendorError) as caught:
        fetched(config, f"{twilio.url}/files/{name}")
    assert caught.value.code == code
    assert caught.value.retryable
