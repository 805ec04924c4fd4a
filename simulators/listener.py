"""One ear on one stream of µ-law: bytes in, words out, no clock and no network."""

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from audio.intervals import Interval
from simulators.bank import Bank
from simulators.exact import ExactEar
from simulators.guessing import guess
from simulators.hearing import HeardWord
from simulators.stretches import Stretches
from simulators.tape import Tape

_BITE = 8000
_HOP = 80
# Around what is known sample by sample, the rest of it is too plain to be found: the
# fading end of a word, the part of one that is damaged.
_REACH = 30  # hops
_SHORTEST = 25  # hops
_NEAR = 10  # hops
_ENOUGH = 4
_MARGIN = 800  # samples
_REMEMBERED = 8000  # hops, more than a tape has


class Listener:
    """Give it every byte of one channel in order; each word comes back once.

    Words that came through whole are told at once, others when the speech pauses.
    """

    def __init__(self, bank: Bank) -> None:
        """Listen for what is in the bank, now or later."""
        self._bank = bank
        self._tape = Tape()
        self._exact = ExactEar(bank, self._tape)
        self._stretches = Stretches(self._tape)
        self._known_hops: set[int] = set()

    def feed(self, data: bytes) -> list[HeardWord]:
        """The words that these bytes bring to an end."""
        heard: list[HeardWord] = []
        for start in range(0, len(data), _BITE):
            bite = data[start : start + _BITE]
            self._tape.append(bite)
            words, hits = self._exact.advance()
            heard += words
            self._known_hops.update(hit // _HOP for hit in (*hits, *self._exact.cut()))
            for word in words:
                self._known_hops.update(_hops(word))
            if len(self._known_hops) > _REMEMBERED:
                self._forget(self._tape.start // _HOP)
            for stretch in self._stretches.feed(bite):
                heard += self._guess(stretch)
        return heard

    def flush(self) -> list[HeardWord]:
        """What can still be said when nothing more will come."""
        heard = self._exact.flush()
        self._known_hops.update(hit // _HOP for hit in self._exact.cut())
        for stretch in self._stretches.flush():
            heard += self._guess(stretch)
        return heard

    def _guess(self, stretch: Interval) -> list[HeardWord]:
        """Words for those parts of the stretch of which no sample is known."""
        first = int(stretch.start * mulaw.RATE) // _HOP
        last = -(-int(stretch.end * mulaw.RATE) // _HOP)
        known = self._known(first, last)
        self._forget(last - 2 * _REACH)
        heard: list[HeardWord] = []
        edges = np.flatnonzero(np.diff(known, prepend=True, append=True))
        for start, end in edges.reshape(-1, 2).tolist():
            if end - start >= _SHORTEST:
                heard += self._guess_samples(
                    (first + start) * _HOP, (first + end) * _HOP
                )
        return heard

    def _forget(self, before: int) -> None:
        self._known_hops = {hop for hop in self._known_hops if hop >= before}

    def _known(self, first: int, last: int) -> NDArray[np.bool_]:
        """Of those hops, the ones that the exact ear has taken care of."""
        begin = first - 2 * _REACH
        hits = np.zeros(last - first + 4 * _REACH, np.int64)
        places = np.fromiter(self._known_hops, np.int64) - begin
        hits[places[(places >= 0) & (places < hits.size)]] = 1
        near = np.convolve(hits, np.ones(2 * _NEAR + 1, np.int64), "same")
        hits[near < _ENOUGH] = 0  # by chance
        reached = np.convolve(hits, np.ones(2 * _REACH + 1, np.int64), "same") > 0
        return reached[2 * _REACH : 2 * _REACH + last - first]

    def _guess_samples(self, start: int, end: int) -> list[HeardWord]:
        start = max(self._tape.start, start - _MARGIN)
        end = min(self._tape.end, end + _MARGIN)
        return guess(self._bank, self._tape.view(start, end), start / mulaw.RATE)


def _hops(word: HeardWord) -> range:
    per_second = mulaw.RATE // _HOP
    return range(int(word.start * per_second), int(word.end * per_second) + 1)
