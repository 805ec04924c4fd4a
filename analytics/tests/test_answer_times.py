"""Percentiles of answers by day and version: the database's are those of the formulas, and one query finds them all."""

import csv
import io
from datetime import date, datetime, timedelta
from statistics import quantiles
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from analytics import answer_times, latency
from analytics.answer_times import Spread
from analytics.tests.conftest import ANSWERED, happened
from calls.models import Assistant, AssistantVersion
from copilot.models import AssistantLine

pytestmark = pytest.mark.django_db
DAY = ANSWERED.date()
QUICK = (10.0, 10.3, 10.6, 10.7, 12.0)
SLOW = (10.0, 10.5, 11.5, 12.0, 13.0)
NAMES = ("speech_end", *(stage.moment for stage in latency.STAGES))


@pytest.fixture
def assistant(db):
    def make(name="Nova", number=1, **fields):
        owner, _new = Assistant.objects.get_or_create(name=name)
        return AssistantVersion.objects.create(
            assistant=owner, number=number, greeting="Hi", instructions="Help", **fields
        )

    return make


@pytest.fixture
def answer(call):
    """Stores a reply with its five moments."""

    def keep(version, moments=QUICK, *, at=ANSWERED, **fields):
        line = AssistantLine.objects.create(
            call=call,
            version=version,
            key=f"line-{AssistantLine.objects.count()}",
            **{"kind": "reply", "state": "said"} | fields,
            **dict(zip(NAMES, moments, strict=True)),
        )
        AssistantLine.objects.filter(pk=line.pk).update(created_at=at)
        return line

    return keep


def rows(first=DAY, last=DAY):
    found = answer_times.between(first, last)
    return {(row.day, row.name, row.version): row for row in found}


def everything():
    return rows()[None, "", None]


def test_one_answer_is_its_own_median(assistant, answer):
    answer(assistant())
    assert rows()[DAY, "Nova", 1].spreads == {
        "whole": Spread(0.7, 0.7),
        "understood": Spread(0.3, 0.3),
        "thought": Spread(0.3, 0.3),
        "voiced": Spread(0.1, 0.1),
        "played": Spread(1.3, 1.3),
    }


def test_each_version_day_and_assistant_has_its_row_and_all_have_sums(
    assistant, answer, django_assert_num_queries
):
    nova, newer, vega = assistant(), assistant(number=2), assistant("Vega")
    later = ANSWERED + timedelta(days=1)
    for version, at in [(nova, ANSWERED), (newer, later), (vega, later), (vega, later)]:
        answer(version, at=at)
    with django_assert_num_queries(1):
        found = rows(DAY, later.date())
    counted = {key: row.answers for key, row in found.items()}
    assert counted == {
        (None, "", None): 4,
        (None, "Nova", None): 2,
        (None, "Nova", 1): 1,
        (None, "Nova", 2): 1,
        (None, "Vega", None): 2,
        (None, "Vega", 1): 2,
        (DAY, "", None): 1,
        (DAY, "Nova", None): 1,
        (DAY, "Nova", 1): 1,
        (later.date(), "", None): 3,
        (later.date(), "Nova", None): 1,
        (later.date(), "Nova", 2): 1,
        (later.date(), "Vega", None): 2,
        (later.date(), "Vega", 1): 2,
    }


def test_percentiles_and_stages_are_those_of_the_formulas(assistant, answer):
    version, dice = assistant(), np.random.default_rng(4)
    lines = []
    for _ in range(60):
        moments = [10.0, *(round(10 + dice.random() * 3, 3) for _ in range(4))]
        moments = [
            at if n == 0 or dice.random() > 0.1 else None
            for n, at in enumerate(moments)
        ]
        answer(version, moments)
        lines.append(SimpleNamespace(**dict(zip(NAMES, moments, strict=True))))
    values = {key: [] for key in answer_times.MEASURED}
    for line in lines:
        whole = latency.answered_after(line)
        values["whole"] += [] if whole is None else [whole]
        for each in latency.taken(line):
            values[each.stage.key].append(each.seconds)
    for key, known in values.items():
        cuts = quantiles(known, n=20, method="inclusive")
        assert everything().spreads[key] == pytest.approx((cuts[9], cuts[18]), abs=2e-3)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "greeting"},
        {"moments": (None, None, 1.0, 1.2, 2.0)},
        {"at": ANSWERED - timedelta(days=1)},
        {"at": ANSWERED + timedelta(days=1)},
    ],
)
def test_only_replies_to_callers_in_these_days_count(assistant, answer, other):
    answer(assistant(), **other)
    assert everything().answers == 0
    assert everything().spreads["whole"] is None


