"""The detectors of voices that are compared: ours, two simple ones, and those of others."""

import json
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio import activity
from audio.intervals import Interval, at_least, close_gaps
from bench.machine import ROOT

Samples = NDArray[np.int16]
Find = Callable[[Samples], list[Interval]]

_PINS: Final = ROOT / "requirements" / "bench.txt"
_HOME: Final = ROOT / "var" / "bench-voices"
# With what it was made.
_MARK: Final = _HOME / "pins"
_HOP: Final = 80
_FIXED: Final = 32768**2 * 10 ** (-45 / 10)
_ABOVE: Final = 10**0.6
_REMEMBERED: Final = 400  # hops
OTHERS: Final = {
    "webrtcvad": "WebRTC's, mode 3",
    "silero": "Silero, ONNX",
    "librosa": "librosa's split, 30 dB",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """The speech in each channel of a recording, and what it took."""

    voices: list[list[Interval]]
    cpu: float


def ours(samples: Samples) -> list[Interval]:
    """As the product has it."""
    return activity.segments([samples])


def fixed(samples: Samples) -> list[Interval]:
    """Whatever is louder than 45 dB below full scale."""
    return _tidy(_powers(samples) > _FIXED)


def adaptive(samples: Samples) -> list[Interval]:
    """Whatever is 6 dB above the quietest moment of the last four seconds."""
    powers = _powers(samples)
    padded = np.concatenate([np.full(_REMEMBERED - 1, np.inf), powers])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _REMEMBERED)
    return _tidy(powers > windows.min(axis=1) * _ABOVE)


OWN: Final[dict[str, Find]] = {
    "ours": ours,
    "fixed threshold, -45 dB": fixed,
    "adaptive energy, 6 dB": adaptive,
}


def by_our_own(find: Find, recordings: Mapping[str, Samples]) -> dict[str, Heard]:
    """Each recording, (frames, channels), heard by one of ours."""
    found = {}
    for name, recording in recordings.items():
        columns = np.ascontiguousarray(recording.T)
        before = time.process_time()
        voices = [find(column) for column in columns]
        found[name] = Heard(voices, time.process_time() - before)
    return found


def by_another(method: str, files: Mapping[str, Path]) -> dict[str, Heard]:
    """Each file heard by another's, in its own environment. Raises `CalledProcessError`."""
    names = {str(file): name for name, file in files.items()}
    script = Path(__file__).with_name("others.py")
    done = subprocess.run(
        [str(_python()), str(script), method, *names],
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        names[file]: Heard(
            [_joined([Interval(*part) for part in parts]) for parts in told["voices"]],
            told["cpu"],
        )
        for file, told in json.loads(done.stdout).items()
    }


def install() -> None:
    """Make the others' environment, once. Raises `CalledProcessError` if it cannot be."""
    if is_installed():
        return
    sys.stdout.write("Installing the other detectors (once, some minutes) …\n")
    sys.stdout.flush()
    venv.create(_HOME, clear=True, with_pip=True)
    # Without what they depend on: the file has all of it but torch.
    options = ["--quiet", "--disable-pip-version-check", "--no-deps"]
    pinned = ["--require-hashes", "-r", str(_PINS)]
    subprocess.run(
        [str(_python()), "-m", "pip", "install", *options, *pinned],
        capture_output=True,
        text=True,
        check=True,
    )
    _MARK.write_text(_PINS.read_text())


def is_installed() -> bool:
    """Whether the others' environment is there, as it is pinned now."""
    return _MARK.exists() and _MARK.read_text() == _PINS.read_text()


def _python() -> Path:
    return _HOME / "bin" / "python"


def _powers(samples: Samples) -> NDArray[np.float64]:
    hops = samples[: samples.size // _HOP * _HOP].reshape(-1, _HOP).astype(np.float32)
    powers: NDArray[np.float64] = np.mean(hops**2, axis=1, dtype=np.float64)
    return powers


def _tidy(loud: NDArray[np.bool_]) -> list[Interval]:
    edges = np.flatnonzero(np.diff(loud.astype(np.int8), prepend=0, append=0)) / 100
    pairs = edges.reshape(-1, 2).tolist()
    return _joined([Interval(start, end) for start, end in pairs])


def _joined(parts: Sequence[Interval]) -> list[Interval]:
    """The same for all, as the measures are defined."""
    return at_least(close_gaps(parts, activity.JOINED_BELOW), activity.DROPPED_BELOW)
