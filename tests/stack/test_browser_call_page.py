"""Listening to a call that is over, in a real browser: player, words, evidence, keys, and a link that expires."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from calls.models import Call, User
from tests.stack import screens, stored_calls
from tests.stack.conftest import Stack
from tests.stack.screens import look, picture

pytestmark = pytest.mark.browser

SID = "CA" + "c5" * 16
TALL = {"width": 1280, "height": 1320}
SECOND = "() => document.querySelector('#sound').currentTime"
# What of the transcript is marked as being spoken.
SPOKEN = "() => [...(CSS.highlights.get('spoken') ?? [])].map(String).join(' ')"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    heard = tmp_path_factory.mktemp("microphone") / "nothing.wav"
    with screens.chromium_with(screens.microphone(heard, ())) as browser:
        yield browser


@pytest.fixture(scope="module")
def call(stack: Stack) -> Iterator[Call]:
    made = stored_calls.keep(User.objects.get(username="agent"), sid=SID)
    yield made
    for recording in made.recordings.all():
        recording.file.delete(save=False)
    made.delete()


@pytest.fixture(scope="module")
def page(browser: Browser, stack: Stack, call: Call) -> Iterator[Page]:
    """Ada's, on the call's page. What the browser refuses by the policy is an error here."""
    with screens.people(browser, stack) as log_in:
        page = log_in("agent", "demo-agent")
        page.on(
            "console",
            lambda told: (
                problems.append(f"{told.text} {told.location}")
                if told.type == "error"
                else None
            ),
        )
        problems: list[str] = []
        page.goto(f"{stack.web}/calls/{SID}/")
        yield page
        refused = [each for each in problems if "Content Security Policy" in each]
        # The examiner tries a style of its own.
        assert not [each for each in refused if "axe-core" not in each]


@pytest.fixture(autouse=True)
def _paused(page: Page) -> Iterator[None]:
    yield
    page.evaluate("() => document.querySelector('#sound').pause()")
    page.evaluate("() => document.activeElement?.blur()")


def is_near(page: Page, second: float, *, within: float = 1.5) -> None:
    page.wait_for_function(
        f"([at, within]) => Math.abs(({SECOND})() - at) < within", arg=[second, within]
    )


def plays(page: Page) -> None:
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_the_page_is_complete_and_axe_finds_nothing(page: Page):
    expect(page.locator("[data-part=wave] canvas").first).to_be_attached()
    expect(page.locator(".player-time").last).to_have_text("0:50")
    page.set_viewport_size(TALL)
    picture(page, "call-page")
    look(page, "call-page")


def test_it_plays_and_the_word_that_is_spoken_is_marked(page: Page):
    page.keyboard.press("k")
    plays(page)
    page.wait_for_function(f"() => ({SECOND})() > 1.2")
    page.wait_for_function(f"() => ({SPOKEN})() !== ''")
    expect(page.locator(".line.now .who")).to_have_text("Agent")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_evidence_is_heard_with_a_click(page: Page):
    page.locator("#part-report .seek").click()
    plays(page)
    is_near(page, 9.0 + 6 * stored_calls.WORD - 0.3)


def test_a_word_is_heard_with_a_click_and_words_can_be_selected(page: Page):
    said = page.locator(".said", has_text="courier")
    at = said.evaluate(
        """(said) => {
          const range = new Range();
          const from = said.firstChild.data.indexOf("courier");
          range.setStart(said.firstChild, from);
          range.setEnd(said.firstChild, from + 7);
          said.scrollIntoView({ block: "center", behavior: "instant" });
          const { x, y, width, height } = range.getBoundingClientRect();
          return [x, y, width, height];
        }"""
    )
    x, y, width, height = at
    page.mouse.click(x + width / 2, y + height / 2)
    page.wait_for_function(f"() => ({SPOKEN})() === 'courier'")
    page.keyboard.press("k")
    before = page.evaluate(SECOND)
    page.mouse.dblclick(x + width / 2, y + height / 2)
    assert page.evaluate("() => String(getSelection()).trim()") == "courier"
    assert abs(page.evaluate(SECOND) - before) < 3
    page.evaluate("() => getSelection().removeAllRanges()")


def test_keys_move_and_go_to_moments(page: Page):
    place = page.get_by_role("slider", name="Place in the call")
    place.fill("20")
    is_near(page, 20, within=0.6)
    page.keyboard.press("j")
    is_near(page, 15, within=0.6)
    page.keyboard.press("l")
    is_near(page, 20, within=0.6)
    expect(place).to_have_attribute("aria-valuetext", "0:20 of 0:50")
    page.keyboard.press("n")
    plays(page)
    is_near(page, stored_calls.HOLD.start)
    page.keyboard.press("p")
    is_near(page, 29.0)
    page.keyboard.press("p")
    is_near(page, 18.4)
    page.keyboard.press(".")
    assert page.evaluate("() => document.querySelector('#sound').playbackRate") == 1.25
    page.keyboard.press(",")


def test_a_figure_leads_to_its_places_and_stops_at_their_end(page: Page):
    measure = page.locator("#measure-dead_air_count")
    measure.locator("summary").click()
    expect(measure.get_by_role("link", name="Definition")).to_have_attribute(
        "href", "/measures/#dead_air_count"
    )
    silence = measure.locator(".places-of .seek")
    expect(silence).to_have_text("0:18")
    silence.click()
    is_near(page, 18.5)
    page.evaluate("() => { document.querySelector('#sound').currentTime = 25.7; }")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    measure.locator("summary").click()


def test_a_link_that_has_expired_is_replaced_where_one_listens(page: Page):
    page.get_by_role("slider", name="Place in the call").fill("5")
    with page.expect_response(lambda answer: answer.url.endswith("/sound")):
        _age_the_page(page)
        page.keyboard.press("k")
    plays(page)
    is_near(page, 5.5)


def _age_the_page(page: Page) -> None:
    """Six minutes later."""
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 360_000; }")


def test_without_the_server_it_says_so_keeps_the_place_and_goes_on(page: Page):
    page.get_by_role("slider", name="Place in the call").fill("30")
    page.route("**/sound", lambda route: route.abort())
    _age_the_page(page)
    page.keyboard.press("k")
    trouble = page.get_by_role("alert").filter(has_text="cannot be reached")
    expect(trouble).to_be_visible()
    picture(page, "call-page-trouble")
    page.unroute("**/sound")
    trouble.get_by_role("button", name="Try again").click()
    plays(page)
    expect(trouble).to_be_hidden()
    is_near(page, 30.5)


def test_a_sound_that_cannot_be_opened_is_said_to_be_and_tried_again(page: Page):
    page.get_by_role("slider", name="Place in the call").fill("12")
    page.route("**/recording/*", lambda route: route.fulfill(status=404))
    _age_the_page(page)
    page.keyboard.press("k")
    trouble = page.get_by_role("alert").filter(has_text="could not be opened")
    expect(trouble).to_be_visible()
    page.unroute("**/recording/*")
    trouble.get_by_role("button", name="Try again").click()
    plays(page)
    expect(trouble).to_be_hidden()
    is_near(page, 12.5)
