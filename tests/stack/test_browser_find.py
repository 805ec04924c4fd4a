"""Finding a call in a real browser: words and figures combined, the second they were said, and the trends."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from analytics import daily, documents, metrics, pipeline
from analytics.models import Measures, QualityReport, Step
from calls.models import Call, User, Utterance
from tests.stack import screens
from tests.stack.conftest import Stack
from tests.stack.screens import look

pytestmark = pytest.mark.browser

SAM = ("supervisor", "demo-supervisor")
# Nobody else says it.
WORD = f"zeppelin{time.time_ns() % 10**6}"
LINES = (
    ("agent", "Thank you for calling Harbour Lamps."),
    ("caller", f"My {WORD} lamp came <broken> on Thursday."),
    ("agent", "I am sorry to hear that."),
)


NOTHING = metrics.measure(metrics.Facts(duration=None, connected={}, holds=[]))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    heard = tmp_path_factory.mktemp("microphone") / "silence.wav"
    with screens.chromium_with(screens.microphone(heard, ())) as browser:
        yield browser


@pytest.fixture
def log_in(browser: Browser, stack: Stack) -> Iterator[screens.LogIn]:
    with screens.people(browser, stack) as log_in:
        yield log_in


@pytest.fixture
def _calls(stack: Stack) -> Iterator[None]:
    """Six calls of the last days in which the word was said, with figures that rise."""
    now = timezone.now()
    agent = User.objects.get(username="agent")
    made = []
    for number in range(6):
        at = now - timedelta(days=number, hours=1)
        call = Call.objects.create(
            sid=f"CA{time.time_ns():032x}",
            direction="inbound",
            status="completed",
            outcome="handled",
            from_number=f"+1555019{number:04}",
            to_number="+15550100000",
            agent=agent,
            created_at=at,
            answered_at=at,
            ended_at=at + timedelta(seconds=90),
        )
        made.append(call.pk)
        for name in pipeline.STEPS:  # nothing is left to do after them
            Step.objects.create(call=call, name=name, state=pipeline.DONE)
        for place, (speaker, text) in enumerate(LINES):
            Utterance.objects.create(
                call=call,
                source="final",
                item=str(place),
                speaker=speaker,
                start=10.0 * place,
                end=10.0 * place + 5,
                text=text,
            )
        figures = {"wait_time": 3.0 * number, "dead_air_time": 5.0 * number}
        Measures.objects.create(
            call=call,
            computed_at=at,
            thresholds=NOTHING.thresholds_as_json(),
            result=NOTHING.as_json() | {"figures": NOTHING.figures | figures},
        )
        QualityReport.objects.create(
            call=call,
            written_at=at,
            model="m",
            transcript="final",
            summary="",
            disposition="resolved",
            score=90.0 - 10 * number,
        )
    documents.rebuild(made)
    daily.count_all()
    yield
    Call.objects.filter(pk__in=made).delete()
    daily.count_all()


def searches(page: Page) -> None:
    """By key, and what is found is marked and escaped."""
    page.get_by_role("link", name="Calls", exact=True).click()
    expect(page.get_by_role("heading", name="Calls")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(f"{WORD} broken")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("6 calls")
    assert page.url.endswith(f"?q={WORD}+broken"), page.url
    expect(page.locator("mark").first).to_have_text(WORD)
    expect(page.locator(".said-text").first).to_contain_text("<broken>")
    look(page, "find")


def combines(page: Page) -> None:
    """What is not right is said beside its field; then three filters at once."""
    page.get_by_text("More filters").click()
    page.get_by_label("Score, at least").fill("60")
    page.get_by_label("Score, at most").fill("50")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The upper bound is below the lower one.")).to_be_visible()
    expect(page.get_by_label("Score, at least")).to_have_value("60")
    look(page, "find-wrong")
    page.get_by_label("Score, at most").fill("")
    page.get_by_label("Said by").select_option("caller")
    page.get_by_label("Outcome").select_option("handled")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status").first).to_have_text("4 calls")
    page.get_by_role("link", name="Score ≥ 60 %").click()
    expect(page.get_by_role("status").first).to_have_text("6 calls")


@pytest.mark.usefixtures("_calls")
def test_a_call_is_found_and_heard_at_its_second(log_in):
    page = log_in(*SAM)
    searches(page)
    combines(page)
    page.locator(".said a").first.click()
    expect(page).to_have_url(re.compile(r"/calls/CA\w+/\?t=10\.000$"))


@pytest.mark.usefixtures("_calls")
def test_trends_lead_from_a_day_to_its_calls(log_in, stack: Stack):
    page = log_in(*SAM)
    page.goto(f"{stack.web}/admin/analytics/trends/?days=7")
    expect(page.get_by_role("heading", name="Service level")).to_be_visible()
    page.get_by_label("Days").select_option("30")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("days=30"))
    look(page, "trends")
    day = (timezone.localdate() - timedelta(days=3)).isoformat()
    page.get_by_role("link", name=day, exact=True).click()
    expect(page).to_have_url(re.compile(f"since={day}&until={day}"))
    expect(page.locator("tbody tr").first).to_be_visible()
