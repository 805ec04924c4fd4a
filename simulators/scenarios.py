"""Scripts of telephone calls as data, read and checked; not how they are played."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeVar, get_args

import yaml

Speaker = Literal["caller", "agent"]
SPEAKERS: Final[tuple[Speaker, ...]] = get_args(Speaker)
FOLDER: Final = Path(__file__).parent / "scripts"
# Callers who mostly talk to nobody, and people who only pick up; each in its own folder.
ALONE: Final = "alone"
CALLED: Final = "called"
# Callers who talk to a machine that talks.
ASSISTANT: Final = "assistant"
BEEP: Final = "beep"
HUSH: Final = 0.8  # seconds of silence after which somebody's turn has ended
SOUNDS: Final = ("cough",)
SHORTEST_ECHO: Final = 0.02  # seconds
STRANGER: Final = "+15550199000"  # who plays a sound file, or lines of one's own


T = TypeVar("T")


class ScenarioError(Exception):
    """A script that cannot be played, with the place and the reason in words."""


class UnknownScenarioError(ScenarioError):
    """A name that no script has; the message lists the names there are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said. At most one of `interrupt` and `overlap` replaces `pause`."""

    speaker: Speaker
    text: str
    pause: float  # seconds after everything said so far has ended
    interrupt: float | None  # starts this long before that end
    overlap: float | None  # starts this long after the start of the line before
    announces: bool  # tells the caller that he will have to wait
    language: str
    aside: bool = False  # "mhm": takes no turn, the other side goes on


@dataclass(frozen=True, slots=True)
class Listen:
    """The caller lets a live agent speak, until so many seconds of silence after it."""

    silence: float
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Sound:
    """The caller makes a sound that is no word and takes no turn."""

    name: str
    pause: float
    overlap: float | None


@dataclass(frozen=True, slots=True)
class Hold:
    """The agent puts the caller on hold for so many seconds."""

    seconds: float
    pause: float


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses keys."""

    digits: str
    pause: float
    overlap: float | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """Somebody ends the call; always the last step."""

    by: Speaker
    pause: float


Step = Line | Listen | Sound | Hold | Press | HangUp


@dataclass(frozen=True, slots=True)
class Echo:
    """What the caller's telephone sends back of what it plays."""

    gain: float  # decibels, below zero
    delay: float  # seconds


