"""What customers sent along, through the desk's door: from the played Twilio to an agent's browser."""

import uuid

import httpx2
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from calls.models import Customer, Message, User
from calls.telephone import twilio_config

pytestmark = pytest.mark.django_db

OURS = "whatsapp:+15550100001"
CLEO = "+15550107788"


@pytest.fixture
def desk(ada):
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def account(outside, settings):
    """The played account, at the address where it is played."""
    settings.TWILIO_API_URL = outside.url
    twilio_config.cache_clear()
    yield outside
    twilio_config.cache_clear()


def written(account, *kinds):
    """A message of Cleo's with files of these types at the played Twilio."""
    sent = httpx2.post(
        f"{account.url}/_sim/twilio/messages",
        json={"from": f"whatsapp:{CLEO}", "to": OURS, "media": list(kinds)},
    ).json()
    messages = f"{account.url}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}"
    customer, _made = Customer.objects.get_or_create(number=CLEO)
    return Message.objects.create(
        customer=customer,
        direction="inbound",
        status="received",
        sid=sent["sid"],
        media=[
            {
                "url": f"{messages}/Messages/{sent['sid']}/Media/{key}",
                "content_type": kind,
            }
            for key, kind in zip(sent["media"], kinds, strict=True)
        ],
        created_at=timezone.now(),
    )


def at(message, number=0):
    return f"/desk/messages/{message.pk}/media/{number}"


def test_a_picture_is_shown_and_a_file_is_handed_over(desk, account):
    message = written(account, "image/png", "application/pdf", "image/svg+xml")
    picture = desk.get(at(message))
    assert picture.status_code == 200
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert "Content-Disposition" not in picture
    for number, name in ((1, "whatsapp-2.pdf"), (2, "whatsapp-3.svg")):
        file = desk.get(at(message, number))
        assert file["Content-Type"] == "application/octet-stream"
        assert file["Content-Disposition"] == f'attachment; filename="{name}"'
    for answer in (picture, file):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, max-age=300"


def test_only_people_at_a_desk_see_it(account):
    message = written(account, "image/png")
    assert Client().get(at(message)).status_code == 401
    robot = Client()
    robot.force_login(User.objects.create_user("robot", role=User.Role.INTEGRATOR))
    assert robot.get(at(message)).status_code == 403


def test_what_is_not_there_is_said(desk, account):
    message = written(account, "image/png")
    assert desk.get(at(message, 1)).json()["error"]["code"] == "unknown_media"
    message.pk = uuid.uuid4()
    assert desk.get(at(message)).status_code == 404


def test_a_file_that_twilio_has_lost_is_gone(desk, account):
    message = written(account, "image/png")
    Message.objects.update(
        media=[{**message.media[0], "url": message.media[0]["url"] + "0"}]
    )
    answer = desk.get(at(message))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "media_gone")


def test_twilio_failing_is_told(desk, account):
    message = written(account, "image/png")
    account.fault("twilio", "500", path="/2010-04-01/")
    answer = desk.get(at(message))
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "media_unavailable"
    account.heal()


def test_only_twilio_is_asked(desk, account):
    message = written(account, "image/png")
    elsewhere = {"url": "http://127.0.0.1:9/secret", "content_type": "image/png"}
    Message.objects.update(media=[elsewhere])
    assert desk.get(at(message)).status_code == 502
