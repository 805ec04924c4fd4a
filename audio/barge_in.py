"""Whether a caller speaks against us while we speak; what is done then is not known here.

Somebody who coughs or says "mhm" does not want the word; somebody who goes on does. And
what the line brings while we speak may be ourselves: only what our own voice does not
explain counts.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audio import mulaw
from audio.echo import EchoGuard, Residue
from audio.levels import HOPS_PER_SECOND, MulawLevels, Powers
from audio.presence import Presence

_HOP = mulaw.RATE // HOPS_PER_SECOND
# A pause within a word or between two: hops that count if speech is on both sides.
_BRIDGED = 20
# Of the time that counts so much is sound and no bridge.
_DENSE = 0.55
# Times the echo's power, that what it does not explain must have: -3 dB.
_BESIDE_ECHO = 0.5
# Of the loud time, that an echo must explain for the whole to be one.
_MOSTLY = 0.7
# A sound whose power stays within 3 dB is no voice.
_LIVELY = 10**0.3
# The guard is asked every 60 ms at most, for an answer takes a millisecond.
_EVERY = 6
# Times the caller's greatest power, what may be left of an echo: -18 dB.
_REMNANT = 10**-1.8
# Hops for which an echo lasts, and over which powers are smoothed.
_LASTING = 10
_SMOOTH = np.ones(5) / 5


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller began to speak against us at that second of the track, and goes on.

    What is left of an echo can make it seem to be up to a second sooner.
    """

    at: float


class BargeIn:
    """The line's track in, interruptions out, once for every time that we speak.

    Seconds are those of the line's track. An interruption is `voiced` seconds of speech
    within the last `within`, while we speak.
    """

    def __init__(self, *, voiced: float = 0.48, within: float = 1.0) -> None:
        """Begin a call."""
        self._needed = round(voiced * HOPS_PER_SECOND)
        self._guard = EchoGuard()
        self._levels = MulawLevels()
        self._presence = Presence()
        self._waiting = b""
        self._hops = 0
        self._active: deque[bool] = deque(maxlen=round(within * HOPS_PER_SECOND))
        self._playing = (0, 0)
        self._told = False
        self._next = 0

    def played(self, track: bytes, at: float) -> None:
        """µ-law that begins to sound for the caller at that second of the line's track.

        Told before the line's track has come so far; what follows at once is one speech.
        """
        place = round(at * mulaw.RATE)
        self._guard.played(track, place)
        begin, end = self._playing
        if place > end or begin == end:
            begin, self._told = place, False
        self._playing = (begin, place + len(track))

    def cleared(self, at: float) -> None:
        """What was to sound after that second will not."""
        self.played(b"", at)
        self._playing = (0, 0)

    def feed(self, frame: bytes) -> list[Interrupted]:
        """Take the next bytes of the line's track; whole frames of 20 ms are the quickest."""
        track = self._waiting + frame
        whole = len(track) // mulaw.FRAME * mulaw.FRAME
        self._waiting = track[whole:]
        found: list[Interrupted] = []
        for start in range(0, whole, mulaw.FRAME):
            piece = track[start : start + mulaw.FRAME]
            self._guard.heard(piece, self._hops * _HOP)
            for hop in self._levels.feed(piece):
                found += self._step(*hop)
        return found

    def explains(self, start: float, end: float) -> bool:
        """Whether what the line brought in this stretch is our own voice that came back.

        It is when of the time in which anything was loud enough to be a voice the echo
        explains most. Only of the last two seconds anything is known.
        """
        first = round(start * HOPS_PER_SECOND)
        hops = min(round(end * HOPS_PER_SECOND), self._hops) - first
        if hops <= 0:
            return False
        residue = self._guard.residue(first * _HOP, hops)
        whole = _smooth(residue.echo + residue.unexplained)
        loud = (whole >= self._presence.stay).any(axis=1)
        ours = loud & ~_beside_echo(residue)
        return bool(loud.any() and ours.sum() > _MOSTLY * loud.sum())

    def _step(self, banded: float, emphasised: float) -> list[Interrupted]:
        self._presence.step(banded, emphasised)
        begin, end = self._playing
        playing = begin <= self._hops * _HOP < end
        self._hops += 1
        if not playing:
            self._active.clear()
            return []
        self._active.append(self._presence.active)
        # Within a frame the guard has heard its second half already.
        if self._told or self._hops < self._next or sum(self._active) < self._least:
            return []
        return self._judge()

    @property
    def _least(self) -> float:
        return self._needed * _DENSE

    def _judge(self) -> list[Interrupted]:
        active = np.array(self._active)
        if _bridged(active).sum() < self._needed:
            return []
        first = self._hops - active.size
        residue = self._guard.residue(first * _HOP, active.size)
        unexplained = _smooth(residue.unexplained)
        loud = (unexplained >= self._presence.stay).any(axis=1)
        counted = active & loud & _beside_echo(residue)
        voiced = int(_bridged(counted).sum())
        # Before what is missing can have been said there is nothing to ask.
        self._next = self._hops + max(_EVERY, self._needed - voiced - _BRIDGED)
        if counted.sum() < self._least or voiced < self._needed:
            return []
        if not _lively(unexplained[counted]):
            return []
        self._told = True
        return [
            Interrupted((first + _onset(counted, unexplained[:, 0])) / HOPS_PER_SECOND)
        ]


def _beside_echo(residue: Residue) -> NDArray[np.bool_]:
    """For each hop, whether what is there is more than our own voice leaves."""
    echo = _lasting(_smooth(residue.echo))
    unexplained = _smooth(residue.unexplained)
    beside: NDArray[np.bool_] = np.all(unexplained >= _BESIDE_ECHO * echo, axis=1)
    return beside


def _bridged(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With short gaps between what is active taken for active."""
    places = np.flatnonzero(active)
    bridged = active.copy()
    for gap in np.flatnonzero(np.diff(places) <= _BRIDGED + 1):
        bridged[places[gap] : places[gap + 1]] = True
    return bridged


def _onset(counted: NDArray[np.bool_], loudness: NDArray[np.float64]) -> int:
    """The first hop from which on speech is dense, and about as loud as all of it.

    Before it may be remnants of echo: a loud caller makes the fit of a weak one poor.
    """
    loud = counted & (loudness >= _REMNANT * loudness[counted].max())
    following = np.convolve(loud, np.ones(_BRIDGED))[_BRIDGED - 1 :]
    dense = loud & (following >= _BRIDGED / 2)
    return int((dense if dense.any() else loud).argmax())


def _lively(powers: Powers) -> bool:
    """Whether a band's power changes as a voice's does; at its edges every sound's does."""
    low, high = np.quantile(powers, (0.1, 0.9), axis=0)
    return bool((high >= low * _LIVELY).any())


def _lasting(powers: Powers) -> Powers:
    """The greatest of the last 100 ms: what a room adds to an echo comes after it."""
    padded = np.pad(powers, ((_LASTING - 1, 0), (0, 0)))
    lasting: Powers = sliding_window_view(padded, _LASTING, axis=0).max(axis=-1)
    return lasting


def _smooth(powers: Powers) -> Powers:
    return np.stack([np.convolve(band, _SMOOTH, "same") for band in powers.T], axis=1)
