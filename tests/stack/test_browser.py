"""An agent's shift in a real browser with the real Voice SDK: ring, accept, talk, suggestion, end, report."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from audio import wav
from audio.resample import to_rate
from calls.models import Call, Utterance
from copilot.models import Suggestion
from simulators import voices
from tests import chromium
from tests.stack.conftest import Stack, eventually

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES")  # a folder to keep screenshots in
# A microphone whose sound the browser leaves as it is: gain control and noise
# suppression change speech that begins after a long digital silence beyond recognition.
PLAIN_MICROPHONE = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) => ask({
  ...wanted,
  audio: wanted.audio && {
    ...(wanted.audio === true ? {} : wanted.audio),
    echoCancellation: false, noiseSuppression: false, autoGainControl: false,
  },
});
"""
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
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Ada's microphone hears; silence for long in the end."""
    rate = 48_000
    sound = [
        part
        for pause, text in SPOKEN_BY_ADA
        for part in (
            np.zeros(rate * pause, np.int16),
            to_rate(voices.render(text, voice="agent").samples24k, 24_000, rate),
        )
    ]
    sound.append(np.zeros(rate * 60, np.int16))
    path = tmp_path_factory.mktemp("microphone") / "ada.wav"
    with path.open("wb") as file:
        wav.write(file, [np.concatenate(sound)], rate)
    return path


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Browser]:
    if chromium.EXECUTABLE is None:
        pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(**chromium.options(microphone))


@pytest.fixture
def log_in(browser: Browser, stack: Stack) -> Iterator:
    contexts = []

    def log_in(username: str, password: str, **options) -> Page:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            permissions=["microphone", "notifications"],
            **options,
        )
        contexts.append(context)
        context.add_init_script(PLAIN_MICROPHONE)
        page = context.new_page()
        page.goto(f"{stack.web}/desk/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/desk/$"))
        return page

    yield log_in
    for context in contexts:
        context.close()


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=whole)


def go_available(page: Page) -> None:
    """One click; whoever still is available from the test before needs none."""
    status = page.locator("#presence-button")
    expect(status).to_have_attribute(
        "data-presence", re.compile("available|away|offline"), timeout=30_000
    )
    if status.get_attribute("data-presence") != "available":
        page.locator("#go-available").click()
    expect(status).to_have_attribute("data-presence", "available")


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
    page.keyboard.press("1")
    eventually(
        lambda: Suggestion.objects.filter(call__sid=sid, state="used").exists(),
        seconds=10,
        what="the use of a suggestion",
    )

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
    link.click()
    expect(page).to_have_url(re.compile(f"/calls/{sid}/$"))
    expect(page.locator(".score").first).to_be_visible(timeout=60_000)
    picture(page, "call", whole=True)


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
    expect(ben.get_by_text("Ada Lindqvist").first).to_be_visible()
    assert Call.objects.get(sid=sid).agent.username == "agent"
    expect(ada.get_by_role("button", name="End")).to_be_enabled()
    ada.keyboard.press("e")
    ada.keyboard.press("e")
    eventually(lambda: Call.objects.get(sid=sid).ended_at, seconds=15, what="the end")
