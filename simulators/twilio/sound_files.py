"""Sound files that the product hands over, as 8 kHz µ-law; nothing is played here."""

import asyncio
import io

import numpy as np
import soundfile
import soxr

from audio import mulaw
from simulators.twilio.errors import ApplicationError
from simulators.twilio.webhooks import Answer, Postman


async def fetch(postman: Postman, url: str) -> bytes:
    """Get a sound; ApplicationError 11200 or 12400 when there is none."""
    answer = await postman.ask("GET", url, {})
    if answer.status >= 400:
        raise ApplicationError(11200, f"Got HTTP {answer.status} for a sound")
    return await decoded(answer)


async def decoded(answer: Answer) -> bytes:
    return await asyncio.to_thread(_decode, answer.body)


def _decode(body: bytes) -> bytes:
    try:
        samples, rate = soundfile.read(io.BytesIO(body), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ApplicationError(12400, "The sound file cannot be read") from error
    mono = samples.mean(axis=1).astype(np.int16)
    return mulaw.encode(soxr.resample(mono, rate, mulaw.RATE))
