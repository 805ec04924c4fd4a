"""Which calls a search finds, for whom, page by page, and where it says the words are."""

import csv
import io
import logging
import re
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics import documents, find, find_csv, reviewing
from analytics.find_form import FindForm, identity
from analytics.models import (
    Answer,
    CallDocument,
    Contest,
    DailyFigures,
    Measures,
    QualityReport,
)
from analytics.tests.conftest import ANSWERED, default_card, heard
from calls.models import Call, Disposition, Queue, User, Utterance
from calls.services import refusals
from copilot.services import add_utterance

pytestmark = pytest.mark.django_db


def ended(number, agent, *said, **fields):
    """A call that began so many minutes later, with lines (speaker, text) ten seconds apart."""
    at = ANSWERED + timedelta(minutes=number)
    call = Call.objects.create(
        sid=f"CA{number:032}",
        direction=fields.pop("direction", "inbound"),
        status="completed",
        from_number=f"+1555010{number:04}",
        to_number="+15550100000",
        agent=agent,
        created_at=at,
        answered_at=at,
        ended_at=at + timedelta(seconds=60),
        **fields,
    )
    for place, (speaker, text) in enumerate(said):
        heard(call, 10.0 * place, 10.0 * place + 5, text, speaker)
    return call


@pytest.fixture
def three(ada, ben):
    """What Cleo and others said, and what they were told."""
    ended(1, ada, ("agent", "How can I help?"), ("caller", "My lámp came broken."))
    ended(2, ben, ("caller", "Where is my order?"), ("agent", "Your lamp comes Monday"))
    ended(3, ada, ("caller", "I want a refund"), ("assistant", "For the broken shade?"))
    documents.refresh()


def numbers(client, user, **asked):
    client.force_login(user)
    rows = client.get(reverse("calls"), asked).context["rows"]
    return sorted(int(call.sid[2:]) for call, *_ in rows)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "lamp"}, [1, 2]),
        ({"q": "LAMP broken"}, [1]),
        ({"q": "lamp refund"}, []),
        ({"q": '"lamp came broken"'}, [1]),
        ({"q": '"lamp broken"'}, []),
        ({"phrase": "came broken"}, [1]),
        ({"any": "order refund"}, [2, 3]),
        ({"any": 'order "came broken"'}, [1, 2]),
        ({"q": "broken", "none": "refund"}, [1]),
        ({"q": "-lamp"}, [3]),
        ({"q": "brok*"}, [1, 3]),
        ({"q": "lamp", "by": "caller"}, [1]),
        ({"q": "lamp", "by": "ours"}, [2]),
        ({"q": "broken", "by": "ours"}, [3]),
        ({"none": "lamp", "by": "ours"}, [1, 3]),
        ({"q": '"help my"'}, []),  # it ends on the other side
        ({"q": "lamp", "since": "2026-11-21"}, []),
        ({"q": "lamp", "until": "2026-11-20"}, [1, 2]),
    ],
)
def test_words_are_found_as_they_were_asked_for(client, sam, three, asked, found):
    assert numbers(client, sam, **asked) == found


def test_an_agent_finds_nothing_in_the_calls_of_others(client, ada, three):
    assert numbers(client, ada, q="lamp") == [1]
    assert numbers(client, ada, q="-nothing") == [1, 3]


def test_a_document_out_of_date_shows_nobody_elses_call(client, ada, ben, three):
    Call.objects.filter(agent=ada).update(agent=ben)
    assert numbers(client, ada, q="broken") == []


def test_the_transcript_of_the_recording_is_what_is_searched(client, sam, ada):
    call = ended(1, ada, ("caller", "My lump is broken"))
    documents.refresh()
    Utterance.objects.create(
        call=call,
        source="final",
        item="1",
        speaker="caller",
        start=1.0,
        end=2.0,
        text="My lamp is broken",
    )
    assert numbers(client, sam, q="lump") == [1]
    documents.touch(call)
    documents.refresh()
    assert numbers(client, sam, q="lump") == []
    assert numbers(client, sam, q="lamp") == [1]


