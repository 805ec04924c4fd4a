"""How fast lists, search and trends are when the database is full: its own, filled by the product's own command.

Asked for alone it takes the million calls, among other subjects a tenth of them;
`HISTORY_CALLS` says another number, `HISTORY_UTTERANCES` how many utterances each has. A
filled database stays in `var/history` for the next run; `HISTORY_ANEW=1` fills it anew.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from bench import product
from bench.machine import ROOT
from bench.report import Report, Size
from bench.tables import Table

__all__ = ["DESCRIPTION", "NAME", "run"]

NAME: Final = "history"
DESCRIPTION: Final = "lists, search and trends over a database full of calls"

BRIEF: Final = 1_000
AMONG_OTHERS: Final = 100_000
LONG: Final = 1_000_000
KEPT: Final = ROOT / "var" / "history"
# Beside a database that was filled to its end: when, and how long it took.
_NOTE: Final = "filled.json"
_UTTERANCES: Final = 20
# Of a call with all that belongs to it, while the indexes are made; and what is left free.
_BYTES_A_CALL: Final = 16_000
_FREE: Final = 5 * 2**30
_COLUMNS: Final = (
    "what",
    "database p50 ms",
    "p95 ms",
    "page p50 ms",
    "page p95 ms",
    "wanted ms",
    "queries",
    "reference",
    "reference ms",
)


def run(size: Size) -> Report:
    """Fill a database, or take the kept one, and ask it."""
    report = Report()
    wanted = _wanted(size)
    calls = _with_room(wanted)
    folder = KEPT / f"{calls}x{_utterances()}"
    anew = size.brief or os.environ.get("HISTORY_ANEW")
    # Whatever an interrupted fill left is begun anew.
    is_kept = not anew and (folder / _NOTE).exists()
    if not is_kept:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # as root PostgreSQL runs as another user
        product.put_database(folder)
    environment = product.environment_for(folder, vendors="http://127.0.0.1:9")
    with product.databases(folder, environment) as servers:
        environment |= servers
        if is_kept:
            product.migrate(environment)
        filled = _filled(folder, environment, calls)
        repeats = size.of(1, 12, 40)
        found = json.loads(_run(environment, ["bench.history.measure", str(repeats)]))
    if calls < wanted:
        report.missing.append(
            f"The disk has room for {calls:,} calls only, not for {wanted:,}."
        )
    report.tables += tables(found, filled)
    report.more["plans"] = {case["what"]: case["plan"] for case in found["cases"]}
    return report


def _filled(folder: Path, environment: dict[str, str], calls: int) -> dict[str, Any]:
    """How it was filled, now or in an earlier run."""
    note = folder / _NOTE
    if note.exists():
        kept: dict[str, Any] = json.loads(note.read_text())
        return kept
    began = time.monotonic()
    _command(
        environment,
        "fill",
        f"--calls={calls}",
        f"--utterances-per-call={_utterances()}",
    )
    made = {
        "calls": calls,
        "seconds": time.monotonic() - began,
        "on": time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()),
    }
    note.write_text(json.dumps(made))
    return made


def tables(found: dict[str, Any], filled: dict[str, Any]) -> list[Table]:
    """What was measured, and by which scans the rows were found."""
    cases = found["cases"]
    calls, seconds, file = filled["calls"], filled["seconds"], found["file"]
    return [
        Table(
            title=f"{found['calls']:,} calls, {found['utterances']:,} utterances",
            columns=_COLUMNS,
            rows=[tuple(case.get(column) for column in _COLUMNS) for case in cases],
            notes=[
                f"Filled on {filled['on']} in {seconds:.0f} s"
                f" ({calls / seconds:,.0f} calls a second);"
                f" {found['bytes'] / 2**30:.1f} GiB, kept for the next run.",
                f"As a file: {file['lines']:,} lines of {file['MiB']:.0f} MiB,"
                f" {file['lines a second']:,.0f} a second; the process grew by"
                f" {file['grew by MiB']:.1f} MiB in the last four fifths of them.",
            ],
        ),
        Table(
            title="Utterances written",
            columns=("how", "rows", "rows a second"),
            rows=[
                *(
                    (one["how"], one["rows"], one["rows a second"])
                    for one in found["writing"]
                ),
                (
                    "manage.py fill, with all that belongs to a call",
                    found["utterances"],
                    found["utterances"] / seconds,
                ),
            ],
        ),
        Table(
            title="Plans of the slowest statement of each",
            columns=("what", "ms", "plan"),
            rows=[
                (case["what"], case["slowest ms"], _root(case["plan"]))
                for case in cases
            ],
        ),
    ]


def _root(plan: str) -> str:
    """The scans of a plan, which say how the rows were found."""
    scans = [line.strip(" ->") for line in plan.splitlines() if " Scan " in line]
    return "; ".join(scan.partition("  (")[0] for scan in scans)


def _wanted(size: Size) -> int:
    usual = size.of(BRIEF, AMONG_OTHERS, LONG)
    return int(os.environ.get("HISTORY_CALLS", usual))


def _with_room(calls: int) -> int:
    """At most as many as the disk has room for."""
    KEPT.mkdir(parents=True, exist_ok=True)
    room = shutil.disk_usage(KEPT).free - _FREE
    return max(1_000, min(calls, room // _BYTES_A_CALL))


def _utterances() -> int:
    return int(os.environ.get("HISTORY_UTTERANCES", _UTTERANCES))


def _command(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise product.NotStarted(f"{arguments[0]} failed: {done.stderr[-500:]}")


def _run(environment: dict[str, str], module: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise product.NotStarted("The measurement broke off; its error is above.")
    return done.stdout
