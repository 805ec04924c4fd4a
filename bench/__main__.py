"""`make bench`: measures the subjects, prints their tables and writes JSON.

Ends with 0 if every figure was measured and counts, with 1 if one was not measured, and
with 3 if the load generator was the bottleneck, so that the run counts for nothing. A
brief run never counts, and ends with 0 if every figure was measured at all.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from bench import (
    after,
    fanout,
    history,
    isolation,
    machine,
    measures,
    media,
    pipeline,
    voice,
    webhooks,
)
from bench.report import Report, Size, Subject

SUBJECTS: Final[tuple[Subject, ...]] = (
    media,
    isolation,
    voice,
    pipeline,
    fanout,
    measures,
    after,
    history,
    webhooks,
)
RESULTS: Final = machine.ROOT / "var" / "bench.json"

MISSING: Final = 1
COUNTS_FOR_NOTHING: Final = 3
_BRIEF: Final = (
    "Brief: this shows that everything can be measured, not how fast it is. It counts for"
    " nothing, however quiet the machine."
)


def main(
    arguments: Sequence[str] | None = None, subjects: Sequence[Subject] = SUBJECTS
) -> int:
    options = _options(arguments, subjects)
    about = machine.described()
    about["load before"] = machine.load_average()
    say(_title(about))
    if options.brief:
        say(_BRIEF)
    reports: dict[str, Report] = {}
    size = Size(options.brief, len(options.subjects) == 1, options.soak)
    for subject in subjects:
        if options.subjects and subject.NAME not in options.subjects:
            continue
        say(f"\n{subject.NAME}: {subject.DESCRIPTION} …")
        begun = time.monotonic()
        reports[subject.NAME] = report = subject.run(size)
        report.seconds = time.monotonic() - begun
        say(as_text(report))
    about["load after"] = machine.load_average()
    say(f"\nLoad average before {about['load before']}, after {about['load after']}.")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(as_json(about, reports, brief=options.brief))
    say(f"As JSON: {options.json}")
    return exit_code(reports.values(), brief=options.brief)


def exit_code(reports: Iterable[Report], *, brief: bool) -> int:
    """What is missing is worse than what does not count, as nothing brief does."""
    reports = list(reports)
    if any(report.missing for report in reports):
        return MISSING
    if any(report.overloaded for report in reports) and not brief:
        return COUNTS_FOR_NOTHING
    return 0


def as_text(report: Report) -> str:
    """The tables, and what is to be said about them."""
    parts = [f"\n{table.as_text()}" for table in report.tables]
    if report.missing:
        parts.append("\n".join(["\nNOT MEASURED:", *report.missing]))
    if report.overloaded:
        why = ["\nTHIS RUN COUNTS FOR NOTHING:", *report.overloaded]
        parts.append("\n".join(why))
    parts.append(f"\nThis took {report.seconds:.0f} s.")
    return "\n".join(parts)


def as_json(about: dict[str, Any], reports: dict[str, Report], *, brief: bool) -> str:
    """All of it, for machines."""
    subjects = {name: one.as_json(brief=brief) for name, one in reports.items()}
    whole = {"machine": about, "brief": brief, "subjects": subjects}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _title(about: dict[str, Any]) -> str:
    return (
        f"{about['commit'] or 'no commit'}, {about['date']}: {about['cores']} cores,"
        f" {about['model']}, Python {about['python']}, {about['kernel']}"
    )


def _options(
    arguments: Sequence[str] | None, subjects: Sequence[Subject]
) -> argparse.Namespace:
    known = ", ".join(f"{one.NAME} ({one.DESCRIPTION})" for one in subjects)
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "subjects", nargs="*", metavar="SUBJECT", help=f"all if none is named: {known}"
    )
    parser.add_argument(
        "--brief", action="store_true", help="only whether all can be measured"
    )
    parser.add_argument(
        "--soak", action="store_true", help="watch memory for ten minutes"
    )
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args(arguments)
    names = {subject.NAME for subject in subjects}
    if unknown := sorted(set(options.subjects) - names):
        parser.error(f"no such subject: {', '.join(unknown)}")
    return options


if __name__ == "__main__":
    # Asked to end, we end what we have started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    sys.exit(main())
