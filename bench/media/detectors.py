"""What voice activity costs by itself, one track after the other and all at once: `python -m bench.media.detectors`.

No socket and no session. The sound is that of the calls, and each track is elsewhere in it; an argument says how many.
"""

import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import activity, mulaw
from bench.media.frames import MARKED, spoken

_ROUNDS: Final = 100
_ROUND: Final = mulaw.RATE // 10

Samples = NDArray[np.int16]


def main(tracks: int) -> None:
    sound = spoken()
    heads = (head.to_bytes(MARKED) for head in sound.heads)
    frames = zip(heads, sound.rests, strict=True)
    loop = mulaw.decode(b"".join(head + rest for head, rest in frames))
    starts = np.random.default_rng(1).integers(0, loop.size, tracks)
    alone = [activity.Detector() for _ in starts]
    together = [activity.Detector() for _ in starts]
    costs: tuple[list[float], list[float]] = ([], [])
    for number in range(_ROUNDS):
        portions = [
            loop.take(range(start, start + _ROUND), mode="wrap")
            for start in starts + number * _ROUND
        ]
        one = _timed(lambda: _one_by_one(alone, portions), costs[0])  # noqa: B023
        all_ = _timed(
            lambda: activity.feed_together(together, portions),  # noqa: B023
            costs[1],
        )
        if one != all_:
            sys.exit("They did not hear the same.")
    frame = tracks * _ROUND / mulaw.FRAME / 1e6
    for name, cost in zip(("one by one", "all at once"), costs, strict=True):
        print(  # noqa: T201
            f"{name}: {median(cost) / frame:.2f} µs a frame, at least {min(cost) / frame:.2f}"
        )


def _one_by_one(
    detectors: Sequence[activity.Detector], portions: Sequence[Samples]
) -> list[list[activity.Event]]:
    pairs = zip(detectors, portions, strict=True)
    return [detector.feed(samples) for detector, samples in pairs]


def _timed(
    work: Callable[[], list[list[activity.Event]]], costs: list[float]
) -> list[list[activity.Event]]:
    begun = time.thread_time()
    found = work()
    costs.append(time.thread_time() - begun)
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 80)
