"""Finds speech in the bank by its sound when codecs have changed its samples.

A coarse search over everything picks a few entries; a local alignment against those
(dynamic programming, tolerant to tempo) then finds the stretch that both share.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators import spectra
from simulators.spectra import SKETCH, Patches, Spectra

_STEP = 3
_CANDIDATES = 8
_PROMISING = 0.8
_PROMISE = 0.25
_INDIFFERENT = 0.78  # a likeness that neither lengthens an alignment nor ends it
_SILENCE_LIKENESS = 0.85  # of two silences: no proof, but no contradiction
_SKIP_COST = 0.04
_BARRIER = -1e6
# Rows, columns and likeness of the cells that an alignment goes through.
_Path = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]

_DIAGONAL, _KEPT_SKIPPED, _HEARD_SKIPPED, _BEGIN = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Spectrum `heard[k]` of the query sounds like spectrum `kept[k]` of the entry."""

    number: int
    heard: NDArray[np.int64]
    kept: NDArray[np.int64]
    likeness: NDArray[np.float32]

    @property
    def mean(self) -> float:
        """The mean likeness, 1 for the same sound."""
        return float(self.likeness.mean())


class Likeness:
    """The spectra of all entries, by number."""

    def __init__(self) -> None:
        """Begin empty."""
        self._spectra: list[Spectra] = []
        self._rows = np.zeros((1024, SKETCH), np.float32)
        self._starts: list[int] = [0]

    def add(self, sound: Spectra) -> None:
        """Know the next entry."""
        rows = spectra.sketches(spectra.patches(sound, _STEP))
        begin = self._starts[-1]
        end = begin + len(rows)
        while end > len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[begin:end] = rows
        # The spectra last: a search that runs meanwhile goes by their number.
        self._starts.append(end)
        self._spectra.append(sound)

    def align(self, query: Patches) -> list[Alignment]:
        """Stretches of the query that sound like a stretch of an entry, best first.

        At most one for an entry, and none from most.
        """
        numbers = self._candidates(spectra.sketches(query[::_STEP]))
        if not numbers:
            return []
        tables = [
            _table(query, spectra.patches(self._spectra[number])) for number in numbers
        ]
        found = [
            (score, Alignment(number, *path))
            for number, (score, path) in zip(numbers, _best_paths(tables), strict=True)
            if score > 0
        ]
        found.sort(key=lambda pair: -pair[0])
        return [alignment for _, alignment in found]

    def _candidates(self, query: Patches) -> list[int]:
        """The numbers of the entries with most that is like something in the query."""
        count = len(self._spectra)
        starts = np.array(self._starts[:count])
        ends = np.array(self._starts[1 : count + 1])
        filled = np.flatnonzero(ends > starts)
        if not filled.size or not len(query):
            return []
        like = query @ self._rows[: self._starts[count]].T
        best = np.maximum.reduceat(like, starts[filled], axis=1)
        promise = np.maximum(best - _PROMISING, 0).sum(axis=0)
        order = np.argsort(promise)[::-1][:_CANDIDATES]
        return [int(filled[place]) for place in order if promise[place] >= _PROMISE]


def _table(query: Patches, kept: Patches) -> NDArray[np.float32]:
    silent = np.outer(_is_silent(query), _is_silent(kept))
    table: NDArray[np.float32] = query @ kept.T + _SILENCE_LIKENESS * silent
    return table


def _is_silent(patches: Patches) -> NDArray[np.bool_]:
    return np.asarray(~patches.any(axis=1))


def _best_paths(tables: list[NDArray[np.float32]]) -> list[tuple[float, _Path]]:
    """Score and path of the best local alignment in each table."""
    barrier = np.full((len(tables[0]), 1), _BARRIER, np.float32)
    side_by_side = np.hstack([part for table in tables for part in (table, barrier)])
    scores, moves = _scores(side_by_side - np.float32(_INDIFFERENT))
    found: list[tuple[float, _Path]] = []
    start = 0
    for table in tables:
        inside = slice(start, start + table.shape[1])
        best = scores[:, inside]
        row, column = divmod(int(best.argmax()), table.shape[1])
        path = _trace(moves[:, inside], row, column)
        found.append((float(best[row, column]), (*path, table[path])))
        start = inside.stop + 1
    return found


def _trace(
    moves: NDArray[np.int8], row: int, column: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the alignment that ends there."""
    path = [(row, column)]
    while (move := moves[row, column]) != _BEGIN:
        row -= 2 if move == _HEARD_SKIPPED else 1
        column -= 2 if move == _KEPT_SKIPPED else 1
        path.append((row, column))
    rows, columns = np.array(path[::-1]).T
    return rows, columns


def _scores(
    gain: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """The best score of an alignment that ends in each cell, and its last move."""
    height, width = gain.shape
    scores = np.zeros((height + 2, width + 2), np.float32)
    moves = np.zeros((height, width), np.int8)
    options = np.zeros((4, width), np.float32)
    everywhere = np.arange(width)
    for row in range(height):
        options[_DIAGONAL] = scores[row + 1, 1:-1]
        options[_KEPT_SKIPPED] = scores[row + 1, :-2] - _SKIP_COST
        options[_HEARD_SKIPPED] = scores[row, 1:-1] - _SKIP_COST
        best = options.argmax(axis=0)
        reached = options[best, everywhere]
        best[reached <= 0] = _BEGIN
        moves[row] = best
        np.maximum(gain[row] + np.maximum(reached, 0), 0, out=scores[row + 2, 2:])
    return scores[2:, 2:], moves
