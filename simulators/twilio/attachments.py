"""Files that people send along with a message, made on the spot: a picture, a voice, a document."""

import io
import struct
import zlib
from functools import cache
from typing import Final

import numpy as np
import soundfile

WIDTH: Final = 240
HEIGHT: Final = 180


@cache
def content(kind: str) -> bytes:
    """A file of this content type; a few words for a type that nobody makes."""
    if kind == "image/png":
        return _picture()
    if kind == "audio/ogg":
        return _tune()
    return b"%PDF-1.4\n%%EOF\n" if kind == "application/pdf" else b"A file.\n"


def _picture() -> bytes:
    """A lamp before the evening sky."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    sky = np.stack([40 + y // 3, 60 + y // 2, 110 + y // 4], axis=-1).astype(np.uint8)
    away = np.hypot(x - WIDTH / 2, y - 70)
    glow = np.clip(1 - away / 90, 0, 1)[..., None]
    drawn = (sky + glow * (np.array([255, 214, 120]) - sky)).astype(np.uint8)
    drawn[(abs(x - WIDTH // 2) < 4) & (y > 70)] = (30, 30, 34)
    drawn[away < 26] = (255, 240, 200)
    rows = b"".join(b"\0" + row.tobytes() for row in drawn)
    size = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    checked = name + data
    return (
        struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
    )


def _tune() -> bytes:
    rate = 16_000
    seconds = np.arange(rate) / rate
    out = io.BytesIO()
    soundfile.write(out, np.sin(2 * np.pi * 440 * seconds) * 0.2, rate, format="OGG")
    return out.getvalue()