@dataclass(frozen=True, slots=True)
class Caller:
    """Who rings: E.164 number, voice, and the seconds he waits to be connected."""

    number: str
    voice: str
    patience: float
    to: str | None = None  # the number that is dialled; None for the main one
    echo: Echo | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """What the caller does while nobody talks to her, from the beep or a moment after the answer."""

    begin: float | None  # seconds; None for the first beep
    steps: tuple[Step, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is said, in order."""
        return tuple(step for step in self.steps if isinstance(step, Line))


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole call: who rings and what is said and done, in order."""

    name: str
    title: str
    description: str
    language: str
    caller: Caller
    agent_voice: str
    answered: bool  # False: the simulated colleagues let it ring
    taken_after: float  # seconds before a colleague takes it, at the least
    nudge: str | None  # what the caller says when a live agent says nothing
    steps: tuple[Step, ...]
    alone: Alone | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is said, in order."""
        return tuple(step for step in self.steps if isinstance(step, Line))


def names(folder: Path = FOLDER) -> list[str]:
    """The names of all scripts, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def all_of(folder: Path = FOLDER) -> list["Scenario"]:
    """All scripts of that folder."""
    return [load(name, folder) for name in names(folder)]


def who_ring(folder: Path = FOLDER) -> list["Scenario"]:
    """All who ring people: also those who mostly talk to nobody."""
    return [*all_of(folder), *all_of(folder / ALONE)]


def everybody(folder: Path = FOLDER) -> list["Scenario"]:
    """All that can be rung with: also those who talk to an assistant."""
    return [*who_ring(folder), *all_of(folder / ASSISTANT)]


def load(name: str, folder: Path = FOLDER) -> Scenario:
    """The script of that name, in whichever folder of those who ring it lies.

    Raises UnknownScenarioError, or ScenarioError when the file cannot be played.
    """
    places = (folder, folder / ALONE, folder / ASSISTANT)
    for place in places:
        if name in names(place):
            return _load(place / f"{name}.yaml")
    known = sorted(name for place in places for name in names(place))
    raise UnknownScenarioError(
        f"There is no scenario {name!r}; there are: {', '.join(known)}"
    )


@cache
def _load(path: Path) -> Scenario:
    return parse(path.stem, path.read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Scenario:
    """Read one script; raises ScenarioError that names the place and the reason."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{name}: not YAML: {error}") from error
    return read(name, content)


def talk(
    steps: Sequence[object],
    *,
    language: str = "en",
    voice: str = "caller",
    echo: object = None,
) -> Scenario:
    """A caller with words of one's own: texts, or steps as in a script.

    Each waits until the other side has spoken; at the end the caller hangs up. Raises
    ScenarioError.
    """
    played: list[object] = []
    for step in steps:
        played += [
            {"listen": HUSH},
            {"caller": step} if isinstance(step, str) else step,
        ]
    if not (steps and isinstance(steps[-1], Mapping) and "hang_up" in steps[-1]):
        played += [{"listen": HUSH}, {"hang_up": "caller"}]
    return read(
        "lines",
        {
            "title": "Own words",
            "description": "A caller who says what was asked for.",
            "language": language,
            "caller": {"from": STRANGER, "voice": voice}
            | ({} if echo is None else {"echo": echo}),
            "agent": {"answers": False},
            "steps": played,
        },
    )


def read(name: str, content: object) -> Scenario:
    """A script as data; raises ScenarioError that names the place and the reason."""
    top = _Fields(name, content)
    caller = _Fields(f"{name}: caller", top.take("caller", dict))
    agent = _Fields(f"{name}: agent", top.take("agent", dict, {}))
    language = top.take("language", str, "en")
    scenario = Scenario(
        name=name,
        title=top.take("title", str),
        description=top.take("description", str).strip(),
        language=language,
        caller=Caller(
            number=caller.take("from", str),
            voice=caller.take("voice", str, "caller"),
            patience=caller.seconds("patience", 90.0),
            to=caller.take("to", str, "") or None,
            echo=_echo(f"{name}: caller: echo", caller),
        ),
        agent_voice=agent.take("voice", str, "agent"),
        answered=agent.flag("answers", default=True),
        taken_after=agent.seconds("after", 0.0),
        nudge=caller.take("nudge", str, "") or None,
        steps=_steps(name, top, language),
        alone=_alone(name, top, language),
    )
    for fields in (top, caller, agent):
        fields.finish()
    _check_order(scenario)
    return scenario


def _echo(place: str, caller: "_Fields") -> Echo | None:
    if "echo" not in caller.rest:
        return None
    fields = _Fields(place, caller.take("echo", dict))
    echo = Echo(fields.seconds("gain", -20.0), fields.seconds("delay", 180.0) / 1000)
    fields.finish()
    if echo.gain > 0 or echo.delay < SHORTEST_ECHO:
        raise ScenarioError(f"{place}: gain is in dB up to 0, delay in ms from 20")
    return echo


def _steps(place: str, fields: "_Fields", language: str) -> tuple[Step, ...]:
    return tuple(
        _step(_Fields(f"{place}: step {number}", step), language)
        for number, step in enumerate(fields.take("steps", list), 1)
    )


def _alone(name: str, top: "_Fields", language: str) -> Alone | None:
    if "alone" not in top.rest:
        return None
    fields = _Fields(f"{name}: alone", top.take("alone", dict))
    is_beep = fields.rest.get("begin") == BEEP
    begin = None if is_beep else fields.seconds("begin", 0.0)
    fields.rest.pop("begin", None)
    alone = Alone(begin, _steps(f"{name}: alone", fields, language))
    fields.finish()
    return alone


def _step(fields: "_Fields", language: str) -> Step:
    kind = next((kind for kind in _KINDS if kind in fields.rest), None)
    if kind is None:
        raise ScenarioError(f"{fields.place}: needs one of {', '.join(_KINDS)}")
    step = _KINDS[kind](fields, kind, language)
    fields.finish()
    return step


def _line(fields: "_Fields", kind: str, language: str) -> Line:
    interrupt = fields.optional_seconds("interrupt")
    overlap = fields.optional_seconds("overlap")
    pause = fields.seconds("pause", 0.5)
    if interrupt is None and pause < 0:
        interrupt = -pause
    if interrupt is not None and overlap is not None:
        raise ScenarioError(f"{fields.place}: interrupt and overlap exclude each other")
    return Line(
        speaker=_speaker(fields, kind),
        text=fields.take(kind, str).strip(),
        pause=max(pause, 0.0),
        interrupt=interrupt,
        overlap=overlap,
        announces=fields.flag("announces", default=False),
        language=fields.take("language", str, language),
        aside=fields.flag("aside", default=False),
    )


def _listen(fields: "_Fields", kind: str, _language: str) -> Listen:
    return Listen(silence=fields.seconds(kind, HUSH))


def _sound(fields: "_Fields", kind: str, _language: str) -> Sound:
    name = fields.take(kind, str)
    if name not in SOUNDS:
        raise ScenarioError(f"{fields.place}: {name!r} is none of {', '.join(SOUNDS)}")
    return Sound(name, fields.seconds("pause", 0.5), fields.optional_seconds("overlap"))


def _hold(fields: "_Fields", kind: str, _language: str) -> Hold:
    return Hold(seconds=fields.seconds(kind, 0.0), pause=fields.seconds("pause", 0.5))


def _press(fields: "_Fields", kind: str, _language: str) -> Press:
    return Press(
        digits=fields.take(kind, str),
        pause=fields.seconds("pause", 0.5),
        overlap=fields.optional_seconds("overlap"),
    )


def _hang_up(fields: "_Fields", kind: str, _language: str) -> HangUp:
    by = _speaker(fields, fields.take(kind, str))
    return HangUp(by=by, pause=fields.seconds("pause", 1.0))


def _speaker(fields: "_Fields", value: str) -> Speaker:
    for speaker in SPEAKERS:
        if value == speaker:
            return speaker
    raise ScenarioError(f"{fields.place}: {value!r} is nobody in a scenario")


_KINDS: Final[Mapping[str, Callable[["_Fields", str, str], Step]]] = {
    "caller": _line,
    "agent": _line,
    "listen": _listen,
    "sound": _sound,
    "hold": _hold,
    "press": _press,
    "hang_up": _hang_up,
}


def _check_order(scenario: Scenario) -> None:
    if not scenario.steps or not isinstance(scenario.steps[-1], HangUp):
        raise ScenarioError(f"{scenario.name}: the last step must be hang_up")
    if any(isinstance(step, HangUp) for step in scenario.steps[:-1]):
        raise ScenarioError(f"{scenario.name}: only the last step may be hang_up")


class _Fields:
    """One mapping of the file, read key by key so that a misspelt one is noticed."""

    def __init__(self, place: str, content: object) -> None:
        if not isinstance(content, Mapping):
            raise ScenarioError(f"{place}: must be a mapping, not {content!r}")
        self.place = place
        self.rest = dict(content)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        value = self.rest.pop(key, default)
        if not isinstance(value, kind):
            raise ScenarioError(
                f"{self.place}: {key} must be {kind.__name__}, not {value!r}"
            )
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        return self.take(key, bool, default)

    def seconds(self, key: str, default: float) -> float:
        value = self.rest.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ScenarioError(f"{self.place}: {key} must be seconds, not {value!r}")
        return float(value)

    def optional_seconds(self, key: str) -> float | None:
        return self.seconds(key, 0.0) if key in self.rest else None

    def finish(self) -> None:
        if self.rest:
            raise ScenarioError(
                f"{self.place}: unknown {', '.join(map(str, self.rest))}"
            )
