"""The two servers whose calls are measured, each in its own process on the product's core."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import product
from bench.product import Product


@dataclass(frozen=True, slots=True)
class Started:
    """A server that listens: its process, and where Twilio's media sockets go."""

    process: int
    url: str
    log: Path

    def last_words(self) -> str:
        """The last line of its log."""
        return product.last_line(self.log)


@contextlib.contextmanager
def media_server(running: Product, *, core: int | None) -> Iterator[Started]:
    """Ours for density, beside the web process, as it is deployed."""
    port = product.free_port()
    address = {"MEDIA_BASE_URL": f"http://127.0.0.1:{port}"}
    with _started("callcenter.media", (), port, running, address, core) as started:
        yield started


@contextlib.contextmanager
def bare(running: Product, *, vendors: str, core: int | None) -> Iterator[Started]:
    """The reference, which has no database."""
    options = ("--vendors", vendors, "--redis", running.environment["REDIS_URL"])
    name, port = "bench.voice.reference", product.free_port()
    with _started(name, options, port, running, {}, core) as started:
        yield started


@contextlib.contextmanager
def _started(
    name: str,
    options: tuple[str, ...],
    port: int,
    running: Product,
    more: dict[str, str],
    core: int | None,
) -> Iterator[Started]:
    log = running.folder / f"{name}.log"
    command = [name, "--port", str(port), *options]
    environment = running.environment | more
    with product.listening(
        command, environment, port=port, core=core, log=log
    ) as server:
        yield Started(server.pid, f"ws://127.0.0.1:{port}/ws/media/", log)
