"""The telephone in a real browser: calling out, every control, colleagues in a call, status and wrap-up."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from calls.models import Call, CallEvent, Disposition, Queue, User, Utterance
from simulators import far_ends
from tests.stack import conversations, screens
from tests.stack.conftest import Stack, eventually
from tests.stack.screens import go_available, look, press_or_click, talk_state

pytestmark = pytest.mark.browser

GLAD = "+15550102005"  # picks up and talks: simulators/scripts/called
WANTS_NO_CALLS = "+15550103009"
PREMIUM = "+19005550123"
# What the agents' microphones hear: fits every call of this module.
SPOKEN = (
    (8, "Of course. It will be waiting for you in the shop until Saturday."),
    (14, "We do. A new cable takes about a week."),
)
ADA = ("agent", "demo-agent")
BEN = ("agent2", "demo-agent2")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    heard = tmp_path_factory.mktemp("microphone") / "agent.wav"
    with screens.chromium_with(screens.microphone(heard, SPOKEN)) as browser:
        yield browser


@pytest.fixture
def log_in(browser: Browser, stack: Stack) -> Iterator[screens.LogIn]:
    with screens.people(browser, stack) as log_in:
        yield log_in


@pytest.fixture
def support() -> Iterator[Queue]:
    """The demo's queue as an administrator may set it; as before afterwards."""
    queue = Queue.objects.get(name="Support")
    yield queue
    Queue.objects.get(name="Support").dispositions.set(Disposition.objects.all())
    Queue.objects.filter(pk=queue.pk).update(
        disposition_required=False, wrap_up_seconds=10
    )


def live(sid: str) -> Call:
    return Call.objects.get(sid=sid)


def happened(sid: str, name: str) -> int:
    return CallEvent.objects.filter(call__sid=sid, name=name).count()


def control(page: Page, name: str) -> Locator:
    return page.locator(f"#{name}")


def dial(page: Page, number: str) -> None:
    page.keyboard.press("c")
    expect(page.get_by_role("dialog", name="Call somebody")).to_be_visible()
    page.keyboard.type(number)
    page.keyboard.press("Enter")


def answer(page: Page, stack: Stack, **wish: str) -> str:
    """Somebody rings, and this agent takes the call by key and is in it."""
    sid = stack.ring(**{"scenario": "long_hold", **wish})
    expect(page.get_by_role("alertdialog")).to_be_visible(timeout=20_000)
    page.keyboard.press("a")
    expect(talk_state(page)).to_have_text("Connected", timeout=20_000)
    return sid


def end(page: Page) -> None:
    page.keyboard.press("e")
    page.keyboard.press("e")
    expect(page.locator("#main")).to_have_attribute(
        "data-view", "wrapup", timeout=15_000
    )


