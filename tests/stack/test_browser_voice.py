"""The AI voice on the desk, in a real browser: watching, taking over, approving line by line, handing back."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from callcenter.demo_data import ASSISTANT, ASSISTANT_NUMBER
from calls.models import Assistant, Call, CallEvent, User, Utterance
from calls.services import tokens
from copilot.models import AssistantLine
from tests.stack import conversations, screens
from tests.stack.conftest import Stack, eventually
from tests.stack.screens import go_available, look, picture, press_or_click

pytestmark = pytest.mark.browser

ADA = ("agent", "demo-agent")
BEN = ("agent2", "demo-agent2")
SAM = ("supervisor", "demo-supervisor")
GREEN = "Our green lamps are in the window."
# A key just after another line came is for the one before.
SETTLED_MS = 400
# What Ada's microphone hears each time it is opened, from FLICKERS.
FLICKERS = "asks_for_a_human"
SPOKEN = (
    (3, "Harbour Lamps, this is Ada. I hear that your lamp flickers."),
    (5, "Then it is the dimmer. I will send you a new one."),
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    heard = tmp_path_factory.mktemp("microphone") / "ada.wav"
    with screens.chromium_with(screens.microphone(heard, SPOKEN)) as browser:
        yield browser


@pytest.fixture
def log_in(browser: Browser, stack: Stack) -> Iterator[screens.LogIn]:
    with screens.people(browser, stack) as log_in:
        yield log_in


@pytest.fixture(scope="module")
def understood(stack: Stack) -> None:
    """The played transcription knows what Ada says, since a call was made in which it is said."""
    sid = stack.ring(scenario=FLICKERS, to=ASSISTANT_NUMBER)
    eventually(
        lambda: Call.objects.filter(sid=sid, answered_at__isnull=False).exists(),
        seconds=30,
        what="it is answered",
    )
    conversations.hang_up(stack, sid)
    conversations.ended(sid)


def ring(stack: Stack) -> str:
    """Somebody with many questions calls the assistant."""
    return stack.ring(scenario="taken_over_and_back", to=ASSISTANT_NUMBER)


def open_call(page: Page) -> None:
    """From the list of the AI's calls."""
    with_ai = page.locator("#list-assisted button").first
    expect(with_ai).to_be_visible(timeout=30_000)
    with_ai.click()
    expect(page.locator("#leash")).to_be_visible()
    expect(page.locator("#leash")).to_contain_text(ASSISTANT)


def log(page: Page) -> Locator:
    return page.get_by_role("log", name="What has been said")


def cue(page: Page, state: str) -> Locator:
    """The AI's line that is in this state."""
    return page.locator(f'.cue[data-state="{state}"]').last


def leads(page: Page, who: str) -> None:
    expect(page.locator("#leash")).to_have_attribute("data-who", who, timeout=20_000)


def telephone(page: Page, state: str) -> None:
    expect(page.locator("#telephone-state")).to_have_attribute(
        "data-state", state, timeout=30_000
    )


def live(sid: str) -> Call:
    return Call.objects.get(sid=sid)


def rows(sid: str, **wanted: object) -> list[AssistantLine]:
    return list(AssistantLine.objects.filter(call__sid=sid, **wanted))


def heard_by_the_caller(sid: str) -> str:
    said = Utterance.objects.filter(call__sid=sid, speaker="assistant", source="live")
    return " ".join(said.values_list("text", flat=True))


def take_over(page: Page, sid: str, *, by: str) -> None:
    press_or_click(page, "o" if by == "key" else None, page.locator("#take-over"))
    leads(page, "agent")
    expect(page.locator("#leash")).to_contain_text("You")
    telephone(page, "connected")
    expect(screens.talk_state(page)).to_have_text("Connected", timeout=20_000)
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "false")
    call = live(sid)
    assert (call.mode, call.agent.username) == ("human", "agent")
    eventually(
        lambda: not rows(sid, state__in=AssistantLine.OPEN),
        seconds=10,
        what="none of the AI's lines goes on",
    )
    expect(log(page)).to_contain_text("Taken over by Ada")


