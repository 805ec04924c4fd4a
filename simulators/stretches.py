"""Which stretches of a stream hold speech, each once when it is over; not whose."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import mulaw
from audio.activity import Detector, SpeechStarted
from audio.intervals import Interval
from simulators.tape import Tape

_JOINED_BELOW: Final = 0.3
_LONGEST = 8.0
_CUT_WITHIN = 2.0


class Stretches:
    """Speech with pauses under 0.3 s in it, cut at a quiet place after 8 s at most."""

    def __init__(self, tape: Tape) -> None:
        """Follow the tape from its beginning."""
        self._tape = tape
        self._detector = Detector(mulaw.RATE)
        self._start: float | None = None
        self._stop: float | None = None

    def feed(self, data: bytes) -> list[Interval]:
        """The stretches that these bytes, already on the tape, bring to an end."""
        over: list[Interval] = []
        for event in self._detector.feed(mulaw.decode(data)):
            if isinstance(event, SpeechStarted):
                over += self._begin(event.at)
            else:
                self._stop = event.at
        now = self._tape.end / mulaw.RATE
        over += self._shorten(now)
        # An onset is known late and dated back: a pause needs some time to be sure.
        if self._stop is not None and now - self._stop > _JOINED_BELOW + 0.3:
            over += self._close()
        return over

    def flush(self) -> list[Interval]:
        """What is open when nothing more will come."""
        for event in self._detector.finish():
            self._stop = event.at
        return self._close()

    def _begin(self, at: float) -> list[Interval]:
        if self._stop is not None and at - self._stop < _JOINED_BELOW:
            self._stop = None
            return []
        over = self._close()
        self._start, self._stop = at, None
        return over

    def _close(self) -> list[Interval]:
        start, stop = self._start, self._stop
        self._start = self._stop = None
        if start is None or stop is None or stop <= start:
            return []
        return [Interval(start, stop)]

    def _shorten(self, now: float) -> list[Interval]:
        over: list[Interval] = []
        while self._start is not None and now - self._start > _LONGEST:
            if self._stop is not None and self._stop - self._start < _LONGEST:
                break
            cut = self._quietest(self._start + _LONGEST)
            over.append(Interval(self._start, cut))
            self._start = cut
        return over

    def _quietest(self, before: float) -> float:
        """The middle of the quietest 50 ms in the two seconds before that moment."""
        end = round(before * mulaw.RATE)
        start = end - round(_CUT_WITHIN * mulaw.RATE)
        samples = mulaw.decode(self._tape.view(start, end).tobytes())
        power = _mean_power(samples, 400)
        return (start + int(power.argmin()) * 400 + 200) / mulaw.RATE


def _mean_power(samples: NDArray[np.int16], size: int) -> NDArray[np.float32]:
    whole = samples[: samples.size // size * size].astype(np.float32)
    power: NDArray[np.float32] = np.square(whole.reshape(-1, size)).mean(axis=1)
    return power
