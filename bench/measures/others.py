"""Other detectors of voices, run in an environment of their own; nothing of ours is in here.

python others.py METHOD FILE… prints JSON: by file the CPU seconds, and the speech of
each channel as [start, end] pairs.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

RATE = 8000
Samples = Any
Parts = list[tuple[float, float]]


def webrtc() -> Callable[[Samples], Parts]:
    """WebRTC's, at its strictest, in frames of 10 ms."""
    import webrtcvad

    size = RATE // 100

    def find(samples: Samples) -> Parts:
        detector = webrtcvad.Vad(3)
        data = samples.tobytes()
        frames = range(0, len(samples) - size + 1, size)
        flags = [
            detector.is_speech(data[2 * start : 2 * (start + size)], RATE)
            for start in frames
        ]
        return _runs(flags, size / RATE)

    return find


def silero() -> Callable[[Samples], Parts]:
    """Silero's network in windows of 32 ms, with the thresholds that it is published with."""
    import onnxruntime

    # The package itself cannot be imported without torch; the network is a file in it.
    folder = Path(str(distribution("silero-vad").locate_file("silero_vad")))
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "data" / "silero_vad.onnx"), options, ["CPUExecutionProvider"]
    )
    size, context = 256, 32
    rate = np.array(RATE, np.int64)

    def find(samples: Samples) -> Parts:
        floats = samples.astype(np.float32) / 32768
        state = np.zeros((2, 1, 128), np.float32)
        before = np.zeros(context, np.float32)
        flags, speaking = [], False
        for start in range(0, len(floats) - size + 1, size):
            window = floats[start : start + size]
            fed = np.concatenate([before, window])[np.newaxis]
            likely, state = session.run(
                None, {"input": fed, "state": state, "sr": rate}
            )
            before = window[-context:]
            speaking = likely[0, 0] >= (0.35 if speaking else 0.5)
            flags.append(speaking)
        return _runs(flags, size / RATE)

    return find


def librosa() -> Callable[[Samples], Parts]:
    """librosa's split: 30 dB below the loudest is silence."""
    from librosa import effects

    def find(samples: Samples) -> Parts:
        floats = samples.astype(np.float32) / 32768
        if not floats.any():
            return []
        parts = effects.split(floats, top_db=30, frame_length=256, hop_length=80)
        return [(float(start) / RATE, float(end) / RATE) for start, end in parts]

    return find


METHODS = {"webrtcvad": webrtc, "silero": silero, "librosa": librosa}


def main() -> None:
    method, *files = sys.argv[1:]
    find = METHODS[method]()
    # What is loaded, or compiled, at the first use does not count.
    find((np.random.default_rng(1).standard_normal(2 * RATE) * 900).astype(np.int16))
    told = {}
    for file in files:
        columns = np.ascontiguousarray(_read(file).T)
        before = time.process_time()
        voices = [find(column) for column in columns]
        told[file] = {"cpu": time.process_time() - before, "voices": voices}
    json.dump(told, sys.stdout)


def _read(file: str) -> Samples:
    return soundfile.read(file, dtype="int16", always_2d=True)[0]


def _runs(flags: list[bool], seconds: float) -> Parts:
    return list(_stretches(flags, seconds))


def _stretches(flags: list[bool], seconds: float) -> Iterator[tuple[float, float]]:
    at = 0
    for is_speech, group in groupby(flags):
        length = len(list(group))
        if is_speech:
            yield at * seconds, (at + length) * seconds
        at += length


if __name__ == "__main__":
    main()