def hand_back(page: Page, sid: str, *, by: str) -> None:
    press_or_click(page, "i" if by == "key" else None, page.locator("#hand-back"))
    leads(page, "assistant")
    telephone(page, "ready")
    expect(page.locator("#rejoin")).to_be_hidden()
    assert live(sid).agent.username == "agent"


@pytest.mark.usefixtures("understood")
@pytest.mark.parametrize("by", ["key", "button"])
def test_taking_over_in_mid_sentence_and_handing_back(log_in, stack: Stack, by: str):
    page = log_in(*ADA)
    go_available(page)
    sid = ring(stack)
    open_call(page)
    leads(page, "assistant")
    expect(log(page)).to_contain_text("questions about your lamps", timeout=60_000)
    expect(cue(page, "speaking")).to_be_visible(timeout=40_000)
    if by == "key":
        look(page, "voice-auto")
        expect(cue(page, "speaking")).to_be_visible(timeout=40_000)
    take_over(page, sid, by=by)
    if by == "key":
        look(page, "voice-taken-over")
    before = heard_by_the_caller(sid)
    expect(log(page)).to_contain_text("this is Ada", timeout=40_000)
    assert heard_by_the_caller(sid) == before, "the AI spoke after the takeover"

    hand_back(page, sid, by=by)
    # What it says next is in view before it is heard.
    expect(page.locator("#cue-list")).to_contain_text("you handed back", timeout=30_000)
    if by == "key":
        look(page, "voice-handed-back")
    eventually(
        lambda: rows(sid, kind="resume", state__in=("said", "cut")),
        seconds=40,
        what="it is said",
    )
    expect(log(page)).to_contain_text(f"Handed back to {ASSISTANT}")


def test_a_reload_finds_the_call_with_the_ai_and_leaving_it_frees_me(
    log_in, stack: Stack
):
    page = log_in(*ADA)
    go_available(page)
    sid = ring(stack)
    open_call(page)
    take_over(page, sid, by="key")
    page.reload()
    leads(page, "agent")
    telephone(page, "connected")
    expect(screens.talk_state(page)).to_have_text("Connected", timeout=20_000)
    hand_back(page, sid, by="key")
    page.reload()
    leads(page, "assistant")
    for mark in ("Taken over by Ada", f"Handed back to {ASSISTANT}"):
        expect(log(page)).to_contain_text(mark)
    telephone(page, "ready")
    page.keyboard.press("v")
    expect(page.locator("#list-assisted button").first).to_be_visible(timeout=15_000)
    assert live(sid).agent is None


def words(page: Page) -> Locator:
    """Of the line that is edited: others keep theirs, hidden."""
    return page.get_by_label("What the AI is to say instead").filter(visible=True)


def reword(page: Page, text: str) -> None:
    page.keyboard.press("r")
    words(page).fill(text)
    page.keyboard.press("Control+Enter")


def until_heard(page: Page, sid: str, decide: Callable[[], None]) -> AssistantLine:
    """The line that the caller hears after a decision; one that they talk over is decided about again."""
    before = [row.pk for row in rows(sid, released_at__isnull=False)]
    for _ in range(4):
        expect(cue(page, "waiting")).to_be_visible(timeout=60_000)
        page.wait_for_timeout(SETTLED_MS)
        decide()
        with suppress(AssertionError):
            return eventually(
                lambda: [
                    row
                    for row in rows(sid, released_at__isnull=False)
                    if row.pk not in before and row.heard and row.state != "speaking"
                ],
                seconds=15,
                what="the caller hears it",
            )[0]
    raise AssertionError("the caller talked over every line")


