"""`manage.py measure FILE.wav`: the measures of any recording, and its lanes as a picture; it stores nothing."""

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics import drawing, lanes, recorded
from analytics.metrics import Result, Thresholds
from audio import wav
from audio.intervals import Interval, union

_TIME: Final = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d*)?)")
_SECONDS: Final = frozenset(
    {"duration", "hold_time", "longest_hold", "dead_air_time", "longest_dead_air"}
    | {"overlap_time", "response_time_median", "response_time_p95"}
    | {"talk_time", "longest_monologue", "wait_time", "wrap_up_time", "handle_time"}
)


class Command(BaseCommand):
    """Prints figures, or JSON; needs neither a database nor settings."""

    help = (
        "Measure a recording: channel 1 is the caller, channel 2 the agent. A recording"
        " with one channel has no measures by speaker."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and what is known of its call."""
        parser.add_argument("file", metavar="FILE.wav", type=Path)
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--picture", metavar="FILE.svg", type=Path, help="draw the lanes there"
        )
        parser.add_argument(
            "--holds",
            metavar="FROM-TO,…",
            type=_stretches,
            help="when the caller was on hold, as 65-80.5 or 1:05-1:20.5; the sound"
            " cannot tell music from speech. '' for a call without a hold",
        )
        parser.add_argument(
            "--dead-air",
            metavar="SECONDS",
            type=_seconds,
            default=Thresholds().dead_air,
            help="from which length on a silence is dead air (%(default)s)",
        )
        parser.add_argument(
            "--caller",
            type=int,
            choices=(1, 2),
            default=1,
            help="the channel of the caller (%(default)s)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Measure, print, draw."""
        file, picture = options["file"], options["picture"]
        if picture and picture.suffix.lower() != ".svg":
            raise CommandError(f"A picture is drawn as SVG; {picture} is not named so.")
        result = _measured(file, options)
        if picture:
            _draw(picture, result, file.name)
        if options["json"]:
            whole = {"file": file.name, "thresholds": result.thresholds_as_json()}
            text = json.dumps(whole | result.as_json(), indent=2)
        else:
            text = "\n".join(_lines(result))
        self.stdout.write(text)


def _measured(file: Path, options: dict[str, Any]) -> Result:
    if file.is_dir():
        raise CommandError(f"{file} is a folder.")
    if not file.exists():
        raise CommandError(f"There is no file {file}.")
    try:
        return recorded.measured(
            file,
            thresholds=Thresholds(dead_air=options["dead_air"]),
            holds=options["holds"],
            is_caller_second=options["caller"] == 2,
        )
    except wav.UnreadableError as error:
        raise CommandError(f"{file} cannot be measured: {_why(error)}") from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _why(error: wav.UnreadableError) -> str:
    match error:
        case wav.EmptyError():
            return "it holds no sound."
        case wav.CutShortError():
            return "it ends before the sound does that its header promises."
        case wav.OddSoundError():
            return f"{error} A call has one or two channels at 4 to 192 kHz."
        case _:
            return "it is not sound in a format that is known here."


def _draw(picture: Path, result: Result, title: str) -> None:
    drawn = lanes.picture(result.as_json())
    if drawn is None:
        raise CommandError("There is nothing to draw.")
    try:
        picture.write_text(drawing.svg(drawn, title), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{picture} cannot be written: {error.strerror}.") from error


def _lines(result: Result) -> Iterator[str]:
    figures = result.as_json()["figures"]
    width = max(map(len, figures)) + 2
    for name, value in figures.items():
        yield f"{name:<{width}}{_shown(name, value, result)}"
    yield ""
    limits = result.thresholds_as_json().items()
    yield "thresholds: " + ", ".join(f"{name} {value:g}" for name, value in limits)


def _shown(name: str, value: Any, result: Result) -> str:  # noqa: ANN401  any JSON value
    if value is None:
        return f"-  ({result.reasons[name]})" if name in result.reasons else "-"
    if isinstance(value, dict):
        parts = (f"{who} {_shown(name, each, result)}" for who, each in value.items())
        return ", ".join(parts)
    if name in _SECONDS:
        return f"{value:.3f} s"
    return f"{100 * value:.1f} %" if name == "talk_share" else f"{value:g}"


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no time: 65, 65.5 or 1:05.5")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _stretches(text: str) -> list[Interval]:
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        begin, dash, end = part.partition("-")
        if not dash or _seconds(begin) >= _seconds(end):
            raise ArgumentTypeError(f"{part!r} is no stretch of time: 65-80.5")
        found.append(Interval(_seconds(begin), _seconds(end)))
    return union(found)
