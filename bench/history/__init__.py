"""How fast lists, search and trends are when the database is full: its own, filled by the product's own command.

`HISTORY_CALLS` sets how many calls it holds, and `HISTORY_UTTERANCES` how many utterances
each; a database is large only if the disk has room for it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
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

BRIEF: Final = 20_000
LONG: Final = 1_000_000
_UTTERANCES: Final = 20
# Of a call with all that belongs to it, while the indexes are made; and what is left free.
_BYTES_A_CALL: Final = 16_000
_FREE: Final = 5 * 2**30
_REPEATS: Final = {True: 10, False: 40}
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
    """Make a database, fill it, ask it; it is gone afterwards."""
    report = Report()
    with tempfile.TemporaryDirectory(
        prefix="bench-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root PostgreSQL runs as another user
        wanted, calls = _calls(folder, brief=size.brief)
        environment = product.environment_for(folder, vendors="http://127.0.0.1:9")
        with product.databases(folder, environment) as servers:
            environment |= servers
            product.migrate(environment)
            began = time.monotonic()
            _command(
                environment,
                "fill",
                f"--calls={calls}",
                f"--utterances-per-call={_utterances()}",
            )
            seconds = time.monotonic() - began
            found = json.loads(
                _run(environment, ["bench.history.measure", str(_REPEATS[size.brief])])
            )
    if calls < wanted:
        report.missing.append(
            f"The disk has room for {calls:,} calls only, not for {wanted:,}."
        )
    report.tables += tables(found, calls=calls, seconds=seconds)
    report.more["plans"] = {case["what"]: case["plan"] for case in found["cases"]}
    return report


def tables(found: dict[str, Any], *, calls: int, seconds: float) -> list[Table]:
    """What was measured, and by which scans the rows were found."""
    cases = found["cases"]
    return [
        Table(
            title=f"{found['calls']:,} calls, {found['utterances']:,} utterances",
            columns=_COLUMNS,
            rows=[tuple(case.get(column) for column in _COLUMNS) for case in cases],
            notes=[
                f"Filled in {seconds:.0f} s ({calls / seconds:,.0f} calls a second);"
                f" {found['bytes'] / 2**30:.1f} GiB.",
                f"As a file: {found['lines']:,.0f} calls a second, {found['file bytes'] / 2**20:.1f} MiB.",
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


def _calls(folder: Path, *, brief: bool) -> tuple[int, int]:
    """How many are wanted, and for how many there is room."""
    wanted = int(os.environ.get("HISTORY_CALLS", BRIEF if brief else LONG))
    room = shutil.disk_usage(folder).free - _FREE
    return wanted, max(1_000, min(wanted, room // _BYTES_A_CALL))


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