def finish(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    expect(page.locator("#main")).to_have_attribute(
        "data-view", re.compile("ready|away|ringing"), timeout=15_000
    )


def spoken(stack: Stack, sid: str) -> str:
    return " ".join(line["text"] for line in conversations.said(stack, sid))


def written(sid: str, part: str) -> bool:
    return Utterance.objects.filter(call__sid=sid, text__contains=part).exists()


def test_the_door_and_the_empty_desk(browser, log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    screens.go_away(page)
    expect(page.get_by_role("heading", name="You are away")).to_be_visible()
    look(page, "idle-away")
    page.get_by_role("button", name="Go available").first.click()
    expect(page.get_by_role("heading", name="Ready for the next call")).to_be_visible()
    look(page, "idle-ready")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    look(page, "shortcuts")
    page.keyboard.press("Escape")
    page.context.clear_cookies()
    page.goto(f"{stack.web}/login/")
    look(page, "login")


def test_a_call_to_a_customer(log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Call somebody")
    number, error = (
        dialog.get_by_label("Number", exact=True),
        dialog.get_by_role("alert"),
    )
    expect(number).to_be_focused()
    page.keyboard.press("Enter")
    expect(error).to_have_text("Please enter a number.")
    calls = Call.objects.count()
    for wrong in ("+1 555", PREMIUM, WANTS_NO_CALLS):
        number.fill(wrong)
        expect(error).to_be_empty()
        page.keyboard.press("Enter")
        expect(error).not_to_be_empty()
        expect(number).to_be_focused()
    assert Call.objects.count() == calls
    look(page, "dial-refused")
    number.fill(GLAD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden(timeout=20_000)
    expect(talk_state(page)).to_have_text("Connected", timeout=20_000)
    log = page.get_by_role("log", name="What has been said")
    expect(log).to_contain_text("Hello", timeout=20_000)
    expect(log).to_contain_text("until Saturday", timeout=40_000)
    expect(log).to_contain_text("how nice of you to call", timeout=40_000)
    look(page, "outbound-call")

    end(page)
    call = Call.objects.filter(direction="outbound", to_number=GLAD).latest("id")
    card = page.locator("#wrap-card")
    expect(card.get_by_role("heading", name="+1 555 010 2005")).to_be_visible()
    expect(card.get_by_role("radio")).to_have_count(4)
    page.keyboard.press("2")
    expect(card.get_by_role("radio", name="Follow-up needed")).to_be_checked()
    page.keyboard.press("n")
    page.keyboard.type("Comes by tomorrow.")
    look(page, "outbound-wrap-up")
    finish(page)
    call.refresh_from_db()
    assert str(call.disposition) == "Follow-up needed"
    assert call.notes == "Comes by tomorrow."
    assert call.agent.username == "agent"


def test_calls_that_reach_nobody(log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    card = page.locator("#wrap-card")
    dialog = page.get_by_role("dialog", name="Call somebody")
    for number, told in (
        (far_ends.BUSY, "Busy"),
        (far_ends.FAILS, "Call failed"),
        (far_ends.NOBODY, "No answer"),
    ):
        dial(page, number)
        if number == far_ends.NOBODY:
            expect(dialog).to_be_hidden(timeout=20_000)
            expect(talk_state(page)).to_have_text("Ringing", timeout=20_000)
            look(page, "outbound-ringing")
        label = page.locator("#wrap-label")
        expect(label).to_have_text(told, timeout=90_000)
        expect(card.get_by_role("button", name="Call again")).to_be_visible()
        if number == far_ends.BUSY:
            look(page, "outbound-busy")
        finish(page)
    dial(page, far_ends.NOBODY)
    expect(dialog).to_be_hidden(timeout=20_000)
    expect(talk_state(page)).to_have_text("Ringing", timeout=20_000)
    expect(control(page, "end")).to_contain_text("Cancel")
    end(page)
    expect(page.locator("#wrap-label")).to_have_text("Canceled before anybody answered")
    finish(page)


@pytest.mark.parametrize("by", ["key", "button"])
def test_the_controls_of_a_call(log_in, stack: Stack, by: str):
    page = log_in(*ADA)
    go_available(page)
    sid = answer(page, stack)

    def use(name: str, key: str) -> None:
        press_or_click(page, key if by == "key" else None, control(page, name))

    def pressed(name: str, *, on: bool) -> None:
        expect(control(page, name)).to_have_attribute(
            "aria-pressed", str(on).lower(), timeout=10_000
        )

    use("hold", "h")
    pressed("hold", on=True)
    expect(talk_state(page)).to_have_text("On hold")
    expect(page.get_by_text("The caller hears music.").first).to_be_visible()
    assert live(sid).held_at
    if by == "key":
        look(page, "on-hold")
    use("hold", "h")
    pressed("hold", on=False)
    expect(talk_state(page)).to_have_text("Connected")
    eventually(lambda: live(sid).held_at is None, seconds=5, what="the hold ends")

    use("mute", "m")
    pressed("mute", on=True)
    eventually(lambda: live(sid).muted_at, seconds=10, what="muted for everybody")
    use("mute", "m")
    pressed("mute", on=False)
    eventually(lambda: live(sid).muted_at is None, seconds=10, what="heard again")

    use("keypad", "k")
    keypad = page.get_by_role("dialog", name="Keypad")
    expect(keypad).to_be_visible()
    if by == "key":
        page.keyboard.type("12#")
    else:
        for digit in "12#":
            keypad.get_by_role("button", name=digit, exact=True).click()
    expect(page.locator("#keypad-sent")).to_have_text("•••")
    if by == "key":
        look(page, "keypad")
    eventually(
        lambda: sum(digits_sent(sid)) == 3, seconds=10, what="the digits are sent"
    )
    page.keyboard.press("Escape")
    expect(keypad).to_be_hidden()
    end(page)
    finish(page)


def digits_sent(sid: str) -> list[int]:
    sent = CallEvent.objects.filter(call__sid=sid, name="digits.sent")
    return [event.data["count"] for event in sent]


@pytest.mark.parametrize("by", ["key", "button"])
def test_nothing_said_in_a_secure_moment_is_written(log_in, stack: Stack, by: str):
    page = log_in(*ADA)
    go_available(page)
    sid = answer(page, stack)
    page.keyboard.press("m")  # the caller alone talks, every eight seconds
    log = page.get_by_role("log", name="What has been said")
    expect(log).to_contain_text("discontinued", timeout=40_000)

    press_or_click(page, "s" if by == "key" else None, control(page, "secure"))
    expect(page.get_by_text("Not recorded")).to_be_visible(timeout=10_000)
    if by == "key":
        look(page, "secure")
    eventually(
        lambda: "take your time" in spoken(stack, sid),
        seconds=40,
        what="the caller says something in it",
    )
    press_or_click(page, "s" if by == "key" else None, control(page, "secure"))
    expect(page.get_by_text("Not recorded")).to_be_hidden(timeout=10_000)
    expect(log).to_contain_text("take both of them", timeout=40_000)
    expect(log).to_contain_text("Paused for card data")
    expect(log).not_to_contain_text("take your time")
    assert not written(sid, "your time")
    end(page)
    expect(page.locator("#main[data-secure]")).to_have_count(0)
    finish(page)


def invited(ada: Page, ben: Page, stack: Stack) -> str:
    """A caller of Ada's, and Ben who was asked to join and did."""
    go_available(ada)
    sid = answer(ada, stack)
    log = ada.get_by_role("log", name="What has been said")
    expect(log).to_contain_text("discontinued", timeout=40_000)
    go_available(ben)
    ada.keyboard.press("t")
    dialog = ada.get_by_role("dialog", name="Transfer the call")
    expect(dialog.get_by_role("option", name=re.compile("^Ben"))).to_be_visible()
    ada.keyboard.type("ben")
    expect(dialog.get_by_role("option")).to_have_count(1)
    return sid


def accept_invitation(ada: Page, ben: Page) -> None:
    ada.keyboard.press("Enter")
    invitation = ben.get_by_role("alertdialog")
    expect(invitation).to_be_visible(timeout=20_000)
    expect(invitation).to_contain_text("Ada Lindqvist")
    expect(ada.locator("#consult")).to_contain_text("Asking Ben")


def test_a_warm_transfer(log_in, stack: Stack):
    ada, ben = log_in(*ADA), log_in(*BEN)
    sid = invited(ada, ben, stack)
    look(ada, "transfer-dialog")
    accept_invitation(ada, ben)
    look(ada, "consult-asking")
    look(ben, "invitation")
    ben.keyboard.press("a")
    expect(ada.locator("#consult")).to_contain_text(
        "You are talking to Ben", timeout=20_000
    )
    expect(ben.locator("#consult")).to_contain_text("Ada Lindqvist has a caller")
    assert live(sid).held_at
    look(ada, "consult-talking")
    look(ben, "consult-guest")

    before = Utterance.objects.filter(call__sid=sid).count()
    ada.keyboard.press("f")
    expect(ada.locator("#main")).to_have_attribute(
        "data-view", "wrapup", timeout=15_000
    )
    expect(ada.locator("#wrap-label")).to_have_text("You handed the call on")
    expect(talk_state(ben)).to_have_text("Connected", timeout=15_000)
    assert live(sid).agent == User.objects.get(username="agent2")
    log = ben.get_by_role("log", name="What has been said")
    expect(log).to_contain_text("discontinued")
    expect(log).to_contain_text("Handed over to Ben")
    eventually(
        lambda: Utterance.objects.filter(call__sid=sid).count() > before,
        seconds=40,
        what="the conversation is written on in the same call",
    )
    look(ben, "handed-over")
    expect(control(ben, "hold")).not_to_have_attribute("aria-disabled", "true")
    end(ben)
    for page in (ada, ben):
        finish(page)


def test_a_three_way_call_that_the_guest_leaves(log_in, stack: Stack):
    ada, ben = log_in(*ADA), log_in(*BEN)
    sid = invited(ada, ben, stack)
    accept_invitation(ada, ben)
    ben.get_by_role("button", name="Accept").click()
    expect(ada.locator("#consult")).to_contain_text(
        "You are talking to Ben", timeout=20_000
    )
    ada.get_by_role("button", name="Three-way").click()
    expect(ada.locator("#consult")).to_contain_text(
        "All three are talking", timeout=15_000
    )
    expect(talk_state(ada)).to_have_text("Connected")
    expect(ben.locator("#consult")).to_contain_text("the caller are talking")
    assert live(sid).held_at is None
    look(ada, "three-way")
    look(ben, "three-way-guest")
    ben.keyboard.press("v")
    expect(ben.locator("#main")).not_to_have_attribute(
        "data-view", "call", timeout=15_000
    )
    expect(ada.locator("#consult")).to_be_hidden(timeout=15_000)
    assert live(sid).agent == User.objects.get(username="agent")
    expect(talk_state(ada)).to_have_text("Connected")
    end(ada)
    finish(ada)


def test_a_status_for_after_the_call_and_an_outcome_that_is_required(
    log_in, stack: Stack, support: Queue
):
    Queue.objects.filter(pk=support.pk).update(
        disposition_required=True, wrap_up_seconds=60
    )
    page = log_in(*ADA)
    go_available(page)
    sid = answer(page, stack)
    status = page.locator("#presence-button")
    expect(status).to_have_attribute("data-presence", "busy")
    status.click()
    expect(page.get_by_text("After this call")).to_be_visible()
    look(page, "status-menu")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Away")
    expect(status).to_have_attribute("data-presence", "busy")

    end(page)
    expect(status).to_have_attribute("data-presence", "wrap-up")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Choose one to finish")).to_be_visible()
    look(page, "wrap-up-required")
    assert live(sid).disposition is None
    page.keyboard.press("1")
    expect(page.get_by_role("radio", name="Complaint")).to_be_checked()
    finish(page)
    expect(status).to_have_attribute("data-presence", "away")
    assert str(live(sid).disposition) == "Complaint"
