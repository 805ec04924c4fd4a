"""What waits for an agent, in a real browser: WhatsApp and its window, missed calls, voicemails, callbacks."""

import re
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Locator, Page, expect

from calls.models import CallbackRequest, Customer, Message, Queue, Voicemail
from tests.stack import screens
from tests.stack.conftest import Stack, eventually
from tests.stack.screens import go_available, look

pytestmark = pytest.mark.browser

# Nobody has heard of this one, also where the servers have run before.
STRANGER = f"+1555{time.time_ns() // 1000 % 10**7:07d}"
UNREACHABLE = "+15550109999"  # WhatsApp reaches nobody there: simulators/twilio
WANTS_CALLBACK = "+15550101013"
ADA = ("agent", "demo-agent")


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
def _impatient(stack: Stack) -> Iterator[None]:
    """Nobody is rung or waits for long; as before afterwards."""
    support = Queue.objects.filter(name="Support")
    before = support.values("ring_seconds", "max_wait_seconds").get()
    support.update(ring_seconds=5, max_wait_seconds=12)
    yield
    support.update(**before)


def write(stack: Stack, number: str, body: str, *media: str) -> None:
    """A customer writes on WhatsApp."""
    message = {
        "from": f"whatsapp:{number}",
        "to": f"whatsapp:{settings.TWILIO_WHATSAPP_NUMBER}",
        "body": body,
        "profile": "Cleo Marsh",
        "media": list(media),
    }
    stack.control("POST", "/_sim/twilio/messages", message)


def sent(page: Page) -> Locator:
    """The newest message of ours in the thread."""
    return page.locator(".bubble-line[data-direction=outbound][data-status]").last


def group(page: Page, name: str) -> Locator:
    return page.locator(f"[data-group={name}]")


def begins_with_a_template(page: Page) -> None:
    """The window is closed: the customer has never written."""
    page.keyboard.press("w")
    expect(page.get_by_text("has not written yet")).to_be_visible()
    expect(page.get_by_role("textbox", name="Message")).to_be_hidden()
    page.get_by_label("Template").select_option(label="Appointment reminder")
    for name, value in (("name", "Cleo"), ("day", "Friday"), ("time", "ten")):
        page.get_by_label(name, exact=True).fill(value)
    look(page, "thread-closed")
    page.get_by_role("button", name="Send the template").click()
    expect(sent(page)).to_contain_text("We will see you on Friday at ten.")
    expect(sent(page)).to_have_attribute("data-status", "read", timeout=15_000)


def answers_with_files(page: Page, stack: Stack) -> None:
    """The customer writes while I look elsewhere."""
    page.get_by_role("tab", name="Customer").click()
    write(stack, STRANGER, "Ten is fine. This is the lamp.", "image/png", "audio/ogg")
    badge = page.locator("#tab-thread-count")
    expect(badge).to_have_text("1", timeout=10_000)
    expect(page.locator("#talk-number")).to_have_text("Cleo Marsh")
    expect(page.get_by_label("Name of the customer")).to_have_value("Cleo Marsh")
    look(page, "thread-unread")
    page.get_by_role("tab", name="WhatsApp").click()
    expect(page.get_by_text("This is the lamp.").last).to_be_visible()
    expect(badge).to_be_hidden()
    expect(page.get_by_role("link", name="Picture").locator("img")).to_be_visible()
    voice = page.get_by_role("link", name="Voice message")
    with page.expect_download() as download:
        voice.click()
    assert download.value.suggested_filename == "whatsapp-2.oga"


