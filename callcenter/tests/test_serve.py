"""What the server still does after SIGTERM, seen from outside a real process."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

# As in callcenter.serve, which cannot be imported here: it takes Twisted's reactor.
MOST_WAITING = 4 * 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]

# A page that takes a second, and a socket that stays open; both tell when they have begun.
APPLICATION = """
import asyncio, sys
from callcenter.listening import listen
from callcenter.serve import serve

async def left(receive):
    while (await receive())["type"] != "websocket.disconnect":
        pass

async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        if scope["path"] == "/much":
            for number in range(80):
                await send({"type": "websocket.send", "text": f"{number} {50_000 * '.'}"})
        while scope["path"] == "/echo":
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if message["type"] == "websocket.receive":
                text, data = message.get("text"), message.get("bytes")
                said = f"text {text}" if data is None else f"bytes {len(data)}"
                await send({"type": "websocket.send", "text": said})
        if scope["path"] == "/endless":
            gone, sent = asyncio.ensure_future(left(receive)), 0
            while not gone.done() and sent < 4000:
                await send({"type": "websocket.send", "text": 50_000 * "."})
                await asyncio.sleep(0)
                sent += 1
            print(sent, flush=True)
            return
        await left(receive)
        return
    print("begun", flush=True)
    await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"all of it"})

serve(application, listen("127.0.0.1", int(sys.argv[1]), shared="shared" in sys.argv))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", APPLICATION, str(port)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def open_socket(server: subprocess.Popen[str], port: int) -> Iterator[ClientConnection]:
    """Connected as soon as the server listens."""
    while True:
        try:
            connection = connect(f"ws://127.0.0.1:{port}/", close_timeout=1, proxy=None)
        except ConnectionRefusedError:
            assert server.poll() is None
            time.sleep(0.1)
            continue
        with connection:
            yield connection
        return


def test_a_page_in_flight_is_answered_and_a_socket_hears_that_we_restart(
    server, open_socket, port
):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def page() -> bytes:
        with direct.open(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            return answer.read()

    with ThreadPoolExecutor() as threads:
        answer = threads.submit(page)
        assert server.stdout.readline() == "begun\n"
        server.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            open_socket.recv(timeout=20)
        assert answer.result() == b"all of it"
    assert closed.value.rcvd.code == 1012
    assert server.wait(timeout=20) == 0


def test_every_kind_of_message_is_heard_in_its_order(open_socket, port):
    long = "a long one, " * 2000
    with connect(f"ws://127.0.0.1:{port}/echo", close_timeout=1, proxy=None) as echo:
        echo.send("plain")
        echo.send(["in ", "three ", "pieces"])
        echo.send(b"four")
        echo.ping().wait(10)
        echo.send(long)
        echo.send("Grüße")
        heard = [echo.recv(timeout=10) for _ in range(5)]
    assert heard == [
        "text plain",
        "text in three pieces",
        "bytes 4",
        f"text {long}",
        "text Grüße",
    ]


def test_a_text_that_comes_byte_by_byte_is_heard(open_socket, port):
    with connect(f"ws://127.0.0.1:{port}/echo", close_timeout=1, proxy=None) as echo:
        frames = b"".join(
            b"\x81" + bytes((0x80 | len(text),)) + b"mask" + masked(text)
            for text in (b"one", b"and another")
        )
        for byte in frames:
            echo.socket.sendall(bytes((byte,)))
        assert echo.recv(timeout=10) == "text one"
        assert echo.recv(timeout=10) == "text and another"


def masked(text: bytes) -> bytes:
    return bytes(byte ^ b"mask"[n % 4] for n, byte in enumerate(text))


def test_a_missing_key_stops_the_start_with_its_name(port, tmp_path):
    refused = subprocess.run(
        [sys.executable, "-m", "callcenter.serve", "--port", str(port)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "x" * 50,
            "VAR_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "OPENAI_API_KEY is not set." in refused.stderr
    assert "Traceback" not in refused.stderr


def started(port: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", APPLICATION, str(port), *more],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_of_two_who_share_a_port_either_may_be_killed(port):
    both = [started(port, "shared") for _ in range(2)]
    try:
        for killed, left in ((both[0], both[1]), (both[1], None)):
            while not answers(port):
                time.sleep(0.1)
            killed.kill()
            killed.communicate()
            if left is not None:
                assert left.poll() is None
        assert not answers(port)
    finally:
        for process in both:
            process.kill()


def test_a_port_that_somebody_else_has_is_named(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        refused = started(port)
        _, said = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in said


def test_whoever_reads_late_gets_all_that_was_sent_in_its_order(
    server, open_socket, port
):
    """More than the system keeps for a socket: the rest waits and is not overtaken."""
    with connect(f"ws://127.0.0.1:{port}/much", close_timeout=1, proxy=None) as late:
        time.sleep(0.3)
        told = [late.recv(timeout=10) for _ in range(80)]
    assert [int(text.partition(" ")[0]) for text in told] == list(range(80))
    assert {len(text.partition(" ")[2]) for text in told} == {50_000}


def test_whoever_reads_nothing_is_cut_before_much_waits_for_it(
    server, open_socket, port
):
    """Of the 200 MB that there are to send a few wait, with us and in the system."""
    with socket.create_connection(("127.0.0.1", port)) as stalled:
        stalled.sendall(
            b"GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        sent = int(server.stdout.readline()) * 50_000
    assert MOST_WAITING < sent < MOST_WAITING + 20_000_000
    # All others are served as before.
    open_socket.ping().wait(10)
