"""A small database filled: what is in it fits together, and real calls are not mixed with played ones unasked."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from analytics import daily, documents
from analytics.models import CallDocument, DailyFigures, DailyPresence, Measures
from calls.models import Call, PresenceSpan, Utterance

pytestmark = pytest.mark.django_db(transaction=True)


def fill(**options):
    told = io.StringIO()
    call_command("fill", calls=120, days=3, seed=7, stderr=told, **options)
    return told.getvalue()


COLUMNS = [field.attname for field in CallDocument._meta.concrete_fields]


def kept():
    rows = CallDocument.objects.order_by("pk").values(*COLUMNS)
    return [
        {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def figures():
    fields = [field.attname for field in DailyFigures._meta.concrete_fields[1:]]
    rows = DailyFigures.objects.values_list(*fields)
    return sorted(
        str([round(v, 2) if isinstance(v, float) else v for v in row]) for row in rows
    )


def occupied():
    on_call, available = (
        DailyPresence.objects.filter(agent=None)
        .aggregate(on_call=Sum("on_call"), available=Sum("available"))
        .values()
    )
    return on_call / (on_call + available)


def test_what_is_filled_is_what_the_product_would_make_of_it(client, sam):
    assert "120 of 120 calls" in fill(utterances_per_call=4)
    assert Call.objects.count() == 120
    assert Call.objects.latest("created_at").created_at <= timezone.now()
    assert Utterance.objects.count() > 240
    before, counted = kept(), figures()
    documents.rebuild(list(Call.objects.values_list("pk", flat=True)))
    assert kept() == before
    daily.count_all()
    assert figures() == counted
    assert 0 < occupied() < 1
    client.force_login(sam)
    call = Measures.objects.filter(hold_time__gt=0).first().call
    for address in (
        reverse("calls"),
        reverse("call", args=[call.sid]),
        reverse("trends"),
        "/admin/calls/call/",
    ):
        assert client.get(address).status_code == 200, address


def test_no_agent_has_two_states_at_once():
    fill(utterances_per_call=2)
    free_at = {}
    for span in PresenceSpan.objects.order_by("began_at", "ended_at"):
        assert span.began_at >= free_at.get(span.user_id, span.began_at)
        free_at[span.user_id] = span.ended_at


def test_it_can_be_filled_on_and_the_sequences_go_on_too(ada):
    fill(utterances_per_call=2)
    fill(utterances_per_call=2)
    assert Call.objects.count() == 240
    Call.objects.create(sid="CA1", direction="inbound", created_at=timezone.now())


def test_real_calls_are_left_alone_unless_it_is_wanted(ada):
    Call.objects.create(sid="CA1", direction="inbound", created_at=timezone.now())
    with pytest.raises(CommandError, match="real calls"):
        fill(utterances_per_call=2)
    assert Call.objects.count() == 1
    fill(utterances_per_call=2, yes=True)
    assert Call.objects.count() == 121


def test_nonsense_is_refused(db):
    with pytest.raises(CommandError, match="positive"):
        call_command("fill", calls=0)
