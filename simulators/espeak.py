"""espeak-ng in this process: text to samples and the places of its words, no levels.

The library keeps the phase of its oscillators from one text to the next, so the same
text said twice differs. A fresh load for every text (a millisecond) makes rendering a
function of the text, and frees what the library would otherwise keep.
"""

import _ctypes
import atexit
import ctypes
import functools
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

RATE: Final = 22050

_SYNCHRONOUS = 2
_LONGEST_PATH = 120  # the library's room is 160, with the names below it
_POSITION_IN_CHARACTERS = 1
_UTF8 = 1
_SPEED = 1  # words a minute
_PITCH = 3  # 0..100
_INTONATION = 4  # 0..100

_END_OF_LIST = 0
_WORD = 1


class _Identity(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("phoneme", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_short),
    ctypes.c_int,
    ctypes.POINTER(_Event),
)


class VoiceMissingError(ValueError):
    """espeak-ng has no voice of that name."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """An espeak-ng variant and how it talks."""

    variant: str
    speed: int = 165
    pitch: int = 50
    intonation: int = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """A word began: its first character in the text, its first sample in the audio."""

    character: int
    sample: int


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """Mono samples at `RATE` and the marks in the order in which they sound."""

    samples: NDArray[np.int16]
    marks: tuple[Mark, ...]


_one_at_a_time = threading.Lock()


def say(text: str, *, language: str, speaker: Speaker) -> Utterance:
    """The text as speech. Raises `VoiceMissingError` for a language that is not there."""
    with _one_at_a_time, _library() as library:
        _choose(library, language, speaker)
        return _synthesise(library, text)


@contextmanager
def _library() -> Iterator[ctypes.CDLL]:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        library.espeak_Initialize(_SYNCHRONOUS, 0, _data_path(), 0)
        yield library
        library.espeak_Terminate()
    finally:
        _ctypes.dlclose(library._handle)


@functools.cache
def _data_path() -> bytes:
    """Where the voices lie, in few bytes: espeak-ng ends the process when it gets many."""
    path = Path(espeakng_loader.get_data_path())
    if len(os.fsencode(path)) > _LONGEST_PATH:
        folder = tempfile.mkdtemp(prefix="espeak-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        link = Path(folder, "voices")
        link.symlink_to(path)
        path = link
    return os.fsencode(path)


def _choose(library: ctypes.CDLL, language: str, speaker: Speaker) -> None:
    name = f"{language}+{speaker.variant}"
    if library.espeak_SetVoiceByName(name.encode()) != 0:
        raise VoiceMissingError(f"espeak-ng has no voice {name!r}")
    library.espeak_SetParameter(_SPEED, speaker.speed, 0)
    library.espeak_SetParameter(_PITCH, speaker.pitch, 0)
    library.espeak_SetParameter(_INTONATION, speaker.intonation, 0)


def _synthesise(library: ctypes.CDLL, text: str) -> Utterance:
    blocks: list[NDArray[np.int16]] = []
    marks: list[Mark] = []

    def collect(
        samples: "ctypes._Pointer[ctypes.c_short]",
        count: int,
        events: "ctypes._Pointer[_Event]",
    ) -> int:
        if samples and count > 0:
            blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        place = 0
        while (event := events[place]).type != _END_OF_LIST:
            if event.type == _WORD:
                marks.append(Mark(event.text_position - 1, event.sample))
            place += 1
        return 0

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    data = text.encode()
    library.espeak_Synth(
        data, len(data) + 1, 0, _POSITION_IN_CHARACTERS, 0, _UTF8, None, None
    )
    silence = np.zeros(0, np.int16)
    return Utterance(np.concatenate([silence, *blocks]), tuple(marks))
