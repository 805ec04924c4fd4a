"""The running call centre, as a test sees it."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from analytics.models import Step
from calls.models import Call, CallEvent
from simulators import scenarios
from tests.contract.twilio import problems
from tests.stack import sharing

Found = TypeVar("Found")

CALL_SECONDS = 200
AFTERWARDS_SECONDS = 60
BETWEEN_RINGS = 4.0
# Between two looks: much is there at once, and what takes long must not be asked for all the time.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.16
FRAMES = "callcopilot_media_frames_total"
# With a failure is shown what its test has seen: the end of each server's log, and the calls.
LAST_LINES = 40
LAST_CALLS = 3
LOGS = pytest.StashKey[dict[Path, int]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not os.environ.get("WHOLE"):
        pytest.exit("tests/stack needs the running servers: WHOLE=1 pytest tests/stack")
    items.sort(key=lambda item: sharing.place(item.nodeid))
    for item in items:
        item.add_marker(pytest.mark.stack)


def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Any
) -> sharing.CentresScheduling:
    config.option.loadscopereorder = False  # the order is ours
    return sharing.CentresScheduling(config, log)


def logs() -> dict[Path, int]:
    """The servers' logs and how long they are by now."""
    folder = Path(os.environ["VAR_DIR"], "log")
    return {log: log.stat().st_size for log in sorted(folder.glob("*.log"))}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[LOGS] = logs()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With a failure what the servers have written meanwhile, and what became of the last calls."""
    report = yield
    if report.failed:
        began = item.stash[LOGS]
        for log in logs():
            if written := log.read_bytes()[began.get(log, 0) :]:
                lines = written.decode(errors="replace").splitlines()[-LAST_LINES:]
                report.sections.append((f"Written to {log.name}", "\n".join(lines)))
        for sid in Call.objects.order_by("-pk").values_list("sid", flat=True)[
            :LAST_CALLS
        ]:
            report.sections.append((f"The call {sid}", "\n".join(history(sid))))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How those failed that were tried once more."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"At first: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)
        for title, text in report.sections:
            terminalreporter.section(title, sep="-")
            terminalreporter.write_line(text)


@dataclass(frozen=True)
class Stack:
    """Addresses of the started servers and what one may ask them."""

    web: str
    simulators: str

    def ring(self, **wish: Any) -> str:
        """Let a caller dial; the CallSid."""
        return self.control("POST", "/_sim/ring", wish)["sid"]

    def performance(self, sid: str) -> dict[str, Any]:
        """What was really said on a call, by whom and when."""
        return self.control("GET", f"/_sim/performances/{sid}")

    def break_vendor(self, **fault: Any) -> None:
        self.control("POST", "/_sim/faults", fault)

    def mend_vendors(self) -> None:
        self.control("DELETE", "/_sim/faults")

    def asked(self) -> list[dict[str, Any]]:
        """What has been asked of Twilio so far, as `{method, path, form}`."""
        return self.control("GET", "/_sim/twilio/requests")["requests"]

    def wrongly_asked(self) -> set[str]:
        """What of it Twilio would not take."""
        return {
            problem
            for each in self.asked()
            # Where numbers lead is an operator's to say, or a test's.
            if not each["path"].startswith("/IncomingPhoneNumbers")
            for problem in problems(each)
        }

    def control(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> Any:
        request = urllib.request.Request(
            self.simulators + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="session")
def stack(django_db_blocker: Any) -> Iterator[Stack]:
    """The call centre. Whatever it has asked of Twilio in the end is valid."""
    with django_db_blocker.unblock():
        stack = Stack(
            web=f"http://127.0.0.1:{os.environ['PORT']}",
            simulators=f"http://127.0.0.1:{os.environ['SIMULATORS_PORT']}",
        )
        yield stack
        assert not stack.wrongly_asked()


@pytest.fixture(scope="session")
def played(stack: Stack) -> dict[str, str]:
    """All scenarios side by side, each taken by a simulated colleague; scenario to CallSid.

    On two web processes, two workers and a media server: Twilio asks the second web
    process, its streams go to the media server, and the desks are at the first.
    """
    from tests.stack import growth

    with growth.grown(stack, workers=True) as grown:
        elsewhere = growth.counted(stack.web)[FRAMES]
        sids = _play(stack)
        for sid in sids.values():
            settle(Call.objects.get(sid=sid))
        assert growth.counted(stack.web)[FRAMES] == elsewhere
        assert growth.counted(grown.stack.web)[FRAMES] == 0
        assert grown.frames() > 0
    return sids


def _play(stack: Stack) -> dict[str, str]:
    sids = {}
    for name in scenarios.names():
        sids[name] = stack.ring(
            scenario=name, colleague=name != "caller_hangs_up_waiting"
        )
        time.sleep(BETWEEN_RINGS)
    for name, sid in sids.items():
        eventually(
            lambda sid=sid: Call.objects.filter(
                sid=sid, ended_at__isnull=False
            ).exists(),
            seconds=CALL_SECONDS,
            what=f"{name} ends",
            instead=lambda sid=sid: history(sid),
        )
    return sids


@pytest.fixture(autouse=True)
def _mended(stack: Stack) -> Iterator[None]:
    yield
    stack.mend_vendors()


def eventually(
    look: Callable[[], Found | None],
    *,
    seconds: float,
    what: str,
    instead: Callable[[], object] | None = None,
) -> Found:
    """The first truthy thing that `look` finds; a failure that says what was missing.

    And what there was: the last thing seen, or what `instead` tells where that is a mere no.
    """
    deadline = time.monotonic() + seconds
    pause = SHORTEST_PAUSE
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    if found:
        return found
    there_was = found if instead is None else instead()
    raise AssertionError(
        f"{what}: not within {seconds:.0f} s; last seen: {there_was!r}"
    )


def history(sid: str) -> list[str]:
    """The call's status and its events but for words, with their times: for failures to tell."""
    status = Call.objects.filter(sid=sid).values_list("status", flat=True)
    events = CallEvent.objects.filter(call__sid=sid).exclude(
        name__startswith="utterance."
    )
    told = (
        f"{event.at:%H:%M:%S.%f} {event.name}" for event in events.order_by("number")
    )
    return [*status, *told]


def settle(call: Call) -> None:
    """Wait until all steps after the call have come to an end."""
    steps = Step.objects.filter(call=call)
    unfinished = steps.filter(state__in=("waiting", "running"))
    eventually(
        lambda: steps.exists() and not unfinished.exists(),
        seconds=AFTERWARDS_SECONDS,
        what="the end of the steps after the call",
        instead=lambda: list(steps.values_list("name", "state", "reason")),
    )