def test_each_line_is_released_edited_or_dropped(log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    sid = ring(stack)
    open_call(page)
    page.keyboard.press("p")
    expect(page.locator("#mode-approve")).to_have_attribute("aria-pressed", "true")
    expect(cue(page, "waiting")).to_be_visible(timeout=60_000)
    look(page, "voice-approve")

    released = until_heard(page, sid, lambda: page.keyboard.press("y"))
    assert released.released_at
    assert released.released_text is None
    expect(log(page)).to_contain_text(released.heard[:20], timeout=20_000)

    expect(cue(page, "waiting")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press("r")
    expect(words(page)).to_be_focused()
    look(page, "voice-edit")
    page.keyboard.press("Escape")
    expect(words(page)).to_be_hidden()
    reworded = until_heard(page, sid, lambda: reword(page, GREEN))
    assert reworded.released_text == GREEN
    assert reworded.decided_by.username == "agent"
    expect(log(page)).to_contain_text(GREEN[:20], timeout=20_000)

    expect(cue(page, "waiting")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press("q")
    (dropped,) = eventually(
        lambda: rows(sid, state="dropped", dropped_at__isnull=False),
        seconds=20,
        what="the line is dropped",
    )
    assert not dropped.heard

    page.keyboard.press("i")
    expect(page.locator("#mode-auto")).to_have_attribute("aria-pressed", "true")
    page.locator("#latency summary").click()
    look(page, "voice-latency")


def test_a_word_in_the_ais_ear(log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    sid = ring(stack)
    open_call(page)
    page.keyboard.press("u")
    page.keyboard.type("Offer the green one.")
    page.keyboard.press("Enter")
    expect(log(page)).to_contain_text("Offer the green one.", timeout=10_000)
    expect(page.locator("#whisper-text")).to_have_value("")
    expect(page.locator("#whisper-last")).to_contain_text("the caller never hears it")
    event = CallEvent.objects.get(call__sid=sid, name="guidance.given")
    assert event.data["text"] == "Offer the green one."
    played = stack.performance(sid)
    assert "Offer" not in str(played["utterances"])


def test_whoever_comes_second_is_told(log_in, stack: Stack):
    ada, ben = log_in(*ADA), log_in(*BEN)
    for page in (ada, ben):
        go_available(page)
    ring(stack)
    for page in (ada, ben):
        open_call(page)
    ben.keyboard.press("o")
    expect(ada.locator("#toasts")).to_contain_text("Taken over by Ben")
    telephone(ben, "connected")
    expect(ada.locator("#list-assisted li")).to_have_count(0)
    expect(ada.locator("#main")).not_to_have_attribute("data-view", "call")


@pytest.fixture
def key(stack: Stack) -> str:
    """Of an integrator's program."""
    user, _ = User.objects.get_or_create(
        username="integrator-voice", defaults={"role": User.Role.INTEGRATOR}
    )
    return tokens.create(user=user, name="tests")[1]


def test_a_call_that_is_taken_over_from_elsewhere_finds_the_telephone(
    log_in, stack: Stack, key: str
):
    page = log_in(*ADA)
    go_available(page)
    sid = ring(stack)
    open_call(page)
    expect(cue(page, "speaking")).to_be_visible(timeout=40_000)
    answer = requests.post(
        f"{stack.web}/take-over",
        json={"sid": sid, "agent": "agent"},
        headers={"Authorization": f"Bearer {key}"},
        timeout=15,
    )
    assert answer.status_code == 200, answer.text
    leads(page, "agent")
    telephone(page, "connected")
    expect(screens.talk_state(page)).to_have_text("Connected", timeout=20_000)


@pytest.mark.usefixtures("understood")
def test_an_assistant_is_tried_without_a_telephone(log_in, stack: Stack):
    page = log_in(*SAM)
    robin = Assistant.objects.get(name=ASSISTANT)
    page.goto(f"{stack.web}/admin/calls/assistant/{robin.pk}/change/")
    page.set_viewport_size(screens.NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "assistant-narrow", whole=True)
    page.set_viewport_size(screens.WIDE)
    page.get_by_role("link", name="Try it").click()
    said = page.get_by_role("region", name="What was said")
    state = page.get_by_role("status")
    look(page, "trial-before")

    page.get_by_role("button", name="Call").click()
    expect(state).to_have_text("Connected: speak.", timeout=30_000)
    expect(said).to_contain_text("Robin")
    expect(said).to_contain_text("this is Ada", timeout=30_000)
    expect(said).to_contain_text("so that I can help you", timeout=20_000)
    look(page, "trial-talking")

    page.get_by_role("button", name="Hang up").click()
    expect(state).to_contain_text("The call is over", timeout=20_000)
    expect(page.get_by_role("link", name="Open the call's page")).to_be_visible()
    look(page, "trial-over")
