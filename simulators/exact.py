"""Words whose rendered samples came through whole; a near miss is damage, not a match."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from simulators import fingerprints
from simulators.bank import Bank, Entry, Hit, Span
from simulators.hearing import HeardWord
from simulators.tape import Tape

GARBLED: Final = "[…]"
_CONFIDENCE = 0.99
_DAMAGE_CONFIDENCE = 0.3
_PART = 0.25
# Resampling there and back moves a sample by a step of µ-law or two; that is no damage.
_ROUNDING = 0.12  # of the level
_LEAST_ROUNDING = 16.0
_TOUCHING = 320  # samples that neighbouring words may share
_PATIENCE = 8000  # samples until damage is reported if no word explains it


@dataclass(slots=True, eq=False)
class _Follower:
    """The assumption that sample `offset + n` of the tape is sample n of the entry."""

    entry: Entry
    offset: int
    next: int
    hits: list[int] = field(default_factory=list)
    sure_until: int = 0

    @property
    def word(self) -> Span:
        return self.entry.words[self.next]

    def hit(self, kept: int) -> None:
        self.hits.append(kept)
        self.sure_until = kept

    def is_in_part(self) -> bool:
        """Whether a good part of the word is there, though not all of it."""
        start, end = self.word.start, self.word.end
        known = sum(start <= kept < end for kept in self.hits) * fingerprints.WINDOW
        return known >= (end - start) * _PART


class _Damage(NamedTuple):
    end: int
    start: int
    what: tuple[int, int]


class ExactEar:
    """Follows, on one tape, every entry of the bank that the tape may be playing."""

    def __init__(self, bank: Bank, tape: Tape) -> None:
        """Listen from the tape's present end."""
        self._bank = bank
        self._tape = tape
        self._searched = tape.end
        self._followers: dict[tuple[int, int], _Follower] = {}
        self._damaged: list[_Damage] = []
        self._heard_until = tape.end
        self._cut: list[int] = []

    def advance(self) -> tuple[list[HeardWord], list[int]]:
        """Words completed by what the tape got, and where 10 ms of the bank began."""
        hits = self._search()
        for hit in hits:
            if hit.entry.is_speech:
                self._follow(hit)
        words: list[HeardWord] = []
        for start, end, text in sorted(self._completed()):
            words += self._accept(start, end, text)
        words += self._give_up(self._tape.end - _PATIENCE)
        return words, [hit.heard for hit in hits]

    def flush(self) -> list[HeardWord]:
        """What is left when nothing more will come."""
        for follower in self._followers.values():
            self._has_stopped(follower)
        return self._give_up(self._tape.end)

    def cut(self) -> list[int]:
        """Where 10 ms began of words that were cut short, since this was last asked."""
        cut, self._cut = self._cut, []
        return cut

    def _search(self) -> list[Hit]:
        tape = self._tape
        begin = self._searched
        self._searched = max(begin, tape.end - fingerprints.WINDOW + 1)
        codes = tape.view(begin, tape.end)
        if not (codes != fingerprints.SILENT).any():
            return []
        return [
            Hit(begin + hit.heard, hit.entry, hit.kept)
            for hit in self._bank.find(codes)
        ]

    def _follow(self, hit: Hit) -> None:
        key = (hit.entry.number, hit.heard - hit.kept)
        follower = self._followers.get(key)
        if follower is None:
            follower = self._begin(hit)
            if follower is None:
                return
            self._followers[key] = follower
        follower.hit(hit.kept)

    def _begin(self, hit: Hit) -> _Follower | None:
        words = hit.entry.words
        place = next((i for i, w in enumerate(words) if w.end > hit.kept), None)
        if place is None:
            return None
        follower = _Follower(hit.entry, hit.heard - hit.kept, place)
        # A word may be too quiet to be found by itself, but not to be verified.
        while follower.next > 0:
            follower.next -= 1
            if not self._is_new(follower) or self._first_wrong(follower) is not None:
                follower.next += 1
                break
        return follower

    def _is_new(self, follower: _Follower) -> bool:
        start = follower.offset + follower.word.start
        return start >= max(self._tape.start, self._heard_until - _TOUCHING)

    def _first_wrong(self, follower: _Follower) -> int | None:
        """The first sample of the tape that is not the word's, None for a whole word."""
        word, offset = follower.word, follower.offset
        start = max(offset + word.start, self._tape.start)
        heard = self._tape.view(start, offset + word.end)
        kept = follower.entry.codes[start - offset : word.end]
        wrong = np.flatnonzero(heard != kept)
        if wrong.size and not _is_rounded(heard, kept):
            return start + int(wrong[0])
        return None if start == offset + word.start else start

    def _completed(self) -> list[tuple[int, int, str]]:
        whole: list[tuple[int, int, str]] = []
        for key, follower in list(self._followers.items()):
            while follower.offset + follower.word.end <= self._tape.end:
                whole += self._judge(follower)
                follower.next += 1
                if self._is_over(follower):
                    del self._followers[key]
                    break
        return whole

    def _is_over(self, follower: _Follower) -> bool:
        """At the end, or not heard since before the word that was just judged."""
        if follower.next == len(follower.entry.words):
            return True
        return follower.sure_until < follower.entry.words[follower.next - 1].start

    def _judge(self, follower: _Follower) -> list[tuple[int, int, str]]:
        start = follower.offset + follower.word.start
        end = follower.offset + follower.word.end
        wrong = self._first_wrong(follower)
        if wrong is None:
            follower.sure_until = follower.word.end
            return [(start, end, follower.word.text)]
        if not self._has_stopped(follower) and follower.is_in_part():
            self._note_damage(max(0, start), end, follower)
        return []

    def _has_stopped(self, follower: _Follower) -> bool:
        """Whether it was right until silence came: who stops in mid-word said less, not wrong."""
        word, offset = follower.word, follower.offset
        start = max(offset + word.start, self._tape.start)
        heard = self._tape.view(
            start, max(start, min(offset + word.end, self._tape.end))
        )
        loud = np.flatnonzero(heard != fingerprints.SILENT)
        until = int(loud[-1]) + 1 if loud.size else 0
        kept = follower.entry.codes[start - offset :][:until]
        if until == word.end - word.start or not _is_rounded(heard[:until], kept):
            return False
        self._cut += range(start, start + until, fingerprints.WINDOW)
        return True

    def _note_damage(self, start: int, end: int, follower: _Follower) -> None:
        what = (follower.entry.number, follower.next)
        for known in self._damaged:
            if known.what == what or _overlap(known, start, end) > (end - start) / 2:
                return
        self._damaged.append(_Damage(end, start, what))

    def _accept(self, start: int, end: int, text: str) -> list[HeardWord]:
        if start < self._heard_until - min(_TOUCHING, (end - start) // 2):
            return []
        self._damaged = [
            damage
            for damage in self._damaged
            if _overlap(damage, start, end) < (damage.end - damage.start) / 3
        ]
        damage = self._give_up(start + _TOUCHING)
        self._heard_until = end
        word = HeardWord(text, start / mulaw.RATE, end / mulaw.RATE, _CONFIDENCE)
        return [*damage, word]

    def _give_up(self, until: int) -> list[HeardWord]:
        """Report the damage that ended before that sample."""
        over = sorted(damage for damage in self._damaged if damage.end <= until)
        if not over:
            return []
        self._damaged = [damage for damage in self._damaged if damage.end > until]
        over = [d for d in over if d.end > self._heard_until]
        self._heard_until = max([self._heard_until, *(d.end for d in over)])
        return [
            HeardWord(
                GARBLED, d.start / mulaw.RATE, d.end / mulaw.RATE, _DAMAGE_CONFIDENCE
            )
            for d in over
        ]


def _overlap(damage: _Damage, start: int, end: int) -> int:
    return min(damage.end, end) - max(damage.start, start)


def _is_rounded(heard: NDArray[np.uint8], kept: NDArray[np.uint8]) -> bool:
    """Whether the difference is no more than noise in every 10 ms."""
    size = fingerprints.WINDOW
    padding = (0, -kept.size % size)
    ours = np.pad(mulaw.decode(kept.tobytes()).astype(np.float32), padding)
    theirs = np.pad(mulaw.decode(heard.tobytes()).astype(np.float32), padding)
    error = np.sqrt(np.square(theirs - ours).reshape(-1, size).mean(axis=1))
    level = np.sqrt(np.square(ours).reshape(-1, size).mean(axis=1))
    return bool((error <= _ROUNDING * level + _LEAST_ROUNDING).all())
