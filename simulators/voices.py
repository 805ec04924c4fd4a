"""Text to telephone speech with the time of every word; recognises nothing.

The same text, voice and language always give the same bytes, and whatever is rendered
is known to the recogniser's bank.
"""

import re
import threading
import zlib
from collections import OrderedDict
from itertools import pairwise
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from audio import mulaw
from simulators import espeak, recogniser
from simulators.espeak import Mark, Speaker
from simulators.music import beep, cough, hold_music, keys, ringback
from simulators.speech import Speech, SpokenWord, display_words

__all__ = [
    "Speech",
    "SpokenWord",
    "beep",
    "cough",
    "hold_music",
    "keys",
    "render",
    "ringback",
]

# Only variants that sound the same each time: f2, f3, f5, Alicia and Reed do not, they
# read memory that nobody has written.
SPEAKERS: Final = {
    "caller": Speaker("f4", speed=165, pitch=52),
    "caller2": Speaker("m3", speed=170, pitch=42),
    "agent": Speaker("Annie", speed=160, pitch=44),
    "agent2": Speaker("Michael", speed=160, pitch=50),
    "system": Speaker("f1", speed=155, pitch=48, intonation=35),
    "alloy": Speaker("f1", speed=168, pitch=36),
    "ash": Speaker("m1", speed=165, pitch=55),
    "ballad": Speaker("m7", speed=155, pitch=60),
    "coral": Speaker("belinda", speed=172, pitch=44),
    "echo": Speaker("m3", speed=160, pitch=58),
    "fable": Speaker("Alex", speed=162, pitch=66),
    "nova": Speaker("Andrea", speed=158, pitch=44),
    "onyx": Speaker("Lee", speed=158, pitch=32),
    "sage": Speaker("steph", speed=162, pitch=50),
    "shimmer": Speaker("linda", speed=168, pitch=60),
    "verse": Speaker("Michael", speed=172, pitch=66),
    "marin": Speaker("Annie", speed=168, pitch=60),
    "cedar": Speaker("m7", speed=165, pitch=40),
}
_OTHERS = tuple(SPEAKERS.values())

# espeak-ng's own names where they are not the code that the rest of the world uses.
_LANGUAGES = {
    "en": "en-us",
    "en-gb": "en",
    "es-mx": "es-419",
    "pt-br": "pt-br",
    "zh": "cmn",
}

_LEVEL = 10 ** (-20 / 20)  # RMS of the voiced part, full scale = 1
_PEAK = 0.95
_AUDIBLE = 10 ** (-48 / 20)
_CACHED = 512

_lock = threading.Lock()
_cache: OrderedDict[tuple[str, str, str], Speech] = OrderedDict()


def render(text: str, *, voice: str = "caller", language: str = "en") -> Speech:
    """The text said by that voice; a voice nobody knows gets a speaker of its own.

    Raises `ValueError` for a language that espeak-ng does not speak.
    """
    key = (text, voice, language)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
        speech = _render(text, voice, language)
        recogniser.bank.add(speech)
        _cache[key] = speech
        if len(_cache) > _CACHED:
            _cache.popitem(last=False)
        return speech


def _render(text: str, voice: str, language: str) -> Speech:
    code = language.replace("_", "-").lower()
    utterance = espeak.say(
        text,
        language=_LANGUAGES.get(code, code.partition("-")[0]),
        speaker=SPEAKERS.get(voice) or _somebody(voice),
    )
    loud = _levelled(utterance.samples.astype(np.float64) / 32768)
    first, last = _audible(loud)
    if first == last:
        return Speech(text, voice, language, b"", np.zeros(0, np.int16), ())
    spoken = loud[first:last]
    marks = tuple(Mark(m.character, m.sample - first) for m in utterance.marks)
    return Speech(
        text,
        voice,
        language,
        _padded(mulaw.encode(_at(spoken, mulaw.RATE))),
        _at(spoken, 24000),
        _words(text, marks, spoken),
    )


def _somebody(voice: str) -> Speaker:
    number = zlib.crc32(voice.encode())
    like = _OTHERS[number % len(_OTHERS)]
    return Speaker(like.variant, like.speed, 35 + number // 64 % 40, like.intonation)


def _levelled(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    voiced = samples[np.abs(samples) > _AUDIBLE]
    if not voiced.size:
        return samples
    gain = _LEVEL / float(np.sqrt(np.mean(voiced**2)))
    return samples * min(gain, _PEAK / float(np.abs(samples).max()))


def _audible(samples: NDArray[np.float64]) -> tuple[int, int]:
    """The samples from the first to after the last that can be heard."""
    heard = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    return (int(heard[0]), int(heard[-1]) + 1) if heard.size else (0, 0)


def _spans(text: str) -> list[tuple[int, int]]:
    """First character and end of each displayed word, in the text."""
    spans: list[tuple[int, int]] = []
    tokens = re.finditer(r"\S+", text)
    for word in display_words(text):
        parts = [next(tokens) for _ in word.split()]
        spans.append((parts[0].start(), parts[-1].end()))
    return spans


def _word_at(spans: list[tuple[int, int]], character: int) -> int:
    for index, (_, end) in enumerate(spans):
        if character < end:
            return index
    return len(spans) - 1


def _words(
    text: str, marks: tuple[Mark, ...], samples: NDArray[np.float64]
) -> tuple[SpokenWord, ...]:
    """The words and their times from the first sample.

    espeak-ng marks no word that it runs into the one before ("of the"): those of one
    mark share its time by their letters. The pause after a word belongs to nobody.
    """
    names = display_words(text)
    begins = _marked_words(text, marks, samples.size)
    words: list[SpokenWord] = []
    for (index, begin), (after, end) in pairwise([*begins, (len(names), samples.size)]):
        lead, length = _audible(samples[begin:end])
        heard = (begin + lead, begin + length) if length else (begin, end)
        together = names[index:after]
        letters = np.cumsum([0, *map(len, together)])
        edges = np.interp(letters, (0, letters[-1]), heard) / espeak.RATE
        words += map(SpokenWord, together, edges[:-1].tolist(), edges[1:].tolist())
    return tuple(words)


def _marked_words(
    text: str, marks: tuple[Mark, ...], last: int
) -> list[tuple[int, int]]:
    """Number and first sample of the words that have a mark, in order; always of 0."""
    spans = _spans(text)
    found = [(0, 0)]
    for mark in marks:
        word = _word_at(spans, mark.character)
        if word > found[-1][0] and found[-1][1] < mark.sample < last:
            found.append((word, mark.sample))
    return found


def _at(samples: NDArray[np.float64], rate: int) -> NDArray[np.int16]:
    resampled: NDArray[np.float64] = soxr.resample(samples, espeak.RATE, rate)
    return (np.clip(resampled, -1, 1) * 32767).astype(np.int16)


def _padded(speech: bytes) -> bytes:
    return speech + mulaw.SILENCE * (-len(speech) % mulaw.FRAME)
