"""An agent's shift in a real browser with the real Voice SDK: ring, accept, talk, suggestion, end, report."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from calls.models import Call, Queue, Utterance
from copilot.models import Suggestion
from tests.stack import screens
from tests.stack.conftest import Stack, eventually
from tests.stack.screens import go_available, picture

pytestmark = pytest.mark.browser

# What Ada says and how many seconds she is silent before: the greeting to the caller
# takes five, and the caller wants to finish a sentence.
SPOKEN_BY_ADA = (
    (
        9,
        "Thank you for calling Harbour Lamps, this is Ada speaking. How can I help you?",
    ),
    (12, "I am sorry to hear that. Could you give me the order number, please?"),
    (
        9,
        "Thank you. I can see it here. The courier left it with your neighbour"
        " at number twelve on Tuesday.",
    ),
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    heard = tmp_path_factory.mktemp("microphone") / "ada.wav"
    with screens.chromium_with(screens.microphone(heard, SPOKEN_BY_ADA)) as browser:
        yield browser


@pytest.fixture
def log_in(browser: Browser, stack: Stack) -> Iterator[screens.LogIn]:
    with screens.people(browser, stack) as log_in:
        yield log_in


def test_a_shift(log_in, stack: Stack):
    page = log_in("agent", "demo-agent")
    go_available(page)
    expect(page.get_by_role("heading", name="Ready for the next call")).to_be_visible()

    sid = stack.ring(scenario="happy_support")
    ring = page.get_by_role("alertdialog")
    expect(ring).to_be_visible(timeout=15_000)
    picture(page, "ring")
    page.keyboard.press("Escape")
    expect(ring).to_be_visible()
    page.keyboard.press("a")

    # The telephone carries sound both ways: the caller hears Ada, she hears the caller.
    eventually(
        lambda: Call.objects.get(sid=sid).agent_joined_at,
        seconds=20,
        what="the telephone joins",
    )
    log = page.get_by_role("log")
    expect(log).to_contain_text("reading lamp", timeout=60_000)
    eventually(
        lambda: Utterance.objects.filter(call__sid=sid, speaker="agent").exists(),
        seconds=40,
        what="Ada's words",
    )
    expect(log).to_contain_text("this is Ada speaking")
    assert stack.performance(sid)["heard"], "the caller heard nobody"

    expect(log).to_contain_text("number twelve", timeout=60_000)
    eventually(
        lambda: Suggestion.objects.filter(call__sid=sid, state="offered").exists(),
        seconds=20,
        what="a complete suggestion",
    )
    expect(page.locator(".offer[data-state=offered]").first).to_be_visible()
    picture(page, "desk")

    def used() -> bool:
        # A newer one may take its place while the key goes down.
        page.keyboard.press("1")
        page.wait_for_timeout(500)
        return Suggestion.objects.filter(call__sid=sid, state="used").exists()

    eventually(used, seconds=20, what="the use of a suggestion")

    # A reload in mid-call restores everything, the telephone too.
    before = log.inner_text()
    page.reload()
    expect(page.get_by_role("log")).to_contain_text(before.splitlines()[-1][:20])
    eventually(
        lambda: Call.objects.get(sid=sid).agent_joined_at,
        seconds=20,
        what="the telephone is back",
    )

    page.keyboard.press("e")
    page.keyboard.press("e")
    eventually(lambda: Call.objects.get(sid=sid).ended_at, seconds=15, what="the end")
    link = page.get_by_role("link", name="Open the call's page")
    expect(link).to_be_visible()
    picture(page, "wrap-up")
    link.press("Enter")
    expect(page).to_have_url(re.compile(f"/calls/{sid}/$"))
    expect(page.locator(".score").first).to_be_visible(timeout=60_000)
    picture(page, "call", whole=True)


@pytest.fixture
def _ring_all() -> Iterator[None]:
    """Support rings at everybody at once; as before afterwards."""
    support = Queue.objects.filter(name="Support")
    before = support.values("strategy").get()
    support.update(strategy=Queue.Strategy.RING_ALL)
    yield
    support.update(**before)


@pytest.mark.usefixtures("_ring_all")
def test_two_agents_click_and_one_is_told(log_in, stack: Stack):
    ada = log_in("agent", "demo-agent")
    ben = log_in("agent2", "demo-agent2")
    for page in (ada, ben):
        go_available(page)
    sid = stack.ring(scenario="happy_support")
    for page in (ada, ben):
        expect(page.get_by_role("alertdialog")).to_be_visible(timeout=15_000)
    ada.keyboard.press("a")
    expect(ben.get_by_role("alertdialog")).to_be_hidden(timeout=10_000)
    expect(ben.get_by_text("Taken by Ada Lindqvist")).to_be_visible()
    assert Call.objects.get(sid=sid).agent.username == "agent"
    expect(ada.get_by_role("button", name="End")).to_be_enabled()
    ada.keyboard.press("e")
    ada.keyboard.press("e")
    eventually(lambda: Call.objects.get(sid=sid).ended_at, seconds=15, what="the end")