def test_trials_do_not_count(assistant, answer, call):
    call.trial = True
    call.save()
    answer(assistant())
    assert everything().answers == 0


def test_a_day_is_one_of_the_configured_time_zone(assistant, answer, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    zone = ZoneInfo("Asia/Tokyo")
    answer(assistant(), at=datetime(2026, 11, 21, 0, 30, tzinfo=zone))
    assert (date(2026, 11, 21), "Nova", 1) in rows(
        date(2026, 11, 21), DAY.replace(day=21)
    )


def test_of_what_a_human_released_only_what_came_before_counts(assistant, answer, ada):
    answer(assistant(), released_at=ANSWERED, decided_by=ada)
    row = everything()
    assert (row.answers, row.waited) == (1, 1)
    assert row.spreads["whole"] is row.spreads["voiced"] is None
    assert row.spreads["thought"] == Spread(0.3, 0.3)


def test_an_answer_that_waited_for_its_veto_window_is_told_from_a_slow_one(
    assistant, answer, call
):
    version = assistant(veto_seconds=3)
    moments = (10.0, 10.3, 10.6, 13.8, 15.0)
    answer(version, moments)
    waited = answer(version, moments)
    happened(call, (11.0, "line.changed"), key=waited.key, state="waiting")
    assert everything().waited == 1
    assert everything().spreads["whole"] == Spread(3.8, 3.8)


# The page


@pytest.fixture
def page():
    return reverse("latency")


@pytest.fixture
def answered(assistant, answer):
    """Nova answered quickly and slowly today, Vega once."""
    nova, vega = assistant(number=3), assistant("Vega <1>")
    for version, moments in [(nova, QUICK), (nova, SLOW), (vega, QUICK)]:
        answer(version, moments, at=timezone.now())
    return nova


def texts(client, user, address):
    client.force_login(user)
    found = client.get(address)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def test_a_supervisor_sees_the_page_and_finds_it_in_the_menu(
    client, sam, page, answered
):
    text = texts(client, sam, page)
    assert "Nova 3" in text
    assert "Vega &lt;1&gt; 1" in text
    assert "0.70 s" in text
    assert '<path class="trend-median" d="M' in text
    assert page in texts(client, sam, "/admin/")


def test_the_page_is_made_of_one_query_more_than_an_empty_one_needs(
    client, sam, page, answered, django_assert_max_num_queries
):
    client.force_login(sam)
    with django_assert_max_num_queries(20) as asked:
        client.get(page)
    tables = [query for query in asked if "copilot_assistantline" in query["sql"]]
    assert len(tables) == 1


def test_without_answers_the_page_says_what_it_will_show(client, sam, page):
    text = texts(client, sam, page)
    assert "No answers in these days" in text
    assert "<table>" not in text
    assert "csv" not in text


def test_one_assistant_can_be_chosen(client, sam, page, answered):
    text = texts(client, sam, f"{page}?assistant={answered.assistant_id}&days=7")
    assert "<td>Nova 3</td>" in text
    assert "<td>Vega" not in text


@pytest.mark.parametrize("query", ["days=9999&assistant=x", "assistant=" + "9" * 40])
def test_what_cannot_be_asked_is_the_usual(client, sam, page, answered, query):
    assert "<td>Vega" in texts(client, sam, f"{page}?{query}")


def test_agents_have_no_such_page(client, ada, page):
    client.force_login(ada)
    assert client.get(page).status_code == 302
    assert client.get(reverse("latency-csv")).status_code == 302


def test_whoever_may_not_see_measures_may_not_see_these(
    client, django_user_model, page
):
    client.force_login(
        django_user_model.objects.create_user("ira", role="integrator", is_staff=True)
    )
    assert client.get(page).status_code == 403
    assert page not in client.get("/admin/").content.decode()


def test_the_same_comes_as_a_file(client, sam, answered):
    client.force_login(sam)
    found = client.get(reverse("latency-csv"))
    assert found.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in found.headers["Content-Disposition"]
    names, nova, vega = csv.reader(io.StringIO(found.content.decode()))
    row = dict(zip(names, nova, strict=True))
    assert row["assistant"] == "Nova"
    assert (row["version"], row["answers"]) == ("3", "2")
    assert (row["whole_p50"], row["thought_p95"]) == ("1.35", "0.965")
    assert vega[1] == "Vega <1>"


def test_a_name_in_the_file_is_no_formula(client, sam, assistant, answer):
    answer(assistant("=1+1"), at=timezone.now())
    client.force_login(sam)
    assert "'=1+1" in client.get(reverse("latency-csv")).content.decode()
