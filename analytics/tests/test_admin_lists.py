"""Every list of history in the admin asks as often for thirty rows as for three, and counts no million."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.models import (
    ForeignTranscript,
    Measures,
    QualityReport,
    Step,
    Transcript,
)
from analytics.tests.conftest import ANSWERED
from calls.admin.history import CappedPaginator, HistoryAdmin
from calls.models import (
    Call,
    CallbackRequest,
    CallEvent,
    Customer,
    Dial,
    Leg,
    Message,
    Offer,
    PresenceSpan,
    Queue,
    Recording,
    Transfer,
    User,
    Utterance,
    Voicemail,
)
from copilot.models import Suggestion

pytestmark = pytest.mark.django_db


def row(number):
    """A call of its own people, with one of everything."""
    at = ANSWERED + timedelta(minutes=number)
    who = User.objects.create(username=f"agent-{number}", role=User.Role.AGENT)
    customer = Customer.objects.create(number=f"+1555010{number:04}")
    call = Call.objects.create(
        sid=f"CA{number:032}",
        direction="inbound",
        status="completed",
        from_number=customer.number,
        to_number="+15550100000",
        agent=who,
        customer=customer,
        queue=Queue.objects.create(name=f"Queue {number}"),
        created_at=at,
        ended_at=at,
    )
    said = Utterance.objects.create(
        call=call, source="live", item="1", speaker="caller", start=0, end=1, text="Hi"
    )
    recording = Recording.objects.create(
        call=call, sid=f"RE{number:032}", status="completed"
    )
    Leg.objects.create(call=call, sid=f"CL{number}", kind="agent", user=who)
    CallEvent.objects.create(call=call, number=1, name="agent.joined", at=at)
    Offer.objects.create(call=call, agent=who, offered_at=at, until=at)
    Transfer.objects.create(
        call=call, kind="warm", by=who, to_queue=call.queue, began_at=at
    )
    Voicemail.objects.create(call=call, recording_sid=f"RE{number}", left_at=at)
    CallbackRequest.objects.create(
        call=call, customer=customer, queue=call.queue, requested_at=at
    )
    Message.objects.create(
        customer=customer, direction="inbound", body="Hi", created_at=at
    )
    PresenceSpan.objects.create(user=who, presence="busy", call=call, began_at=at)
    Suggestion.objects.create(call=call, after=said, text="Hello", decided_by=who)
    Step.objects.create(call=call, name="fetch")
    Measures.objects.create(call=call, computed_at=at, thresholds={}, result={})
    QualityReport.objects.create(
        call=call, written_at=at, model="m", transcript="live", summary=""
    )
    Transcript.objects.create(
        call=call, recording=recording, vendor_id=str(number), ordered_at=at
    )


def rows(numbers):
    for number in numbers:
        row(number)


LISTS = (
    *("call", "callevent", "leg", "recording", "utterance", "offer", "transfer"),
    *("voicemail", "callbackrequest", "message", "customer", "presencespan"),
)
FOUND = ("step", "measures", "qualityreport", "transcript")


def test_thirty_rows_need_no_more_questions_than_three(client, sam):
    client.force_login(sam)
    addresses = [
        *(reverse(f"admin:calls_{name}_changelist") for name in LISTS),
        *(reverse(f"admin:analytics_{name}_changelist") for name in FOUND),
        reverse("admin:copilot_suggestion_changelist"),
    ]
    sam.is_superuser = True
    sam.save()

    def asked(address):
        with CaptureQueriesContext(connection) as questions:
            answer = client.get(address)
        assert answer.status_code == 200, address
        return len(questions), answer.context["cl"].result_count

    rows(range(3))
    three = {address: asked(address) for address in addresses}
    rows(range(3, 30))
    thirty = {address: asked(address) for address in addresses}
    assert {number for _, number in three.values()} == {3}
    assert {number for _, number in thirty.values()} == {30}
    assert {a: n for a, (n, _) in thirty.items()} == {
        a: n for a, (n, _) in three.items()
    }


def test_a_call_is_looked_up_by_its_sid_and_by_its_number(client, sam):
    rows(range(3))
    sam.is_superuser = True
    sam.save()
    client.force_login(sam)
    for name in ("call", "leg", "utterance", "recording", "callevent"):
        for asked in (f"CA{1:032}", " +15550100001"):
            address = reverse(f"admin:calls_{name}_changelist")
            answer = client.get(address, {"q": asked})
            found = [row.pk for row in answer.context["cl"].result_list]
            assert len(found) == 1, (name, asked)


def has_index(model, path):
    """Whether rows with just this value are found without reading all: at each step, by its column."""
    name, _, rest = path.partition("__")
    field = model._meta.get_field(name)
    kept = [*model._meta.indexes, *model._meta.constraints]
    first = {each.fields[0] for each in kept if getattr(each, "fields", ())}
    is_one = field.unique or field.db_index or name in first
    return is_one and (rest == "exact" or has_index(field.related_model, rest))


def test_whatever_a_list_of_history_is_searched_by_has_an_index(rf):
    """The few lists whose own numbers have none are lists of few rows."""
    few = {Dial, Transfer, ForeignTranscript}
    searched = {
        (each.model, path)
        for each in admin.site._registry.values()
        if isinstance(each, HistoryAdmin) and each.model not in few
        for path in each.get_search_fields(rf.get("/"))
    }
    assert len(searched) > 10
    assert [one for one in searched if not has_index(*one)] == []


def test_a_list_counts_so_far_and_no_further(db):
    rows(range(3))
    pages = CappedPaginator(Call.objects.all(), 2)
    assert (pages.count, pages.num_pages) == (3, 2)
    few = type("Few", (CappedPaginator,), {"MOST": 2})(Call.objects.all(), 2)
    assert (few.count, few.num_pages) == (2, 1)
    assert len(few.page(1).object_list) == 2


def test_no_list_of_history_counts_all_its_rows():
    histories = [
        each for each in admin.site._registry.values() if isinstance(each, HistoryAdmin)
    ]
    assert len(histories) > 10
    assert {each.show_full_result_count for each in histories} == {False}
    assert {each.paginator for each in histories} == {CappedPaginator}
