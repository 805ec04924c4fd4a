"""Who calls and writes: numbers, what is noted, and everything on one timeline."""

from datetime import datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from calls.models import (
    Call,
    CallbackRequest,
    Customer,
    Disposition,
    Message,
    Queue,
    Utterance,
    Voicemail,
)
from calls.services import customers
from calls.services.refusals import Refused

pytestmark = pytest.mark.django_db
CLEO = "+15550107788"


@pytest.fixture
def cleo():
    return Customer.objects.create(number=CLEO, name="Cleo")


def test_a_number_has_one_customer():
    first = customers.customer_of(CLEO)
    assert first == customers.customer_of("+1 555 010 7788")
    assert Customer.objects.get().number == CLEO


@pytest.mark.parametrize(
    "number",
    [
        "",
        "anonymous",
        "client:agent_7",
        "sip:cleo@example.org",
        "+1",
        "+266696687",
        "+86282452253",
        "5550107788",
        "+" + "9" * 40,
    ],
)
def test_what_is_no_number_has_no_customer(number):
    assert customers.customer_of(number) is None
    assert not Customer.objects.exists()


def test_what_is_learned_is_written_down_with_who_did_it(cleo, ada):
    changed = customers.update(
        customer_id=cleo.pk,
        by=ada,
        name="  Cleo   Marsh ",
        notes="Likes brass.",
        whatsapp_opt_in=True,
        do_not_call=False,
    )
    assert (changed.name, changed.notes, changed.whatsapp_opt_in) == (
        "Cleo Marsh",
        "Likes brass.",
        True,
    )
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (ada, str(cleo.pk))
    assert "name, notes and whatsapp_opt_in" in entry.get_change_message().lower()
    assert "brass" not in entry.change_message


def test_writing_the_same_again_is_no_change(cleo, ada):
    for _ in range(2):
        customers.update(customer_id=cleo.pk, by=ada, do_not_call=True)
    assert LogEntry.objects.count() == 1


def test_that_nobody_was_asked_can_be_restored(cleo, ada):
    customers.update(customer_id=cleo.pk, by=ada, whatsapp_opt_in=False)
    customers.update(customer_id=cleo.pk, by=ada, whatsapp_opt_in=None)
    cleo.refresh_from_db()
    assert cleo.whatsapp_opt_in is None


@pytest.mark.parametrize("changes", [{"name": "x" * 121}, {"notes": "x" * 10_001}])
def test_what_is_too_long_is_refused_and_nothing_changes(cleo, ada, changes):
    with pytest.raises(Refused) as caught:
        customers.update(customer_id=cleo.pk, by=ada, do_not_call=True, **changes)
    assert caught.value.code == "too_long"
    cleo.refresh_from_db()
    assert not cleo.do_not_call


def test_an_unknown_customer_is_refused(ada):
    with pytest.raises(Refused) as caught:
        customers.update(customer_id=0, by=ada, name="Nobody")
    assert caught.value.code == "unknown_customer"


# The timeline


def a_call(cleo, number, at, **more):
    return Call.objects.create(
        sid=f"CA{number:032d}",
        direction="inbound",
        status="completed",
        from_number=CLEO,
        to_number="+15550100000",
        customer=cleo,
        created_at=at,
        **more,
    )


@pytest.fixture
def life(cleo, ada):
    """A call, a voicemail with its call, a wish for a callback with its call, a message."""
    now = timezone.now()
    ago = [now - timedelta(minutes=minutes) for minutes in range(10)]
    support = Queue.objects.create(name="Support")
    solved = Disposition.objects.create(name="Solved")
    a_call(cleo, 1, ago[9], agent=ada, disposition=solved, outcome="handled")
    left = a_call(cleo, 2, ago[8], outcome="voicemail")
    Voicemail.objects.create(call=left, recording_sid="RE1", duration=7, left_at=ago[7])
    asked = a_call(cleo, 3, ago[6], outcome="callback")
    CallbackRequest.objects.create(
        call=asked, customer=cleo, queue=support, requested_at=ago[5]
    )
    Message.objects.create(
        customer=cleo,
        direction="outbound",
        status="read",
        body="Hello",
        by=ada,
        created_at=ago[4],
    )
    return ago


def test_everything_is_on_one_timeline_the_newest_first(cleo, ada, life):
    entries = customers.timeline(cleo)
    assert [entry["kind"] for entry in entries] == [
        "message",
        "callback",
        "call",
        "voicemail",
        "call",
        "call",
    ]
    message, callback, _asked, voicemail, _left, call = entries
    assert (message["body"], message["by"]) == ("Hello", {"id": ada.pk, "name": "Ada"})
    assert (callback["queue"]["name"], callback["handled"]) == ("Support", False)
    assert (voicemail["duration"], voicemail["sid"]) == (7.0, f"CA{2:032d}")
    assert (call["agent"]["name"], call["disposition"], call["outcome"]) == (
        "Ada",
        "Solved",
        "handled",
    )


def test_the_timeline_comes_in_pages_without_gaps(cleo, life):
    whole = customers.timeline(cleo)
    pages, before = [], None
    while page := customers.timeline(cleo, before=before, size=2):
        pages += page
        before = datetime.fromtimestamp(page[-1]["at"], tz=life[0].tzinfo)
    assert pages == whole


def test_a_long_life_needs_no_more_questions(
    cleo, life, ada, django_assert_num_queries
):
    for number in range(10, 40):
        a_call(cleo, number, life[3], agent=ada)
    for number in range(50, 60):
        left = a_call(cleo, number, life[3], outcome="voicemail")
        Voicemail.objects.create(
            call=left, recording_sid="RE1", duration=7, left_at=life[2]
        )
    with django_assert_num_queries(5):
        assert len(customers.timeline(cleo, size=20)) == 20


def test_a_voicemail_comes_with_its_first_words(cleo, life):
    Utterance.objects.create(
        call=Call.objects.get(sid=f"CA{2:032d}"),
        source="final",
        item="1",
        speaker="caller",
        start=1.0,
        end=3.0,
        text="It is Cleo.",
    )
    words = [entry.get("transcript") for entry in customers.timeline(cleo)]
    assert [each for each in words if each is not None] == ["It is Cleo."]


def test_another_customers_life_is_not_shown(life):
    assert customers.timeline(Customer.objects.create(number="+15550107799")) == []
