"""Who is measured: our two doors, and what stands beside them; each is started on the product's core."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import cores, product
from bench.machine import ROOT
from bench.media.calls import Prepared, known, unreal
from bench.product import Product, wait_until_listening

REFERENCES: Final = ROOT / "bench" / "media" / "references"
_PIPECAT: Final = ROOT / "var" / "pipecat" / "bin" / "python"
_BOTH: Final = ("inbound", "outbound")


@dataclass(frozen=True, slots=True)
class Started:
    """A server that listens: its process, its media address, and calls that it will take."""

    process: int
    url: str
    calls: Callable[[int], list[Prepared]]
    # Calls of both tracks, but for a server that only knows the caller's.
    tracks: tuple[str, ...] = _BOTH


@dataclass(frozen=True, slots=True)
class Server:
    """One to be measured. `absent` says why it cannot be, if it cannot."""

    name: str
    start: Callable[
        [Product, int, int | None], contextlib.AbstractContextManager[Started]
    ]
    absent: Callable[[], str] = lambda: ""
    # Carries all that we can generate: only some steps are worth their time.
    carries_all: bool = False


@contextlib.contextmanager
def _channels(running: Product, _port: int, _core: int | None) -> Iterator[Started]:
    """The web process, as it is deployed."""
    yield Started(running.process, running.media_url, known(running))


@contextlib.contextmanager
def _dedicated(running: Product, _port: int, core: int | None) -> Iterator[Started]:
    """The media server, as it is deployed: beside the web process."""
    port = product.free_port()
    address = {"MEDIA_BASE_URL": f"http://127.0.0.1:{port}"}
    environment = running.environment | address
    command = ["callcenter.media", "--port", str(port)]
    with _started(command, environment, running, core, port) as server:
        url = f"ws://127.0.0.1:{port}/ws/media/"
        yield Started(server.pid, url, known(running))


def _reference(
    *command: str, tracks: tuple[str, ...] = _BOTH
) -> Callable[[Product, int, int | None], contextlib.AbstractContextManager[Started]]:
    """A module with its arguments, of which {port} is where it is to listen."""

    @contextlib.contextmanager
    def start(running: Product, vendors: int, core: int | None) -> Iterator[Started]:
        port = product.free_port()
        environment = running.environment | {
            "BENCH_TRANSCRIPTION": f"ws://127.0.0.1:{vendors}/v1/realtime"
        }
        filled = [each.format(port=port, vendors=vendors) for each in command]
        with _started(filled, environment, running, core, port) as server:
            url = f"ws://127.0.0.1:{port}/ws/media/"
            yield Started(server.pid, url, unreal, tracks)

    return start


@contextlib.contextmanager
def _in_c(running: Product, vendors: int, core: int | None) -> Iterator[Started]:
    port = product.free_port()
    program = running.folder / "server"
    compiler = shutil.which("cc") or "cc"
    source = REFERENCES / "server.c"
    command = [compiler, "-O2", "-o", str(program), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    with cores.on(core):
        server = subprocess.Popen([str(program), str(port), str(vendors)])
    try:
        wait_until_listening(port, server, Path(os.devnull))
        yield Started(server.pid, f"ws://127.0.0.1:{port}/ws/media/", unreal)
    finally:
        server.kill()
        server.wait()


def _no_compiler() -> str:
    return "" if shutil.which("cc") else "no C compiler (cc) on this machine"


@contextlib.contextmanager
def _pipecat(running: Product, vendors: int, core: int | None) -> Iterator[Started]:
    port = product.free_port()
    log = running.folder / "pipecat.log"
    # By its path: as a module it would need what our package needs.
    program = str(REFERENCES / "pipecat_server.py")
    with cores.on(core), log.open("wb") as output:
        server = subprocess.Popen(
            [str(_PIPECAT), program, str(port), str(vendors)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_listening(port, server, log)
        url = f"ws://127.0.0.1:{port}/ws/media/"
        yield Started(server.pid, url, unreal, ("inbound",))
    finally:
        server.kill()
        server.wait()


def _no_pipecat() -> str:
    if _PIPECAT.exists():
        return ""
    return (
        "not installed: python -m venv var/pipecat && var/pipecat/bin/pip install"
        " -r bench/media/pipecat.in"
    )


@contextlib.contextmanager
def _started(
    command: list[str],
    environment: dict[str, str],
    running: Product,
    core: int | None,
    port: int,
) -> Iterator["subprocess.Popen[bytes]"]:
    log = running.folder / f"{command[0]}.log"
    with product.listening(
        command, environment, port=port, core=core, log=log
    ) as server:
        yield server


OURS_CHANNELS: Final = "our Channels door"
OURS_DEDICATED: Final = "our media server"
STOCK: Final = "stock Channels consumer"
IN_C: Final = "C on epoll"
PIPECAT: Final = "Pipecat, one track"

_OURS: Final = "bench.media.references"
_STOCK: Final = f"{_OURS}.stock:application"
SERVERS: Final = (
    Server(OURS_DEDICATED, _dedicated),
    Server(OURS_CHANNELS, _channels),
    Server(STOCK, _reference("daphne", "-p", "{port}", _STOCK)),
    Server("bare websockets", _reference(f"{_OURS}.bare", "{port}")),
    Server(
        "picows, no session",
        _reference(f"{_OURS}.picows_server", "{port}"),
        carries_all=True,
    ),
    Server(IN_C, _in_c, _no_compiler, carries_all=True),
    Server(PIPECAT, _pipecat, _no_pipecat),
)
