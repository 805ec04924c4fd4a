"""Text to speech, as a stream; what it is played through is not known here.

One code path for OpenAI and for others whose endpoint has the shape of OpenAI's.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Final

from vendors.errors import VendorError
from vendors.openai import clients
from vendors.openai.config import SpeechConfig
from vendors.openai.failures import failure, translated

__all__ = ["LONGEST", "RATE", "SpeechConfig", "speak"]

LONGEST: Final = 4096  # characters
RATE: Final = 24_000  # samples a second

_PAUSE = 0.2  # seconds before the second attempt, if the vendor names no other
_HEAD = 12  # bytes that tell a file from bare samples
_FILES = (b"RIFF", b"ID3", b"OggS", b"fLaC", b"<!DOCTYPE", b"<html", b'{"error')


async def speak(
    config: SpeechConfig, *, text: str, voice: str = ""
) -> AsyncGenerator[bytes, None]:
    """Speech for `text`, in the given voice or the configured one, as it arrives.

    16-bit little-endian mono at `RATE`; every piece holds whole samples. ValueError for
    a text of more than `LONGEST` characters: the caller splits it, who knows where a
    sentence ends. Raises VendorError, also in the middle; of our own codes "empty" is an
    answer without a sound, "garbled" one that is no bare sound, "stalled" one that
    stopped coming. Closing the iterator, or cancelling who waits for it, ends the request
    at once.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters are too many to be spoken at once")
    begun = False
    for attempt in range(config.max_retries + 1):
        try:
            async with aclosing(_ask(config, text, voice or config.voice)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
        except VendorError as error:
            pause = max(_PAUSE, error.retry_after or 0.0)
            hopeless = not error.retryable or pause > config.first_byte_timeout
            if begun or hopeless or attempt == config.max_retries:
                raise
            await asyncio.sleep(pause)
        else:
            return


async def _ask(
    config: SpeechConfig, text: str, voice: str
) -> AsyncGenerator[bytes, None]:
    with translated(config.vendor):
        speech = clients.for_speech(config).audio.speech.with_streaming_response
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(config.first_byte_timeout):
                response = await stack.enter_async_context(
                    speech.create(
                        model=config.model,
                        voice=voice,
                        input=text,
                        response_format="pcm",
                    )
                )
                chunks = response.iter_bytes()
                head = await _head(chunks)
            _check(config, response.headers.get("content-type", ""), head)
            odd = b""
            received: bytes | None = head
            while received is not None:
                piece = odd + received
                whole = len(piece) & ~1
                odd = piece[whole:]
                if whole:
                    yield piece[:whole]
                received = await _next(config, chunks)


async def _head(chunks: AsyncIterator[bytes]) -> bytes:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= _HEAD:
            break
    return head


async def _next(config: SpeechConfig, chunks: AsyncIterator[bytes]) -> bytes | None:
    try:
        async with asyncio.timeout(config.stall_timeout):
            return await anext(chunks, None)
    except TimeoutError as error:
        raise failure(
            "stalled",
            "The speech stopped in the middle.",
            vendor=config.vendor,
            retryable=True,
        ) from error


def _check(config: SpeechConfig, content_type: str, head: bytes) -> None:
    """Refuse what would be noise in a caller's ear."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    is_sound = kind.startswith("audio/") or kind in {"", "application/octet-stream"}
    if not is_sound or head.startswith(_FILES):
        raise failure(
            "garbled",
            f"What came is no bare sound ({kind[:50] or 'no type'}).",
            vendor=config.vendor,
            retryable=True,
        )
    if len(head) < 2:
        raise failure("empty", "No sound came.", vendor=config.vendor, retryable=True)
