"""Text to speech, as a stream; what it is played through is not known here."""

from collections.abc import AsyncIterator

from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.failures import translated

# 100 ms of 16-bit samples at 24 kHz.
_PIECE = 4800


async def speak(config: OpenAIConfig, *, text: str) -> AsyncIterator[bytes]:
    """Speech for `text`, which has at most 4,096 characters. Raises VendorError.

    16-bit little-endian mono at 24 kHz; every piece holds whole samples.
    """
    odd = b""
    with translated():
        request = clients.for_this_loop(config).audio.speech.with_streaming_response
        async with request.create(
            model=config.speech_model,
            voice=config.voice,
            input=text,
            response_format="pcm",
        ) as response:
            async for received in response.iter_bytes(_PIECE):
                piece = odd + received
                whole = len(piece) & ~1
                odd = piece[whole:]
                if whole:
                    yield piece[:whole]