@pytest.fixture
def measured(ada, ben):
    """Figures that rise with the call's number."""
    support = Queue.objects.create(name="Support")
    for number in range(1, 5):
        call = ended(
            number,
            ada if number % 2 else ben,
            ("caller", "My lamp is broken"),
            queue=support if number < 3 else None,
            outcome="handled" if number > 1 else "abandoned",
            direction="outbound" if number == 4 else "inbound",
        )
        Measures.objects.create(
            call=call,
            computed_at=ANSWERED,
            thresholds={},
            result={
                "figures": {
                    "wait_time": 1.0 * number,
                    "hold_time": 10.0 * (number - 1),
                    "dead_air_time": 5.0 * number,
                    "longest_dead_air": 4.0,
                    "talk_share": {"agent": number / 10, "caller": 1 - number / 10},
                }
            },
        )
        QualityReport.objects.create(
            call=call,
            written_at=ANSWERED,
            model="m",
            transcript="live",
            summary="",
            disposition="resolved" if number > 2 else "unresolved",
            score=10.0 * number,
            needs_human=number == 3,
        )
    documents.refresh()
    return support


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"wait_min": "3"}, [3, 4]),
        ({"hold_max": "0"}, [1]),
        ({"hold_min": "10", "hold_max": "20"}, [2, 3]),
        ({"dead_air_min": "15", "q": "lamp"}, [3, 4]),
        ({"silence_min": "5"}, []),
        ({"talk_share_max": "20"}, [1, 2]),
        ({"score_min": "30"}, [3, 4]),
        ({"duration_min": "60"}, [1, 2, 3, 4]),
        ({"needs_human": "on"}, [3]),
        ({"conclusion": "unresolved"}, [1, 2]),
        ({"direction": "outbound"}, [4]),
        ({"outcome": "abandoned", "q": "lamp"}, [1]),
        ({"score_min": "20", "outcome": "handled", "wait_max": "3"}, [2, 3]),
        ({"status": "completed", "score_min": "40"}, [4]),
        ({"q": "+15550100003", "score_min": "10"}, [3]),
    ],
)
def test_words_and_figures_are_combined(client, sam, measured, asked, found):
    assert numbers(client, sam, **asked) == found


def test_agent_queue_and_disposition_are_combined(client, sam, ada, measured):
    solved = Disposition.objects.create(name="Solved")
    call = Call.objects.get(sid=f"CA{3:032}")
    call.disposition = solved
    call.save()
    documents.refresh()
    assert numbers(client, sam, disposition=solved.pk) == [3]
    assert numbers(client, sam, agent=ada.pk) == [1, 3]
    assert numbers(client, sam, agent=ada.pk, score_min="20") == [3]
    assert numbers(client, sam, queue=measured.pk, q="lamp", agent=ada.pk) == [1]


@pytest.mark.parametrize("address", ["/calls/", "/admin/calls/call/"])
def test_a_number_is_looked_up_by_an_index(client, sam, three, address):
    client.force_login(sam)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address, {"q": "+15550100000"}).status_code == 200
    reads = [
        each["sql"] for each in asked.captured_queries if 'to_number" =' in each["sql"]
    ]
    assert reads
    with connection.cursor() as cursor:
        # Of three calls all would be read in any case, unless that is forbidden.
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
        )
        for sql in reads:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "call_by_number" in plan


@pytest.fixture
def contested(measured, ada, ben):
    """Ada objects to an answer on call 1 and Ben to one on call 2."""
    card = default_card()
    for number, agent in ((1, ada), (2, ben)):
        report = QualityReport.objects.get(call__sid=f"CA{number:032}")
        report.card = card
        report.save()
        answer = Answer.objects.create(
            report=report, question=card.questions.get(key="greeting"), given="no"
        )
        reviewing.contest(answer=answer, reason="I did greet.", by=agent)


