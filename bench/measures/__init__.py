"""How well dead air and the boundaries of speech are found, by us and by others, and what it takes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from analytics.metrics import AGENT, CALLER
from audio import mulaw
from audio.intervals import total
from bench.measures import calls, methods
from bench.measures.calls import Call, Line
from bench.measures.methods import Heard, Samples
from bench.measures.scores import Score
from bench.report import Report, Size
from bench.tables import Cell, Table
from conformance import sounds

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "measures"
DESCRIPTION: Final = (
    "dead air and boundaries of speech against the truth, and their cost"
)

_NOISES: Final = ("white", "pink", "rumble", "street")
_LINES: Final = (
    Line("clean"),
    *(Line(f"{ratio} dB", noise, ratio) for ratio in (28, 20, 10) for noise in _NOISES),
    Line("comfort noise", ratio=45, comfort=True),
    *(Line("no dead air", "pink", ratio, has_dead_air=False) for ratio in (28, 20, 10)),
    Line("voices behind, 20 dB", "babble", 20),
)
_BRIEF: Final = (Line("clean"),)
# Of each line so many calls if nothing else is measured, else one.
_SEEDS: Final = 2
_NO_VOICE: Final = "no voice"
_KINDS: Final = ("ringing", "keys", "music", "hiss")
_HOURS: Final = (1 / 6, 4)
_BRIEF_HOURS: Final = (1 / 6,)


@dataclass(slots=True)
class _Method:
    name: str
    heard: dict[str, Heard] = field(default_factory=dict)


def run(size: Size) -> Report:
    """Make the calls, have all listen to them, and compare."""
    report = Report()
    made = {
        f"{number}-{seed}": calls.made(line, seed)
        for number, line in enumerate(_BRIEF if size.brief else _LINES)
        for seed in range(_SEEDS if size.alone and not size.brief else 1)
    }
    recordings = {name: _decoded(call.codes) for name, call in made.items()}
    recordings |= {f"{_NO_VOICE}-{kind}": _alone(kind) for kind in _KINDS}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, f"{name}.wav") for name in recordings}
        for name, file in files.items():
            soundfile.write(file, recordings[name], mulaw.RATE, "ULAW", format="WAV")
        found = _heard_by_us(recordings)
        # They are many, and a brief run does not wait until they are installed.
        if methods.is_installed() or not size.brief:
            found += _heard_by_others(files, report)
        report.tables += [
            _accuracy(found, made),
            _no_voice(found, recordings),
            _cost(found, recordings),
            _long(
                Path(folder),
                recordings,
                _BRIEF_HOURS if size.brief else _HOURS,
                report,
            ),
        ]
        if len(found) == len(methods.OWN) and not report.missing:
            report.tables[0].notes.append("The others are installed by the long form.")
    return report


def _heard_by_us(recordings: Mapping[str, Samples]) -> list[_Method]:
    return [
        _Method(name, methods.by_our_own(find, recordings))
        for name, find in methods.OWN.items()
    ]


def _heard_by_others(files: Mapping[str, Path], report: Report) -> list[_Method]:
    found = []
    try:
        methods.install()
        for method, title in methods.OTHERS.items():
            found.append(_Method(title, methods.by_another(method, files)))
    except subprocess.CalledProcessError as error:
        report.missing.append(f"Another detector: {(error.stderr or '')[-300:]}")
    return found


def _accuracy(found: Iterable[_Method], made: Mapping[str, Call]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for line in dict.fromkeys(call.line.name for call in made.values()):
        mine = {name: call for name, call in made.items() if call.line.name == line}
        for method in found:
            score = Score()
            for name, call in mine.items():
                voices = method.heard[name].voices
                speech = dict(zip((CALLER, AGENT), voices, strict=True))
                score.add(call.truth, call.measured(speech))
            rows.append((f"{line}: {method.name}", len(mine), *_told(score)))
    columns = (
        "line: method",
        "calls",
        "F1",
        "boundary p50 ms",
        "p95 ms",
        "dead air s",
        "total error %",
        "invented s",
    )
    notes = [
        "F1: of silences of 3 s or more; dead air s: the truth. Noise at 28, 20 and 10 dB"
        " below the voices is white, pink, low and swelling by turns.",
    ]
    return Table("Dead air and the boundaries of speech", columns, rows, notes)


def _told(score: Score) -> tuple[Cell, ...]:
    return (
        None if score.f1 is None else f"{score.f1:.2f}",
        score.boundary(0.5),
        score.boundary(0.95),
        score.wanted_seconds,
        score.total_error,
        score.invented,
    )


def _no_voice(found: Iterable[_Method], recordings: Mapping[str, Samples]) -> Table:
    """How much of what is no voice is taken for one, in percent."""
    rows: list[tuple[Cell, ...]] = []
    for method in found:
        shares = []
        for kind in _KINDS:
            name = f"{_NO_VOICE}-{kind}"
            length = len(recordings[name]) / mulaw.RATE
            shares.append(100 * total(method.heard[name].voices[0]) / length)
        rows.append((method.name, *shares))
    notes = [
        "By sound alone. In the measures music never counts, for telephony tells of the"
        " hold; nor does what is heard before anybody is connected.",
    ]
    return Table("Taken for a voice, in percent", ("method", *_KINDS), rows, notes)


def _cost(found: Iterable[_Method], recordings: Mapping[str, Samples]) -> Table:
    hours = sum(map(len, recordings.values())) / mulaw.RATE / 3600
    rows: list[tuple[Cell, ...]] = [
        (method.name, f"{sum(each.cpu for each in method.heard.values()) / hours:.2f}")
        for method in found
    ]
    title = f"CPU seconds for an hour of stereo, over {hours:.2f} h"
    return Table(title, ("method", "CPU s"), rows)


def _long(
    folder: Path,
    recordings: Mapping[str, Samples],
    lengths: Iterable[float],
    report: Report,
) -> Table:
    """All of it from a file, for each of these lengths in hours."""
    rows: list[tuple[Cell, ...]] = []
    sound = np.concatenate(list(recordings.values()))
    for hours in lengths:
        file = folder / "long.wav"
        _write_long(file, sound, round(hours * 3600 * mulaw.RATE))
        done = subprocess.run(
            [sys.executable, "-m", "bench.measures.long", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            report.missing.append(f"{hours:.2f} h: {done.stderr[-300:]}")
            continue
        told = json.loads(done.stdout)
        per_hour = told["cpu"] / told["seconds"] * 3600
        cells = (f"{hours:.2f}", f"{told['cpu']:.2f}", f"{per_hour:.2f}")
        rows.append((*cells, told["mebibytes"]))
    columns = ("hours", "CPU s", "CPU s per hour", "peak MiB")
    notes = [
        "Read, decoded, listened to and measured; the peak is the whole process's."
    ]
    return Table("All measures of one file", columns, rows, notes)


def _write_long(file: Path, sound: Samples, frames: int) -> None:
    with soundfile.SoundFile(file, "w", mulaw.RATE, 2, "ULAW", format="WAV") as written:
        while frames > 0:
            written.write(sound[:frames])
            frames -= len(sound)


def _alone(kind: str) -> Samples:
    """Half a minute of it in one channel, and nothing in the other."""
    channel = sounds.Channel(30)
    match kind:
        case "ringing":
            channel.play(sounds.ringing(30), 0)
        case "keys":
            channel.play(sounds.keys("0123456789*#" * 12), 0)
        case "music":
            channel.play(sounds.hold_music(30), 0)
        case _:
            channel.add_noise("white", 30, 1)
    return _decoded(sounds.on_the_line((channel, sounds.Channel(30))))


def _decoded(codes: Any) -> Samples:  # noqa: ANN401
    return mulaw.decode(codes.tobytes()).reshape(codes.shape)
