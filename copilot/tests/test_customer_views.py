"""The desk's doors to customers: who comes in, what is answered, what is refused."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import (
    Call,
    Customer,
    Message,
    MessageTemplate,
    Queue,
    User,
    Utterance,
    Voicemail,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cleo():
    return Customer.objects.create(
        number="+15550107788", name="Cleo", wrote_at=timezone.now()
    )


@pytest.fixture
def template():
    return MessageTemplate.objects.create(
        name="After the call",
        content_sid="HX" + "1" * 32,
        body="Hello {{1}}. {{2}}",
        variables=["name", "summary"],
    )


@pytest.fixture
def desk(ada):
    client = Client()
    client.force_login(ada)
    return client


def post(client, path, body):
    text = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(path, text, content_type="application/json")


def at(customer, *rest):
    return "/".join([f"/desk/customers/{customer.pk}", *rest])


def code(answer):
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"]["message"]
    return answer.status_code, answer.json()["error"]["code"]


# Who comes in


@pytest.mark.parametrize("rest", [(), ("messages",), ("read",)])
def test_whoever_is_not_logged_in_is_told_so(cleo, rest):
    assert code(post(Client(), at(cleo, *rest), {})) == (401, "signed_out")


def test_integrators_have_no_desk(cleo):
    client = Client()
    client.force_login(User.objects.create_user("robot", role=User.Role.INTEGRATOR))
    assert code(client.get(at(cleo))) == (403, "not_allowed")


def test_another_site_cannot_write(cleo, ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert post(client, at(cleo), {"name": "Mallory"}).status_code == 403
    cleo.refresh_from_db()
    assert cleo.name == "Cleo"


@pytest.mark.parametrize("rest", [("messages",), ("read",)])
def test_looking_is_not_sending(desk, cleo, rest):
    assert desk.get(at(cleo, *rest)).status_code == 405


@pytest.mark.parametrize("rest", ["", "/messages", "/read"])
@pytest.mark.parametrize("number", [0, 10**30])
def test_a_customer_that_is_not_there_is_said(desk, rest, number):
    wish = {"body": "Hello"} if rest == "/messages" else {}
    path = f"/desk/customers/{number}{rest}"
    assert code(post(desk, path, wish)) == (404, "unknown_customer")


# Looking


def test_a_customer_comes_with_everything_the_desk_shows(desk, cleo, template):
    shown = desk.get(at(cleo)).json()
    assert shown["customer"] == {
        "id": cleo.pk,
        "number": cleo.number,
        "name": "Cleo",
        "notes": "",
        "whatsapp_opt_in": None,
        "do_not_call": False,
    }
    until = cleo.wrote_at + timedelta(hours=24)
    assert shown["window"] == {"open": True, "until": until.timestamp()}
    assert shown["templates"] == [
        {
            "id": template.pk,
            "name": "After the call",
            "body": "Hello {{1}}. {{2}}",
            "variables": ["name", "summary"],
        }
    ]
    assert (shown["timeline"], shown["more"]) == ([], None)


def test_templates_that_are_out_of_use_are_not_offered(desk, cleo, template):
    MessageTemplate.objects.update(active=False)
    assert desk.get(at(cleo)).json()["templates"] == []


def test_only_the_pages_of_ones_own_calls_can_be_opened(desk, cleo, ada, ben, sam):
    for place, agent in enumerate((ada, ben)):
        Call.objects.create(
            sid=f"CA{place}",
            direction="inbound",
            status="completed",
            customer=cleo,
            agent=agent,
            created_at=timezone.now(),
        )
    shown = desk.get(at(cleo)).json()["timeline"]
    assert {entry["sid"]: entry["readable"] for entry in shown} == {
        "CA0": True,
        "CA1": False,
    }
    desk.force_login(sam)
    assert all(entry["readable"] for entry in desk.get(at(cleo)).json()["timeline"])


def test_only_who_may_read_a_call_reads_the_words_of_its_voicemail(desk, cleo, sam):
    call = Call.objects.create(
        sid="CA0",
        direction="inbound",
        status="completed",
        customer=cleo,
        queue=Queue.objects.create(name="Sales"),
        created_at=timezone.now(),
    )
    Voicemail.objects.create(call=call, recording_sid="RE1", left_at=timezone.now())
    Utterance.objects.create(
        call=call, source="final", speaker="caller", start=1, end=2, text="It is Cleo."
    )

    def words():
        timeline = desk.get(at(cleo)).json()["timeline"]
        return [entry["transcript"] for entry in timeline if "transcript" in entry]

    assert words() == [""]
    desk.force_login(sam)
    assert words() == ["It is Cleo."]


def test_what_was_earlier_comes_in_pages(desk, cleo):
    begin = timezone.now()
    Message.objects.bulk_create(
        Message(
            customer=cleo,
            direction="inbound",
            status="received",
            body=str(number),
            created_at=begin - timedelta(minutes=number),
        )
        for number in range(60)
    )
    first = desk.get(at(cleo)).json()
    rest = desk.get(at(cleo), {"before": first["more"]}).json()
    bodies = [entry["body"] for entry in [*first["timeline"], *rest["timeline"]]]
    assert bodies == [str(number) for number in range(60)]
    assert rest["more"] is None


@pytest.mark.parametrize("before", ["", "soon", "nan", "inf", "1e300"])
def test_a_moment_that_is_none_is_refused(desk, cleo, before):
    assert code(desk.get(at(cleo), {"before": before})) == (400, "malformed")


# Changing


def test_changes_are_kept_and_answered(desk, cleo):
    wish = {
        "name": "Cleo Marsh",
        "notes": "Likes brass.",
        "whatsapp_opt_in": True,
        "do_not_call": True,
    }
    answer = post(desk, at(cleo), wish)
    assert answer.json()["customer"] == {"id": cleo.pk, "number": cleo.number} | wish


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"\xff",
        {"number": "+1"},
        {"name": 1},
        {"name": None},
        {"do_not_call": 1},
        {"do_not_call": None},
        {"notes": "a\0b"},
        b'{"notes": "\\ud800"}',
    ],
)
def test_a_body_that_is_not_understood_changes_nothing(desk, cleo, body):
    assert code(post(desk, at(cleo), body)) == (400, "malformed")


def test_notes_have_an_end(desk, cleo):
    assert code(post(desk, at(cleo), {"notes": "x" * 10_001})) == (400, "too_long")
    assert code(post(desk, at(cleo), {"notes": "x" * 70_000})) == (413, "too_large")


# Writing


def test_a_message_is_on_its_way_and_answered_as_it_is_shown(desk, cleo, ada):
    answer = post(desk, at(cleo, "messages"), {"body": "Hello Cleo"}).json()
    message = Message.objects.get()
    assert answer["id"] == str(message.pk)
    assert (answer["direction"], answer["status"]) == ("outbound", "waiting")
    assert answer["by"] == {"id": ada.pk, "name": "Ada"}
    assert desk.get(at(cleo)).json()["timeline"] == [{"kind": "message", **answer}]


def test_a_template_is_sent_with_its_variables(desk, cleo, template):
    wish = {"template": template.pk, "variables": {"summary": "All is well."}}
    answer = post(desk, at(cleo, "messages"), wish).json()
    assert answer["body"] == "Hello Cleo. All is well."


def test_a_closed_window_is_refused_with_what_to_do(desk, cleo):
    Customer.objects.update(wrote_at=None)
    answer = post(desk, at(cleo, "messages"), {"body": "Hello"})
    assert code(answer) == (409, "window_closed")
    assert "template" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"body": "Hello", "template": 1},
        {"template": "1"},
        {"template": True},
        {"template": 1, "variables": {"name": 1}},
        {"template": 1, "variables": {"name": "\0"}},
        {"template": 1, "variables": []},
    ],
)
def test_a_wish_that_is_not_understood_sends_nothing(desk, cleo, wish):
    assert code(post(desk, at(cleo, "messages"), wish)) == (400, "malformed")
    assert not Message.objects.exists()


def test_reading_clears_what_is_unread(desk, cleo):
    Message.objects.create(
        customer=cleo,
        direction="inbound",
        status="received",
        body="Hi",
        created_at=timezone.now(),
    )
    assert post(desk, at(cleo, "read"), {}).json() == {"read": 1}
    assert post(desk, at(cleo, "read"), {}).json() == {"read": 0}
