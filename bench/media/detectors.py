"""What voice activity costs by itself, one track after the other and all at once: `python -m bench.media.detectors`.

No socket and no session. The sound is that of the calls, and each track is elsewhere in it; an argument says how many.
"""

import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

import numpy as np

from audio import activity, mulaw
from audio.together import Tracks
from bench.media.frames import MARKED, spoken

_ROUNDS: Final = 100
_ROUND: Final = mulaw.RATE // 10


def main(count: int) -> None:
    sound = spoken()
    heads = (head.to_bytes(MARKED) for head in sound.heads)
    frames = zip(heads, sound.rests, strict=True)
    loop = b"".join(head + rest for head, rest in frames)
    starts = np.random.default_rng(1).integers(0, len(loop), count).tolist()
    loop *= _ROUNDS * _ROUND // len(loop) + 2
    alone = [activity.Detector() for _ in starts]
    tracks = Tracks()
    together = [tracks.join() for _ in starts]
    costs: tuple[list[float], list[float]] = ([], [])
    for number in range(_ROUNDS):
        begins = [start + number * _ROUND for start in starts]
        sounds = [loop[begin : begin + _ROUND] for begin in begins]
        one = _timed(lambda: _one_by_one(alone, sounds), costs[0])  # noqa: B023
        all_ = _timed(lambda: tracks.feed(together, sounds), costs[1])  # noqa: B023
        if one != all_:
            sys.exit("They did not hear the same.")
    frame = count * _ROUND / mulaw.FRAME / 1e6
    for name, cost in zip(("one by one", "all at once"), costs, strict=True):
        print(  # noqa: T201
            f"{name}: {median(cost) / frame:.2f} µs a frame, at least {min(cost) / frame:.2f}"
        )


def _one_by_one(
    detectors: Sequence[activity.Detector], sounds: Sequence[bytes]
) -> dict[int, list[activity.Event]]:
    told = (
        detector.feed_mulaw(sound)
        for detector, sound in zip(detectors, sounds, strict=True)
    )
    return {number: events for number, events in enumerate(told) if events}


def _timed(
    work: Callable[[], dict[int, list[activity.Event]]], costs: list[float]
) -> dict[int, list[activity.Event]]:
    begun = time.thread_time()
    found = work()
    costs.append(time.thread_time() - begun)
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 80)
