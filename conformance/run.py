"""Holds any tool's measures of the clips against what is expected; needs nothing but Python.

    python conformance/run.py                                   # this repository's own
    python conformance/run.py my-tool --wav {file} --holds {holds}

The command is run for each clip, with the file's path for {file} and the holds as
65-80.5,90-95 for {holds}. It prints JSON: "figures" by name, "speech" by speaker as
[start, end] pairs, "dead_air" as objects or pairs. Ends with 1 if anything differs.
"""

import json
import subprocess
import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

FOLDER = Path(__file__).resolve().parent
OURS = (sys.executable, str(FOLDER.parent / "manage.py"), "measure", "{file}")
OPTIONS = ("--json", "--holds={holds}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument(
        "--only", metavar="NAME,…", default="", help="these figures, speech or dead_air"
    )
    parser.add_argument(
        "command", nargs=REMAINDER, help="the tool; ours if there is none"
    )
    options = parser.parse_args(arguments)
    only = set(filter(None, options.only.split(",")))
    expected = json.loads((FOLDER / "expected.json").read_text())
    failed = 0
    for clip in expected["clips"]:
        try:
            found = _asked(options.command or [*OURS, *OPTIONS], clip)
            wrong = list(differences(clip, found, expected["tolerances"], only))
        except (OSError, subprocess.CalledProcessError, ValueError) as error:
            wrong = [f"no answer: {error}"]
        failed += bool(wrong)
        say(f"{'FAILS' if wrong else 'holds':<6} {clip['file']}: {clip['why']}")
        for line in wrong:
            say(f"         {line}")
    say(f"{len(expected['clips']) - failed} of {len(expected['clips'])} hold.")
    return 1 if failed else 0


def differences(
    clip: Mapping[str, Any],
    found: Mapping[str, Any],
    tolerances: Mapping[str, float],
    only: set[str] | None = None,
) -> Iterator[str]:
    """What is further from the expected than is tolerated, in sentences."""
    for name, value in clip["figures"].items():
        if not only or name in only:
            yield from _figure(name, value, found["figures"].get(name), tolerances)
    if not only or "dead_air" in only:
        silences = [_pair(part) for part in found["dead_air"]]
        yield from _stretches("dead air", clip["dead_air"], silences, tolerances)
    if not only or "speech" in only:
        for who, parts in clip["speech"].items():
            heard = [_pair(part) for part in found["speech"].get(who, [])]
            yield from _stretches(f"speech of {who}", parts, heard, tolerances)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _asked(command: Sequence[str], clip: Mapping[str, Any]) -> Any:  # noqa: ANN401
    holds = ",".join(f"{start:g}-{end:g}" for start, end in clip["holds"])
    filled = [
        part.replace("{file}", str(FOLDER / clip["file"])).replace("{holds}", holds)
        for part in command
    ]
    done = subprocess.run(filled, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout)


def _figure(
    name: str,
    wanted: Any,  # noqa: ANN401  any JSON value
    found: Any,  # noqa: ANN401
    tolerances: Mapping[str, float],
) -> Iterator[str]:
    if isinstance(wanted, dict):
        for who, value in wanted.items():
            theirs = found.get(who) if isinstance(found, dict) else None
            label = f"{name} of {who}"
            yield from _number(
                label, value, theirs, _tolerated(name, value, tolerances)
            )
    else:
        yield from _number(name, wanted, found, _tolerated(name, wanted, tolerances))


def _number(
    label: str, wanted: float | None, found: float | None, tolerated: float
) -> Iterator[str]:
    if wanted is None or found is None:
        if wanted is not found:
            yield f"{label}: {found}, expected {wanted}"
    elif abs(found - wanted) > tolerated:
        yield f"{label}: {found:g}, expected {wanted:g} ± {tolerated:g}"


def _tolerated(
    name: str, wanted: float | None, tolerances: Mapping[str, float]
) -> float:
    if name.endswith("_count") or name == "interruptions":
        return 0.0
    least = tolerances.get(name, tolerances["seconds"])
    return max(least, tolerances["share"] * abs(wanted or 0.0))


def _stretches(
    label: str,
    wanted: Sequence[Sequence[float]],
    found: Sequence[Sequence[float]],
    tolerances: Mapping[str, float],
) -> Iterator[str]:
    """The same number of stretches, and their boundaries one by one and together."""
    if len(found) != len(wanted):
        yield f"{label}: {len(found)} stretches, expected {len(wanted)}: {found}"
        return
    pairs = zip(wanted, found, strict=True)
    off = [abs(a - b) for w, f in pairs for a, b in zip(w, f, strict=True)]
    if off and max(off) > tolerances["boundary"]:
        yield f"{label}: a boundary is off by {max(off):.3f} s"
    if off and median(off) > tolerances["boundary_median"]:
        yield f"{label}: half of the boundaries are off by {median(off):.3f} s"


def _pair(part: Any) -> tuple[float, float]:  # noqa: ANN401  an object or a pair
    if isinstance(part, dict):
        return part["start"], part["end"]
    start, end = part
    return start, end


if __name__ == "__main__":
    sys.exit(main())
