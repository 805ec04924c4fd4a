"""All audio that the simulators made, findable by its bytes and by its sound."""

import threading
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from simulators import fingerprints, spectra
from simulators.likeness import Likeness
from simulators.speech import Speech

_FILTER_BITS = 22
_TONE = 3  # different codes in 10 ms of the plainest tone
_FILTER_SHIFT: Final = np.uint64(64 - _FILTER_BITS)


class Span(NamedTuple):
    """A word of an entry and its samples, from `start` up to `end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One piece of audio; without words it is music, a tone, no speech."""

    number: int
    codes: NDArray[np.uint8]
    words: tuple[Span, ...]
    is_speech: bool


class Hit(NamedTuple):
    """Sample `heard` of the query begins a window that begins at `kept` of an entry."""

    heard: int
    entry: Entry
    kept: int


class Bank:
    """Grows only. Rendering threads add while listeners search."""

    def __init__(self) -> None:
        """Begin empty."""
        self.entries: list[Entry] = []
        self.likeness = Likeness()
        self._known: set[bytes] = set()
        self._places: dict[int, tuple[tuple[Entry, int], ...]] = {}
        # Nearly every window of a query is nowhere: one look here spares the dict.
        self._filter = np.zeros(1 << _FILTER_BITS, np.bool_)
        self._lock = threading.Lock()

    def add(self, speech: Speech) -> None:
        """Know this speech from now on."""
        words = tuple(
            Span(
                word.text, round(word.start * mulaw.RATE), round(word.end * mulaw.RATE)
            )
            for word in speech.words
        )
        self._add(speech.mulaw, words, is_speech=True)

    def add_noise(self, sound: bytes) -> None:
        """Know this µ-law sound as something that is not speech."""
        self._add(sound, (), is_speech=False)

    def find(self, codes: NDArray[np.uint8]) -> list[Hit]:
        """Where 10 ms of the query, at any offset, are 10 ms of an entry, bit by bit."""
        numbers = fingerprints.of_every_offset(codes)
        if not numbers.size:
            return []
        maybe = np.flatnonzero(self._filter[numbers >> _FILTER_SHIFT])
        return [
            Hit(heard, entry, kept)
            for heard, number in zip(
                maybe.tolist(), numbers[maybe].tolist(), strict=True
            )
            for entry, kept in self._places.get(number, ())
        ]

    def _add(self, sound: bytes, words: tuple[Span, ...], *, is_speech: bool) -> None:
        codes = fingerprints.canonical(sound)
        key = blake2b(sound, digest_size=16).digest()
        with self._lock:
            if key in self._known:
                return
            self._known.add(key)
            entry = Entry(len(self.entries), codes, words, is_speech)
            self.entries.append(entry)
            self.likeness.add(spectra.of(mulaw.decode(sound)))
            self._index(entry)

    def _index(self, entry: Entry) -> None:
        different = fingerprints.VARIED if entry.is_speech else _TONE
        for place, number in fingerprints.of_whole_windows(entry.codes, different):
            others = self._places.get(number, ())
            # One place is enough to know a tone that repeats itself.
            if not others or entry.is_speech:
                self._places[number] = (*others, (entry, place))
            self._filter[number >> (64 - _FILTER_BITS)] = True
