"""Agents' screens in a real browser: people who are logged in, pictures of what they see, and axe's verdict on it."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from audio import wav
from audio.resample import to_rate
from calls.models import User
from simulators import voices
from tests import chromium
from tests.stack import conversations, doors
from tests.stack.conftest import Stack

PICTURES = os.environ.get("PICTURES")  # a folder to keep screenshots in
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}
# Until colours have faded into each other, however long that takes here.
SETTLED = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const fading = () => document.getAnimations().filter(
    (one) => one instanceof CSSTransition && one.playState === "running");
  await frame();
  await frame();
  // Before its font has come, an icon is a word.
  await document.fonts.ready;
  for (let some = fading(); some.length; some = fading()) {
    await Promise.allSettled(some.map(({ finished }) => finished));
    await frame();
  }
}
"""
expect.set_options(timeout=15_000)  # a busy machine is no fault of the page
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
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
VERDICT = """
async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ` + nodes.map(({ target, any }) =>
      `${target.join(" ")} (${any.map(({ message }) => message).join("; ")})`).join(", "));
}
"""
LogIn = Callable[..., Page]


def microphone(path: Path, lines: tuple[tuple[float, str], ...]) -> Path:
    """A WAV file: each line after so many seconds of silence, and a long silence in the end."""
    rate = 48_000
    sound = [
        part
        for pause, text in lines
        for part in (
            np.zeros(int(rate * pause), np.int16),
            to_rate(voices.render(text, voice="agent").samples24k, 24_000, rate),
        )
    ]
    sound.append(np.zeros(rate * 60, np.int16))
    with path.open("wb") as file:
        wav.write(file, [np.concatenate(sound)], rate)
    return path


@contextmanager
def chromium_with(microphone: Path) -> Iterator[Browser]:
    if chromium.EXECUTABLE is None:
        pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium.options(microphone))
        yield browser
        browser.close()


@contextmanager
def people(browser: Browser, stack: Stack) -> Iterator[LogIn]:
    """Log somebody in, in a browser window of their own; the desk's page.

    No call outlives them, and nobody is rung at a desk that is closed.
    """
    contexts = []
    usernames = set()

    def log_in(username: str, password: str, **options: Any) -> Page:
        context = browser.new_context(
            viewport=WIDE, permissions=["microphone", "notifications"], **options
        )
        contexts.append(context)
        usernames.add(username)
        context.add_init_script(PLAIN_MICROPHONE)
        context.add_init_script(path=AXE)
        page = context.new_page()
        page.goto(f"{stack.web}/desk/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/desk/$"))
        return page

    yield log_in
    conversations.end_all(stack)
    for context in contexts:
        context.close()
    for user in User.objects.filter(username__in=usernames):
        with doors.open_desk(stack, user) as desk:
            desk.command("set_presence", presence="away")


def go_available(page: Page) -> None:
    """By key, which does no harm to whoever still is available from the test before."""
    status = page.locator("#presence-button")
    # The page as it was sent knows no status yet.
    expect(page.locator("#main")).not_to_have_attribute("data-view", "loading")
    expect(status).to_have_attribute(
        "data-presence", re.compile("available|away|offline"), timeout=30_000
    )
    page.keyboard.press("g")
    expect(status).to_have_attribute("data-presence", "available")


def talk_state(page: Page) -> Locator:
    """The chip that says how the call stands, while there is one: hidden, it keeps its last words."""
    return page.locator("#talk-state:visible")


def go_away(page: Page) -> None:
    """Through the menu of the status, from whatever it is."""
    page.locator("#presence-button").click()
    page.get_by_role("menuitemradio", name="Away").click()
    expect(page.locator("#presence-button")).to_have_attribute("data-presence", "away")


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """As it is now, where pictures are wanted."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=whole)


def look(page: Page, name: str) -> None:
    """Nothing that axe calls serious, wide and narrow, by day and by night.

    With PICTURES it takes a picture of all four; without, one of each is looked at.
    """
    for width, size, schemes in (
        ("wide", WIDE, ("light", "dark") if PICTURES else ("light",)),
        ("narrow", NARROW, ("light", "dark") if PICTURES else ("dark",)),
    ):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.evaluate(SETTLED)
            picture(page, f"{name}-{width}-{scheme}")
            found = page.evaluate(VERDICT)
            assert not found, "\n".join((f"{name} {width} {scheme}", *found))
            beyond = page.evaluate(
                "() => document.documentElement.scrollWidth - innerWidth"
            )
            assert beyond <= 0, (name, width, f"{beyond} px beyond the edge")
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def press_or_click(page: Page, key: str | None, button: Locator) -> None:
    """One command by its key, or by its button where no key is given."""
    if key is None:
        button.click()
    else:
        page.keyboard.press(key)
