"""What the inbox and the directory tell, to whom, and with how many questions."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.models import (
    Call,
    CallbackRequest,
    Customer,
    Line,
    Message,
    Offer,
    Queue,
    Transfer,
    User,
    Utterance,
    Voicemail,
)
from calls.services import presence

pytestmark = pytest.mark.django_db

NUMBER = "+15550107788"


@pytest.fixture
def desk(ada):
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def cleo():
    return Customer.objects.create(number=NUMBER, name="Cleo")


@pytest.fixture
def support(ada):
    queue = Queue.objects.create(name="Support")
    queue.memberships.create(user=ada)
    return queue


@pytest.fixture
def sales():
    return Queue.objects.create(name="Sales")


def a_call(outcome="abandoned", *, ago=60, **fields):
    at = timezone.now() - timedelta(seconds=ago)
    state = {
        "sid": f"CA{Call.objects.count():032}",
        "direction": "inbound",
        "status": "completed",
        "from_number": NUMBER,
        "to_number": "+15550100000",
        "created_at": at,
        "ended_at": at,
        "outcome": outcome,
    }
    return Call.objects.create(**(state | fields))


def rang(call, agent, outcome="missed", **fields):
    return Offer.objects.create(
        call=call,
        agent=agent,
        offered_at=call.created_at,
        until=call.created_at,
        outcome=outcome,
        **fields,
    )


def a_voicemail(call, *, start=10.0):
    return Voicemail.objects.create(
        call=call,
        recording_sid="RE" + "1" * 32,
        duration=7.0,
        start=start,
        left_at=timezone.now(),
    )


def a_request(call, customer, queue=None):
    return CallbackRequest.objects.create(
        call=call, customer=customer, queue=queue, requested_at=timezone.now()
    )


def wrote(customer, body, *, ago=0, read=False, direction="inbound"):
    at = timezone.now() - timedelta(seconds=ago)
    return Message.objects.create(
        customer=customer,
        direction=direction,
        body=body,
        status="received",
        created_at=at,
        read_at=at if read else None,
    )


def shown(client, name):
    answer = client.get("/desk/inbox")
    assert answer.status_code == 200
    return answer.json()[name]


def said(call, text, start, *, source="final", speaker="caller"):
    Utterance.objects.create(
        call=call,
        source=source,
        item=f"{source}{start}",
        speaker=speaker,
        start=start,
        end=start + 1,
        text=text,
    )


PATHS = [
    ("get", "/desk/inbox"),
    ("get", "/desk/directory"),
    ("post", "/desk/voicemails/1/handled"),
    ("post", "/desk/callbacks/1/handled"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_whoever_has_no_desk_is_told_so(method, path):
    integrator = User.objects.create_user("iris", role=User.Role.INTEGRATOR)
    stranger, client = Client(), Client()
    client.force_login(integrator)
    assert getattr(stranger, method)(path).json()["error"]["code"] == "signed_out"
    assert getattr(client, method)(path).json()["error"]["code"] == "not_allowed"


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_another_method_is_refused(desk, method, path):
    other = {"get": "post", "post": "get"}[method]
    assert getattr(desk, other)(path).status_code == 405


def test_an_empty_inbox_is_four_empty_lists(desk):
    assert desk.get("/desk/inbox").json() == {
        "missed": [],
        "voicemails": [],
        "callbacks": [],
        "threads": [],
    }


# Missed calls


def test_a_call_that_rang_in_vain_and_was_lost_is_missed(desk, ada, cleo):
    call = a_call(customer=cleo)
    rang(call, ada)
    rang(call, ada)
    (missed,) = shown(desk, "missed")
    assert missed == {
        "sid": call.sid,
        "at": pytest.approx(call.created_at.timestamp()),
        "customer": {"id": cleo.pk, "name": "Cleo"},
        "number": NUMBER,
    }


@pytest.mark.parametrize("outcome", ["", "handled", "voicemail", "callback"])
def test_what_somebody_else_sees_to_is_not_missed(desk, ada, outcome):
    rang(a_call(outcome), ada)
    assert shown(desk, "missed") == []


def test_what_rang_elsewhere_or_long_ago_is_not_missed_here(desk, ada, ben):
    rang(a_call(), ben)
    rang(a_call(), ada, "declined")
    rang(a_call(ago=25 * 3600), ada)
    assert shown(desk, "missed") == []


def test_an_invitation_is_no_missed_call(desk, ada, ben):
    call = a_call()
    asked = Transfer.objects.create(
        call=call,
        kind="warm",
        by=ben,
        to_agent=ada,
        state="failed",
        began_at=call.created_at,
    )
    rang(call, ada, transfer=asked)
    assert shown(desk, "missed") == []


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_with_whom_somebody_has_talked_since_it_is_settled(desk, ada, cleo, direction):
    rang(a_call(customer=cleo, ago=600), ada)
    a_call("handled", customer=cleo, ago=900)
    assert len(shown(desk, "missed")) == 1
    a_call("handled", customer=cleo, ago=60, direction=direction)
    assert shown(desk, "missed") == []


# Voicemails


def test_a_message_shows_its_first_words_from_the_tone_on(desk, cleo):
    call = a_call("voicemail", customer=cleo)
    message = a_voicemail(call, start=10.0)
    said(call, "Hello? Anybody?", 3.0)
    said(call, "It is Cleo.", 11.0)
    said(call, "Please leave a message.", 9.5, speaker="agent")
    said(call, "Call me.", 14.0)
    said(call, "as heard live", 11.0, source="live")
    (found,) = shown(desk, "voicemails")
    assert found["transcript"] == "It is Cleo. Call me."
    assert (found["id"], found["sid"], found["duration"]) == (message.pk, call.sid, 7.0)
    assert found["customer"] == {"id": cleo.pk, "name": "Cleo"}


def test_before_it_is_transcribed_there_is_what_was_heard_live(desk):
    call = a_call("voicemail")
    a_voicemail(call)
    assert shown(desk, "voicemails")[0]["transcript"] == ""
    said(call, "As heard live.", 11.0, source="live")
    (found,) = shown(desk, "voicemails")
    assert (found["transcript"], found["customer"]) == ("As heard live.", None)


def test_a_long_message_is_cut_between_words(desk):
    call = a_call("voicemail")
    a_voicemail(call)
    said(call, "lamp " * 100, 11.0)
    text = shown(desk, "voicemails")[0]["transcript"]
    assert len(text) <= 141
    assert text.endswith("lamp…")


def test_messages_are_for_the_people_of_their_queue(desk, sam, support, sales):
    mine = a_voicemail(a_call("voicemail", queue=support))
    a_voicemail(a_call("voicemail", queue=sales))
    assert [each["id"] for each in shown(desk, "voicemails")] == [mine.pk]
    supervisor = Client()
    supervisor.force_login(sam)
    assert len(shown(supervisor, "voicemails")) == 2


def test_what_is_done_is_gone(desk, ada, cleo):
    message = a_voicemail(a_call("voicemail"))
    wanted = a_request(a_call("callback"), cleo)
    for path in (
        f"/desk/voicemails/{message.pk}/handled",
        f"/desk/callbacks/{wanted.pk}/handled",
    ):
        for _ in range(2):
            answer = desk.post(path)
            assert (answer.status_code, answer.json()["handled_by"]) == (200, ada.pk)
    inbox = desk.get("/desk/inbox").json()
    assert inbox["voicemails"] == inbox["callbacks"] == []


@pytest.mark.parametrize("kind", ["voicemail", "callback"])
def test_what_is_for_others_or_for_nobody_is_not_found(desk, cleo, sales, kind):
    call = a_call(queue=sales)
    row = a_voicemail(call) if kind == "voicemail" else a_request(call, cleo, sales)
    for pk in (row.pk, 10**9):
        answer = desk.post(f"/desk/{kind}s/{pk}/handled")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == f"unknown_{kind}"
    row.refresh_from_db()
    assert row.handled_at is None


# Callbacks and threads


def test_who_waits_longest_to_be_called_back_is_first(desk, cleo, support, sales):
    first = a_request(a_call("callback"), cleo, support)
    second = a_request(a_call("callback"), cleo)
    a_request(a_call("callback"), cleo, sales)
    found = shown(desk, "callbacks")
    assert [each["id"] for each in found] == [first.pk, second.pk]
    assert found[0]["queue"] == {"id": support.pk, "name": "Support"}
    assert (found[0]["number"], found[1]["queue"]) == (NUMBER, None)


def test_threads_are_those_with_something_unread(desk, cleo):
    other = Customer.objects.create(number="+15550107789")
    wrote(cleo, "Hello", ago=50)
    wrote(cleo, "Are you there?", ago=40)
    wrote(other, "read", read=True)
    wrote(other, "answer", direction="outbound")
    (thread,) = shown(desk, "threads")
    assert (thread["customer"], thread["name"]) == (cleo.pk, "Cleo")
    assert (thread["unread"], thread["last"]) == (2, "Are you there?")


def test_a_fuller_inbox_asks_no_more_questions_and_is_bounded(desk, ada):
    def fill(count):
        for _ in range(count):
            number = f"+1555011{Customer.objects.count():04}"
            customer = Customer.objects.create(number=number)
            rang(a_call(customer=customer), ada)
            a_voicemail(a_call("voicemail", customer=customer))
            a_request(a_call("callback", customer=customer), customer)
            wrote(customer, "Hello")

    fill(2)
    with CaptureQueriesContext(connection) as few:
        desk.get("/desk/inbox")
    fill(60)
    with CaptureQueriesContext(connection) as many:
        content = desk.get("/desk/inbox").json()
    assert len(many) <= len(few)
    assert {len(each) for each in content.values()} == {50}


# The directory


def test_the_directory_says_who_is_there_and_who_waits(desk, ada, sam, support, sales):
    User.objects.create_user("gone", is_active=False)
    User.objects.create_user("iris", role=User.Role.INTEGRATOR)
    Line.objects.create(number="+15550100000", name="Main line")
    presence.desk_seen(user_id=ada.pk)
    presence.set_presence(user=ada, presence="available")
    support.memberships.create(user=sam)
    now = timezone.now()
    a_call("", status="in-progress", queue=support, waiting_since=now, ended_at=None)
    a_call("", status="completed", queue=support, waiting_since=now)
    found = desk.get("/desk/directory").json()
    assert [(one["name"], one["presence"]) for one in found["agents"]] == [
        ("Ada", "available"),
        ("Sam", "offline"),
    ]
    queues = {
        one["name"]: (one["waiting"], one["available"]) for one in found["queues"]
    }
    assert queues == {"Support": (1, 1), "Sales": (0, 0)}
    assert found["lines"] == [{"number": "+15550100000", "name": "Main line"}]


def test_who_is_being_rung_is_not_available(desk, ada, support):
    presence.desk_seen(user_id=ada.pk)
    presence.set_presence(user=ada, presence="available")
    rang(a_call(""), ada, "ringing")
    (queue,) = desk.get("/desk/directory").json()["queues"]
    assert queue["available"] == 0