def test_a_thread_with_its_window(log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    stack.ring(**{"scenario": "long_hold", "from": STRANGER})
    expect(page.get_by_role("alertdialog")).to_be_visible(timeout=20_000)
    page.keyboard.press("a")
    expect(screens.talk_state(page)).to_have_text("Connected", timeout=20_000)

    begins_with_a_template(page)
    answers_with_files(page, stack)

    # Open: free text, which goes out at once.
    expect(page.get_by_text("Free text is open for")).to_be_visible()
    expect(page.get_by_label("Template")).to_be_hidden()
    page.get_by_role("textbox", name="Message").fill("What a beautiful lamp!")
    page.keyboard.press("Enter")
    expect(sent(page)).to_contain_text("What a beautiful lamp!")
    expect(sent(page)).to_have_attribute(
        "data-status", re.compile("delivered|read"), timeout=15_000
    )
    look(page, "thread-open")
    page.set_viewport_size(screens.NARROW)
    page.get_by_role("button", name="Close the messages").click()
    expect(page.locator("#panel-thread")).to_be_hidden()
    customer = Customer.objects.get(number=STRANGER)
    assert not Message.objects.unread().filter(customer=customer).exists()


def test_a_message_that_cannot_be_delivered_says_why(log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    write(stack, UNREACHABLE, "Do you have green shades?")
    waiting = group(page, "threads").get_by_role("listitem").filter(has_text="green")
    expect(waiting).to_contain_text("1 unread message", timeout=15_000)
    look(page, "inbox-message")
    waiting.get_by_role("button", name=re.compile("^Open the messages")).click()
    page.get_by_role("textbox", name="Message").fill("We have two left.")
    page.keyboard.press("Enter")
    expect(sent(page)).to_have_attribute("data-status", "undelivered", timeout=15_000)
    expect(sent(page)).to_contain_text(re.compile("Not delivered: .{10}"))
    expect(waiting).to_be_hidden(timeout=10_000)
    look(page, "thread-failed")


@pytest.mark.usefixtures("_impatient")
def test_what_nobody_took_waits_in_the_inbox(log_in, stack: Stack):
    page = log_in(*ADA)
    go_available(page)
    stack.ring(scenario="caller_hangs_up_waiting")
    expect(page.get_by_role("alertdialog")).to_be_visible(timeout=15_000)
    look(page, "ring")
    status = page.locator("#presence-button")
    expect(status).to_have_attribute("data-presence", "away", timeout=20_000)
    expect(page.get_by_text("You missed the call from")).to_be_visible()
    missed = group(page, "missed").get_by_role("listitem").first
    expect(missed).to_contain_text("+1 555 010 1007", timeout=30_000)
    look(page, "missed")

    voicemail_of = stack.ring(scenario="leaves_voicemail")
    stack.ring(scenario="wants_callback")
    voicemail = group(page, "voicemails").get_by_role("listitem").first
    expect(voicemail).to_contain_text("ceiling lamp hums", timeout=90_000)
    callback = (
        group(page, "callbacks").get_by_role("listitem").filter(has_text="from Sales")
    )
    expect(callback).to_have_count(1, timeout=90_000)
    look(page, "inbox")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    listen = voicemail.get_by_role("link", name=re.compile("^Listen"))
    expect(listen).to_have_attribute("href", f"/calls/{voicemail_of}/")
    voicemail.get_by_role("button", name=re.compile("^Done")).click()
    expect(group(page, "voicemails")).to_be_hidden()
    eventually(
        lambda: Voicemail.objects.get(call__sid=voicemail_of).handled_by,
        seconds=10,
        what="the voicemail is done with",
    )

    callback.get_by_role("button", name=re.compile("^Call back")).click()
    dialog = page.get_by_role("dialog", name="Call somebody")
    expect(dialog.get_by_label("Number", exact=True)).to_have_value(WANTS_CALLBACK)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden(timeout=20_000)
    expect(screens.talk_state(page)).to_have_text("Connected", timeout=20_000)
    expect(callback).to_have_count(0, timeout=15_000)
    request = CallbackRequest.objects.latest("requested_at")
    page.keyboard.press("e")
    page.keyboard.press("e")
    eventually(
        lambda: CallbackRequest.objects.get(pk=request.pk).handled_at,
        seconds=15,
        what="the callback is done with",
    )
    expect(page.get_by_role("radio", name="Solved")).to_be_visible(timeout=15_000)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="You are away")).to_be_visible()
