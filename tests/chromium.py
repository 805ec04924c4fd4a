"""The Chromium of this machine and how tests start it: quiet towards the outside, a file as its microphone."""

import shutil
import socket
from pathlib import Path
from typing import Any

EXECUTABLE = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
MISSING = (
    "no Chromium found: install it (Debian: apt-get install chromium,"
    " macOS: brew install chromium) and run make test again"
)
# As people have it a browser finds no address on a machine without any network.
_ALONE = {name for _, name in socket.if_nameindex()} <= {"lo", "lo0"}


def options(microphone: Path) -> dict[str, Any]:
    """What Playwright's `launch` is told; `microphone` is a WAV file, heard once."""
    return {
        "executable_path": EXECUTABLE,
        "args": [
            "--no-sandbox",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}%noloop",
            "--autoplay-policy=no-user-gesture-required",
            *(["--allow-loopback-in-peer-connection"] if _ALONE else []),
        ],
    }
