"""What every server of ours does before it serves: read its options, look at its settings, take its port."""

import argparse
import socket
import sys

_BACKLOG = 512


def arguments(description: str | None) -> argparse.Namespace:
    """Where to listen, from the command line: `host`, `port`, and whether the port is `shared`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--shared",
        action="store_true",
        help="let several processes serve this port, of which any may end (Linux)",
    )
    return parser.parse_args()


def refuse_if_misconfigured() -> None:
    """A vendor's missing key must show at the start, not at the first call."""
    from django.core import checks

    serious = [found for found in checks.run_checks() if found.is_serious()]
    if serious:
        sys.exit("\n".join(map(str, serious)))


def listen(host: str, port: int, *, shared: bool) -> socket.socket:
    """The port, if nobody else has it, or all who have it share it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        sys.exit(f"Cannot listen on {host}:{port}: {error.strerror}")
    return listening