def test_contested_reports_are_found_alone_and_with_the_rest(client, sam, contested):
    assert numbers(client, sam, contested="on") == [1, 2]
    assert numbers(client, sam, contested="on", q="lamp") == [1, 2]
    assert numbers(client, sam, contested="on", outcome="abandoned") == [1]
    assert numbers(client, sam, contested="on", score_min="20") == [2]
    assert numbers(client, sam, contested="on", q="+15550100002") == [2]


def test_agents_find_their_own_contested_calls(client, ada, contested):
    assert numbers(client, ada, contested="on") == [1]
    assert numbers(client, ada, contested="on", q="lamp") == [1]


@pytest.mark.parametrize("value", ["yes", ""])
def test_an_answered_objection_is_not_found_any_more(client, sam, contested, value):
    contest = Contest.objects.get(answer__report__call__sid=f"CA{1:032}")
    reviewing.answer_contest(contest=contest, value=value, reply="So.", by=sam)
    assert numbers(client, sam, contested="on") == [2]


def test_an_objection_to_an_earlier_report_is_not_found(client, sam, contested):
    QualityReport.objects.filter(call__sid=f"CA{1:032}").update(current=False)
    assert numbers(client, sam, contested="on") == [2]


def test_contested_is_a_chip_and_goes_into_the_file(client, sam, contested):
    client.force_login(sam)
    shown = client.get(reverse("calls"), {"contested": "on", "outcome": "handled"})
    chips = {chip.text: chip.without for chip in shown.context["chips"]}
    assert chips["Contested"] == "outcome=handled"
    asked = FindForm(QueryDict("contested=on&score_min=5"), user=sam)
    assert asked.is_valid()
    found = find.matching(asked.cleaned_data, sam)
    assert [int(call.sid[2:]) for call in found] == [2, 1]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"q": "!!!"}, "q"),
        ({"q": "lamp", "phrase": "?"}, "phrase"),
        ({"q": "a " * 21}, "q"),
        ({"q": "a" * 201}, "q"),
        ({"score_min": "many"}, "score_min"),
        ({"score_max": "101"}, "score_max"),
        ({"wait_min": "-1"}, "wait_min"),
        ({"wait_min": "9", "wait_max": "2"}, "wait_max"),
        ({"wait_min": "nan"}, "wait_min"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-11-20", "until": "2026-11-19"}, "until"),
        ({"queue": "9" * 40}, "queue"),
        ({"queue": "x"}, "queue"),
        ({"outcome": "x"}, "outcome"),
        ({"by": "me"}, "by"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_of_the_form_is_lost(
    client, sam, three, asked, field
):
    client.force_login(sam)
    answer = client.get(reverse("calls"), {"none": "kept-as-it-is", **asked})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    shown = answer.content.decode()
    assert "kept-as-it-is" in shown
    assert "This cannot be searched" in shown
    assert answer.context["form"].errors[field][0] in shown.replace("&#x27;", "'")


def test_a_result_shows_its_words_marked_and_escaped_and_leads_to_their_second(
    client, sam, ada
):
    call = ended(
        1, ada, ("agent", "Hello"), ("caller", "The <b>lamp</b> & the shade, lamp!")
    )
    documents.refresh()
    client.force_login(sam)
    shown = client.get(reverse("calls"), {"q": "lamp"}).content.decode()
    assert "The &lt;b&gt;<mark>lamp</mark>&lt;/b&gt; &amp; the shade" in shown
    assert f'href="/calls/{call.sid}/?t=10.000"' in shown


def test_the_utterance_that_answers_best_is_shown(client, sam, ada):
    ended(1, ada, ("caller", "my lamp"), ("agent", "is the lamp the red one"))
    documents.refresh()
    client.force_login(sam)
    context = client.get(reverse("calls"), {"q": 'lamp "red one"'}).context
    assert context["rows"][0][3].second == 10.0
    context = client.get(reverse("calls"), {"q": "lamp", "by": "ours"}).context
    assert context["rows"][0][3].speaker == "agent"


@pytest.mark.parametrize("asked", [{}, {"q": "lamp"}, {"direction": "inbound"}])
def test_pages_follow_each_other_without_gap_or_repeat(client, sam, ada, asked):
    size = find.PAGE_SIZE
    Call.objects.bulk_create(
        Call(
            sid=f"CA{n:032}",
            direction="inbound",
            status="completed",
            from_number=f"+1555{n:07}",
            to_number="+15550100000",
            created_at=ANSWERED + timedelta(seconds=n // 3),
            ended_at=ANSWERED + timedelta(seconds=n),
        )
        for n in range(2 * size + 5)
    )
    calls = list(Call.objects.all())
    Utterance.objects.bulk_create(
        Utterance(
            call=call,
            source="live",
            item="1",
            speaker="caller",
            start=0,
            end=1,
            text="lamp",
        )
        for call in calls
    )
    documents.rebuild([call.pk for call in calls])
    client.force_login(sam)
    before, seen = "", []
    for _ in range(3):
        address = {**asked, **({"before": before} if before else {})}
        context = client.get(reverse("calls"), address).context
        seen += [call.pk for call, *_ in context["rows"]]
        before = context["older"]
    assert before == ""
    assert seen == [call.pk for call in calls]


def test_beyond_the_newest_calls_words_are_found_too(client, sam, ada):
    """Which are looked through first; a rare word is in none of them."""
    ended(0, ada, ("caller", "my lamp"))
    documents.refresh()
    CallDocument.objects.bulk_create(
        CallDocument(call=call, created_at=call.created_at, stale=False)
        for call in Call.objects.bulk_create(
            Call(
                sid=f"CB{n:032}",
                direction="inbound",
                status="completed",
                from_number="",
                to_number="",
                created_at=ANSWERED + timedelta(minutes=1 + n),
            )
            for n in range(1_001)
        )
    )
    assert numbers(client, sam, q="lamp") == [0]


def test_the_number_is_told_up_to_a_bound(client, sam, three):
    client.force_login(sam)
    shown = client.get(reverse("calls"), {"q": "lamp"})
    assert shown.context["count"] == 2
    assert "2 calls" in shown.content.decode()


def test_chips_lead_to_the_list_without_them(client, sam, measured):
    client.force_login(sam)
    asked = {"q": "lamp", "by": "caller", "score_min": "20", "queue": measured.pk}
    chips = client.get(reverse("calls"), asked).context["chips"]
    assert {chip.text for chip in chips} == {
        "Said by: The caller",
        "Queue: Support",
        "Score ≥ 20 %",
    }
    score = next(chip for chip in chips if chip.text.startswith("Score"))
    assert score.without == f"q=lamp&by=caller&queue={measured.pk}"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("+1 555 010 7788", "+15550107788"),
        ("15550107788", "+15550107788"),
        ("CA" + "1" * 32, "CA" + "1" * 32),
        ("555", ""),
        ("lamp", ""),
        ("1234567", ""),
        ("+1234567", "+1234567"),
    ],
)
def test_a_number_or_a_sid_is_no_word(line, found):
    assert identity(line) == found


def test_agents_do_not_choose_among_agents(rf, ada):
    form = FindForm(rf.get("/calls/").GET, user=ada)
    assert "agent" not in form.fields


# The file


def table(rf, user, **asked):
    form = FindForm(rf.get("/", asked).GET, user=user)
    assert form.is_valid()
    text = b"".join(find_csv.pieces(form.cleaned_data, user)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_has_all_that_matches_by_published_names(rf, sam, measured):
    rows = table(rf, sam, score_min="20", q="lamp")
    assert [row["score"] for row in rows] == ["40.0", "30.0", "20.0"]
    assert rows[0]["dead_air_time"] == "20.0"
    assert rows[0]["agent"] == "ben"
    assert rows[0]["result"] == "resolved"
    assert rows[0]["created_at"] == "2026-11-20T09:04:00+00:00"
    assert len(table(rf, sam)) == 4


def test_the_file_holds_no_formula_and_nobody_elses_calls(rf, ada, three):
    queue = Queue.objects.create(name="=1+1")
    Call.objects.filter(agent=ada).update(queue=queue)
    rows = table(rf, ada)
    assert {row["queue"] for row in rows} == {"'=1+1"}
    assert {row["from"] for row in rows} == {"'+15550100001", "'+15550100003"}


def test_the_file_is_sent_while_it_is_read(client, sam, three):
    client.force_login(sam)
    answer = client.get(reverse("calls-csv"))
    assert answer.is_async
    assert re.fullmatch(
        r'attachment; filename="calls-\d{4}-\d\d-\d\d.csv"',
        answer["Content-Disposition"],
    )


def test_who_took_a_file_is_written_down_without_what_was_searched(
    client, sam, three, caplog
):
    client.force_login(sam)
    with caplog.at_level(logging.INFO, "analytics.find_views"):
        client.get(reverse("calls-csv"), {"q": "broken"})
    assert f"user {sam.pk}" in caplog.text
    assert "broken" not in caplog.text


def test_no_file_without_permission_or_of_what_makes_no_sense(client, sam, db):
    assert client.get(reverse("calls-csv")).status_code == 302
    client.force_login(User.objects.create_user("ira", role="integrator"))
    assert client.get(reverse("calls-csv")).status_code == 403
    client.force_login(sam)
    assert client.get(reverse("calls-csv"), {"wait_min": "x"}).status_code == 400


def test_all_documents_are_made_again_by_a_command(three):
    before = list(CallDocument.objects.values_list("pk", "words"))
    CallDocument.objects.all().delete()
    told = io.StringIO()
    call_command("documents", "--quiet", stdout=told)
    assert "3 documents" in told.getvalue()
    assert list(CallDocument.objects.values_list("pk", "words")) == before
    assert DailyFigures.objects.get(by_agent=False, by_queue=False).inbound == 3


def test_a_change_that_comes_while_documents_are_made_is_not_lost(ada):
    """Whatever happens to a call marks it again."""
    call = ended(1, ada, ("caller", "my lamp"))
    documents.refresh()
    call.notes = "A lamp."
    call.save()
    assert CallDocument.objects.get().stale
    assert documents.refresh() == 1
    assert not CallDocument.objects.get().stale


def test_words_that_come_after_the_end_of_a_call_are_found(client, sam, ada):
    call = ended(1, ada, ("caller", "my lamp"))
    documents.refresh()
    add_utterance(
        call_id=call.pk, item="late", speaker="caller", start=58, end=59, text="Broken"
    )
    documents.refresh()
    assert numbers(client, sam, q="broken") == [1]


@pytest.mark.parametrize(("before", "left"), [(2, [1]), (1, [])])
def test_a_deleted_call_is_in_no_figure_of_its_day(ada, before, left):
    for number in range(before):
        ended(number, ada, ("caller", "my lamp"))
    documents.refresh()
    Call.objects.latest("created_at").delete()
    documents.refresh()
    days = DailyFigures.objects.filter(by_agent=False, by_queue=False)
    assert list(days.values_list("inbound", flat=True)) == left


@pytest.mark.django_db(transaction=True)
def test_a_call_that_somebody_has_locked_is_touched_all_the_same(ada):
    """Waiting here with a document in hand is half of a deadlock."""
    call = ended(1, ada)
    CallDocument.objects.all().delete()
    done = []

    def touch():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        documents.touch(call)
        done.append(call.pk)
        connection.close()

    with transaction.atomic():
        refusals.locked(call.sid)
        other = threading.Thread(target=touch)
        other.start()
        other.join()
    assert done == [call.pk]
