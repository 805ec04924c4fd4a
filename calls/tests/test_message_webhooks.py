"""WhatsApp's doors: what customers write, and reports about what was written to them."""

import time
from xml.etree import ElementTree

import httpx2
import pytest
from django.utils import timezone

from calls.models import Customer, Message, WebhookDelivery
from calls.services import delivery, messages

SID = "SM" + "1" * 32
CLEO = "+15550107788"


@pytest.fixture
def write(db, twilio):
    """Cleo writes on WhatsApp."""

    def write(**changes):
        form = {
            "MessageSid": SID,
            "From": f"whatsapp:{CLEO}",
            "To": "whatsapp:+15550100001",
            "Body": "Where is my lamp?",
            "NumMedia": "0",
            "ProfileName": "Cleo",
            "WaId": CLEO[1:],
        }
        return twilio("/whatsapp", **(form | changes))

    return write


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/whatsapp", "/message-status"])
def test_a_wrong_signature_is_refused_and_nothing_is_written(client, path):
    answer = client.post(path, {"MessageSid": SID, "From": f"whatsapp:{CLEO}"})
    assert answer.status_code == 403
    assert not WebhookDelivery.objects.exists()
    assert not Customer.objects.exists()


def test_a_message_is_kept_once_with_its_customer_and_opens_the_window(write):
    for answer in (write(), write()):
        assert answer.status_code == 200
        assert list(ElementTree.fromstring(answer.content)) == []
    message = Message.objects.get()
    assert (message.sid, message.body, message.status) == (
        SID,
        "Where is my lamp?",
        "received",
    )
    customer = Customer.objects.get()
    assert (customer.number, customer.name) == (CLEO, "Cleo")
    assert messages.window(customer).open
    assert WebhookDelivery.objects.get().payload["WaId"] == CLEO[1:]


def test_a_name_that_we_gave_stays(write):
    Customer.objects.create(number=CLEO, name="Ms Marsh")
    write()
    assert Customer.objects.get().name == "Ms Marsh"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"Body": "", "ButtonText": "Yes, please"}, "Yes, please"),
        (
            {
                "Body": "",
                "Latitude": "53.54",
                "Longitude": "9.98",
                "Label": "Harbour Lamps",
                "Address": "Quay 1",
            },
            "Harbour Lamps, Quay 1, 53.54, 9.98",
        ),
        ({"Body": "", "Latitude": "53.54", "Longitude": "9.98"}, "53.54, 9.98"),
        ({"Body": ""}, ""),
    ],
)
def test_buttons_and_places_are_shown_as_words(write, form, text):
    write(**form)
    assert Message.objects.get().body == text


def test_what_came_along_is_kept(write):
    address = "https://api.twilio.com/media/ME1"
    write(NumMedia="2", MediaUrl0=address, MediaContentType0="image/jpeg")
    assert Message.objects.get().media == [
        {"url": address, "content_type": "image/jpeg"}
    ]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("STOP", False), (" stop. ", False), ("Start", True), ("Please stop by", None)],
)
def test_stop_and_start_are_obeyed(write, words, wanted):
    write(Body=words)
    assert Customer.objects.get().whatsapp_opt_in is wanted


@pytest.mark.parametrize("from_", [CLEO, "whatsapp:anonymous", ""])
def test_what_is_not_whatsapp_from_a_number_is_only_kept_as_it_came(write, from_):
    assert write(From=from_).status_code == 200
    assert WebhookDelivery.objects.count() == 1
    assert not Message.objects.exists()


def test_a_message_without_a_sid_is_not_kept_as_one(write):
    assert write(MessageSid="").status_code == 200
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_reports_find_their_message_by_our_id_and_then_by_the_sid(twilio):
    customer = Customer.objects.create(number=CLEO, wrote_at=timezone.now())
    message = messages.send(to=customer, by=None, body="Hello")
    delivery.claim(customer_id=customer.pk)
    twilio(
        f"/message-status?message={message.pk}", MessageSid=SID, MessageStatus="sent"
    )
    twilio("/message-status", MessageSid=SID, MessageStatus="delivered")
    answer = twilio("/message-status", MessageSid=SID, MessageStatus="sent")
    message.refresh_from_db()
    assert answer.status_code == 204
    assert (message.sid, message.status) == (SID, "delivered")


# With Twilio's part played


@pytest.fixture
def here(live_server, settings, played):
    """Twilio reaches us: it reports to us, and tells us what customers write."""
    settings.PUBLIC_BASE_URL = live_server.url
    account = f"{played.url}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}"
    keys = (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)
    number = "PN00000000000000000000000000000002"
    httpx2.post(
        f"{account}/IncomingPhoneNumbers/{number}.json",
        data={"SmsUrl": f"{live_server.url}/whatsapp"},
        auth=keys,
    ).raise_for_status()
    return played


def until(condition):
    for _ in range(200):
        if found := condition():
            return found
        time.sleep(0.05)
    return pytest.fail("it did not happen")


def settled(message):
    message.refresh_from_db()
    return message.status in {"read", "failed"}


@pytest.mark.django_db(transaction=True)
def test_a_customer_writes_and_is_answered(here):
    number = f"+1555{timezone.now().microsecond:07d}"
    httpx2.post(
        f"{here.url}/_sim/twilio/messages",
        json={
            "from": f"whatsapp:{number}",
            "to": "whatsapp:+15550100001",
            "body": "Hi",
            "profile": "Cleo",
        },
    ).raise_for_status()
    heard = until(Message.objects.filter(direction="inbound").first)
    reply = messages.send(to=heard.customer, by=None, body="Hello Cleo")
    delivery.transmit(message_id=reply.pk)
    until(lambda: settled(reply))
    assert reply.status == "read"


@pytest.mark.django_db(transaction=True)
def test_a_window_that_only_twilio_knows_to_be_closed_fails_with_its_reason(here):
    customer = Customer.objects.create(
        number=f"+1555{timezone.now().microsecond:07d}", wrote_at=timezone.now()
    )
    message = messages.send(to=customer, by=None, body="Hello")
    delivery.transmit(message_id=message.pk)
    until(lambda: settled(message))
    assert (message.status, message.error_code) == ("failed", "63016")
    assert "24 hours" in message.error


@pytest.mark.django_db(transaction=True)
def test_repeated_and_reordered_reports_end_the_same(here):
    customer = Customer.objects.create(
        number=f"+1555{timezone.now().microsecond:07d}", wrote_at=timezone.now()
    )
    here.fault("twilio", "duplicate")
    here.fault("twilio", "reorder", count=1)
    httpx2.post(
        f"{here.url}/_sim/twilio/messages",
        json={
            "from": f"whatsapp:{customer.number}",
            "to": "whatsapp:+15550100001",
            "body": "Hi",
        },
    ).raise_for_status()
    message = messages.send(to=customer, by=None, body="Hello")
    delivery.transmit(message_id=message.pk)
    until(lambda: settled(message))
    time.sleep(0.5)
    message.refresh_from_db()
    assert message.status == "read"
