"""The rows of a call's page that Python writes and not a template: what is in them, and that no word becomes markup."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics import transcript_page
from analytics.lanes import Bar
from analytics.page import Event
from analytics.places import Place
from analytics.templatetags import call_rows, lane_bars
from analytics.tests.conftest import happened
from analytics.transcript_page import Line
from calls.models import Utterance

WORDS = [
    {"text": "Where", "start": 62.5, "end": 62.75, "confidence": 0.9},
    {"text": "is [card number]?", "start": 63.0, "end": 64.5, "hidden": "x"},
]


def spoken(**fields):
    return Line(**{"kind": "caller", "title": "Caller", "start": 62.5, "end": 65.0} | fields)  # fmt: skip


def test_a_line_says_who_when_and_what_and_how_it_was_meant():
    row = call_rows.transcript_lines(
        [spoken(text="Where?", spoken=True, words="0 25", mood="negative")]
    )
    assert row == (
        '<li class="line by-caller" data-start="62.500" data-end="65.000" data-words="0 25">'
        '<button class="seek" type="button" data-at="62.500">1:02</button>'
        ' <p><span class="who">Caller</span> <span class="said">Where?</span>'
        ' <span class="mood small">negative tone</span></p></li>'
    )


def test_a_moment_says_how_long_it_was_and_why():
    row = call_rows.transcript_lines(
        [spoken(kind="dead-air", title="Silence", text="announced")]
    )
    assert '<li class="moment dead-air" data-start="62.500"' in row
    assert "<span>Silence 2.5 s · announced</span>" in row


def test_no_word_or_name_becomes_markup():
    odd = "<b>&\"'"
    rows = [
        call_rows.transcript_lines([spoken(title=odd, text=odd, spoken=True)]),
        call_rows.transcript_lines([spoken(title=odd, text=odd)]),
        call_rows.place_items([Place(1.0, 2.0, odd)]),
        call_rows.event_rows([Event(1, datetime(2026, 1, 1, tzinfo=UTC), odd, odd)]),
        lane_bars.moments([Bar("1%", "0%", 1.0, 1.0, "mode", odd)]),
        lane_bars.moments([Bar("1%", "1%", 1.0, 2.0, "voicemail", odd)]),
    ]
    for row in rows:
        assert "<b>" not in row
        assert "&lt;b&gt;&amp;&quot;&#x27;" in row


def test_a_place_can_be_heard_to_its_end():
    row = call_rows.place_items([Place(61.0, 64.5)])
    assert 'data-at="61.000" data-until="64.500">1:01</button>' in row
    assert '<span class="small quiet">3.5 s</span>' in row


def test_an_event_is_told_at_the_local_time(settings):
    settings.TIME_ZONE = "Europe/Madrid"
    at = datetime(2026, 1, 1, 9, 5, 7, tzinfo=UTC)
    row = call_rows.event_rows([Event(4, at, "step.changed", "judge done")])
    assert '<time datetime="2026-01-01T10:05:07+01:00">10:05:07</time>' in row
    assert 'step.changed <span class="quiet">judge done</span></td>' in row


def test_moments_are_lines_and_what_lasts_is_a_bar():
    drawn = lane_bars.moments(
        [
            Bar("5%", "0%", 3.0, 3.0, "transfer", "Ada → Ben"),
            Bar("6%", "2%", 4.0, 6.0, "overlap"),
        ]
    )
    assert '<line class="lane-mark transfer" data-at="3.000" x1="5%"' in drawn
    assert "<title>0:03 Ada → Ben</title>" in drawn
    assert '<rect class="bar overlap" data-at="4.000" data-until="6.000"' in drawn
    assert 'y="9" width="2%" height="12"' in drawn


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("Where is [card number]?", "0 25 50 200 50 200 50 200"),
        ("Where are you?", ""),
    ],
)
def test_each_word_of_the_text_has_its_time_where_it_is_known(call, text, times):
    said = Utterance.objects.create(
        call=call,
        source="final",
        item="1",
        speaker="caller",
        start=62.5,
        end=65.0,
        text=text,
        words=WORDS,
    )
    (line,) = transcript_page.lines(call, [said], None, [])
    assert line.words == times


@pytest.mark.django_db
def test_a_long_call_s_page_asks_as_often_as_a_short_one_s(call, client, sam):
    client.force_login(sam)

    def asked(number):
        Utterance.objects.bulk_create(
            Utterance(
                call=call,
                source="final",
                item=f"{number}-{n}",
                speaker="caller",
                start=float(n),
                end=n + 1.0,
                text="Where is [card number]?",
                words=WORDS,
            )
            for n in range(number)
        )
        happened(call, *((1.0, "utterance.added") for _ in range(number)))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("call", args=[call.sid]))
        return len(captured)

    assert asked(1) == asked(30)


@pytest.mark.django_db
def test_the_history_tells_codes_and_no_words(call, client, sam):
    happened(call, (3.0, "utterance.added"), text="Where is my lamp?")
    happened(call, (9.0, "step.changed"), step="judge", state="done", reason="")
    happened(call, (9.5, "call.status"), status="completed", reason="odd")
    client.force_login(sam)
    page = client.get(reverse("call", args=[call.sid])).content.decode()
    history = page[page.index('id="part-history"') :]
    assert "lamp" not in history
    assert '<span class="quiet">judge done</span>' in history
    assert '<span class="quiet">completed</span>' in history
