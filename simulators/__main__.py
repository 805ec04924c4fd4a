"""The command line of the simulators: reads the options and runs the server until told
to stop.
"""

import argparse
import asyncio
import contextlib
import errno
import logging
import os
import signal
import sys
from pathlib import Path

from simulators import server


def options(arguments: list[str]) -> server.Config:
    parser = argparse.ArgumentParser(
        prog="python -m simulators",
        description="Plays Twilio, OpenAI and AssemblyAI on one loopback port.",
    )
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument(
        "--web", default="http://127.0.0.1:8000", help="where the product listens"
    )
    parser.add_argument("--data", type=Path, default=Path("var/simulators"))
    parser.add_argument(
        "--callers", action="store_true", help="let callers ring now and then"
    )
    parser.add_argument(
        "--colleagues",
        default="",
        metavar="USERS",
        help="simulated agents, by user name, separated by commas; their password is in"
        " SIMULATED_COLLEAGUE_PASSWORD",
    )
    given = parser.parse_args(arguments)
    return server.Config(
        port=given.port,
        web=given.web.rstrip("/"),
        data=given.data,
        callers=given.callers,
        colleagues=tuple(name for name in given.colleagues.split(",") if name),
        password=os.environ.get("SIMULATED_COLLEAGUE_PASSWORD", ""),
    )


async def run(config: server.Config) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.asynccontextmanager(server.serve)(config):
        sys.stdout.write(f"Simulators listen on http://127.0.0.1:{config.port}\n")
        sys.stdout.flush()
        await stop.wait()


def main(arguments: list[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    config = options(arguments)
    try:
        asyncio.run(run(config))
    except OSError as trouble:
        if trouble.errno != errno.EADDRINUSE:
            raise
        sys.stderr.write(
            f"Port {config.port} on 127.0.0.1 is in use. Stop what uses it, or choose"
            " another with --port.\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
