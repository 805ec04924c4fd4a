"""Days counted from calls that were made by hand, and the page that shows them to supervisors."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from analytics import daily, documents, occupancy, paths, trends, trends_page
from analytics.chart import chart
from analytics.models import CallDocument, DailyFigures, DailyPresence
from analytics.trends import FIGURES, Scope
from calls.models import Call, PresenceSpan, Queue

DAY = date(2026, 11, 20)
FIGURE = {figure.key: figure for figure in FIGURES}


@pytest.fixture
def support(db):
    return Queue.objects.create(name="Support")


def counted(day=DAY, hour=9, **found):
    """A call with these figures."""
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    call = Call.objects.create(
        sid=f"CA{Call.objects.count():032}",
        direction=found.get("direction", "inbound"),
        status="completed",
        from_number="+15550107788",
        to_number="+15550100000",
        agent=found.get("agent"),
        queue=found.get("queue"),
        created_at=at,
    )
    fields = {"direction": "inbound", "outcome": "handled", "attended": True}
    CallDocument.objects.create(
        call=call, created_at=at, stale=False, **(fields | found)
    )


def figures(scope=None, first=DAY, last=DAY):
    sums = trends.added(trends.by_day(first, last, scope or Scope()).values())
    return {figure.key: figure.of(sums) for figure in FIGURES}


@pytest.fixture
def day(ada, ben, support, settings):
    settings.SERVICE_LEVEL_SECONDS = 20
    counted(agent=ada, queue=support, wait_time=10, handle_time=100, hold_time=0)
    counted(agent=ada, wait_time=20, handle_time=200, hold_time=30, score=70)
    counted(agent=ben, queue=support, wait_time=60, hold_time=60, score=90)
    counted(outcome="abandoned", queue=support, attended=False)
    counted(outcome="turned-away", attended=False)
    counted(agent=ada, direction="outbound", wait_time=0, dead_air_time=6)
    counted(wait_time=1, attended=False, led=True, dead_air_time=2)
    counted(agent=ada, trial=True, wait_time=900, score=1)
    daily.count([DAY])


def test_a_day_by_its_definitions(day):
    found = figures()
    assert found["calls"] == 7
    assert found["answer_speed"] == pytest.approx((10 + 20 + 60 + 1) / 4)
    assert found["service_level"] == pytest.approx(3 / 5)  # offered: 5, in time: 3
    assert found["abandonment"] == pytest.approx(1 / 5)
    assert found["handle_time"] == 150
    assert found["hold"] == 30
    assert found["hold_when_held"] == 45
    assert found["dead_air"] == 4
    assert found["score"] == 80
    assert found["ai_share"] == pytest.approx(1 / 5)
    assert found["talk_share"] is None
    assert found["suggestion_use"] is None


def test_a_day_by_agent_and_queue(day, ada, ben, support):
    assert figures(Scope(agent=ada.pk))["calls"] == 3
    assert figures(Scope(queue=support.pk))["abandonment"] == pytest.approx(1 / 3)
    assert figures(Scope(agent=ada.pk, queue=support.pk))["answer_speed"] == 10
    by_agent = trends.by_agent(DAY, DAY, Scope())
    assert {key: sums["inbound"] for key, sums in by_agent.items()} == {
        ada.pk: 2,
        ben.pk: 1,
        None: 3,
    }
    by_queue = trends.by_queue(DAY, DAY, Scope(agent=ada.pk))
    assert {key: sums["answered"] for key, sums in by_queue.items()} == {
        support.pk: 1,
        None: 1,
    }


def test_counting_again_changes_nothing(day):
    before = DailyFigures.objects.count(), figures()
    daily.count([DAY, DAY])
    daily.count_all()
    assert (DailyFigures.objects.count(), figures()) == before


def test_suggestions_and_talk_shares(db):
    counted(agent_talk_share=0.4, turns_with_suggestion=3, turns_with_suggestion_used=1)
    counted(agent_talk_share=0.6, turns_with_suggestion=1, turns_with_suggestion_used=1)
    daily.count([DAY])
    assert figures()["talk_share"] == 0.5
    assert figures()["suggestion_use"] == 0.5


@pytest.mark.parametrize(
    ("zone", "hour", "on"),
    [("UTC", 23, DAY), ("Asia/Tokyo", 23, date(2026, 11, 21)), ("Asia/Tokyo", 1, DAY)],
)
def test_a_day_is_one_of_the_companys(settings, db, zone, hour, on):
    settings.TIME_ZONE = zone
    counted(hour=hour)
    daily.count_all()
    assert {row.day for row in DailyFigures.objects.all()} == {on}


def test_a_call_counts_as_soon_as_its_document_is_made(call, ada):
    assert documents.refresh() == 1
    assert figures()["calls"] == 1
    assert documents.refresh() == 0
    call.outcome = "abandoned"
    call.save()
    documents.refresh()
    assert figures()["abandonment"] == 1.0


def test_a_call_that_goes_on_does_not_count(call):
    CallDocument.objects.all().delete()
    call.ended_at = None
    call.save()
    assert documents.refresh() == 0


def test_weeks_are_sums_of_their_days():
    sums = {DAY + timedelta(days=n): {"inbound": 1.0} for n in range(10)}
    weeks = trends.buckets(sums, DAY, DAY + timedelta(days=9), 7)
    assert [found["inbound"] for *_, found in weeks] == [7, 3]


# Occupancy


def at(hour, minute=0, day=DAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def was(who, presence, began, ended, call=None):
    PresenceSpan.objects.create(
        user=who, presence=presence, began_at=began, ended_at=ended, call=call
    )


@pytest.fixture
def desks(ada, ben):
    """Ada talks for one hour of three, wraps up and is away; Ben waits for an hour."""
    was(ada, "available", at(8), at(10))
    was(ada, "busy", at(10), at(11))
    was(ada, "wrap-up", at(11), at(12))
    was(ada, "away", at(12), at(13))
    was(ben, "available", at(8), at(9))
    was(ben, "offline", at(9), None)


def test_occupancy_is_time_on_calls_of_the_time_there_for_calls(desks, ada, ben):
    occupancy.keep(now=at(20))
    assert figures()["occupancy"] == pytest.approx(1 / 4)
    assert figures(Scope(agent=ada.pk))["occupancy"] == pytest.approx(1 / 3)
    by_agent = trends.by_agent(DAY, DAY, Scope())
    assert FIGURE["occupancy"].of(by_agent[ben.pk]) == 0
    assert trends.by_agent(DAY, DAY, Scope(agent=ada.pk)).keys() == {ada.pk}


def test_there_is_no_occupancy_of_a_queue(desks, ada, support):
    occupancy.keep(now=at(20))
    for scope in (Scope(queue=support.pk), Scope(agent=ada.pk, queue=support.pk)):
        assert figures(scope)["occupancy"] is None
        assert trends.by_agent(DAY, DAY, scope) == {}


def test_nobody_who_was_there_is_no_occupancy(ada):
    was(ada, "wrap-up", at(9), at(10))
    was(ada, "offline", at(10), None)
    occupancy.keep(now=at(20))
    assert figures()["occupancy"] is None


def seconds():
    rows = DailyPresence.objects.exclude(agent=None).order_by("day")
    return [(row.day, row.on_call, row.available) for row in rows]


NEXT = DAY + timedelta(days=1)


def test_a_span_over_midnight_is_cut(ada):
    was(ada, "busy", at(23), at(2, day=NEXT))
    occupancy.keep(now=at(20, day=NEXT))
    assert seconds() == [(DAY, 3600, 0), (NEXT, 7200, 0)]


def test_midnight_is_the_companys(ada, settings):
    settings.TIME_ZONE = "Asia/Tokyo"  # nine hours ahead
    was(ada, "busy", at(14), at(17))
    occupancy.keep(now=at(20))
    assert seconds() == [(DAY, 3600, 0), (NEXT, 7200, 0)]


def test_a_span_of_days_is_a_whole_day_between_them(ada):
    was(ada, "available", at(23, day=DAY - timedelta(days=1)), at(1, day=NEXT))
    occupancy.keep(now=at(20, day=NEXT))
    assert [available for *_, available in seconds()] == [3600, 86_400, 3600]


def test_an_open_span_counts_up_to_now_and_is_not_counted_twice(ada):
    was(ada, "available", at(9), None)
    occupancy.keep(now=at(10))
    occupancy.keep(now=at(11))
    assert seconds() == [(DAY, 0, 7200)]
    PresenceSpan.objects.update(ended_at=at(12))
    was(ada, "busy", at(12), None)
    occupancy.keep(now=at(13))
    occupancy.keep(now=at(13))
    assert seconds() == [(DAY, 3600, 10_800)]


def test_days_without_a_count_are_made_up_for(ada):
    was(ada, "available", at(23), None)
    occupancy.keep(now=at(23, 30))
    later = NEXT + timedelta(days=1)
    occupancy.keep(now=at(1, day=later))
    assert seconds() == [(DAY, 0, 3600), (NEXT, 0, 86_400), (later, 0, 3600)]


def test_what_is_written_just_after_midnight_counts_for_the_day_before(ada):
    was(ada, "available", at(22), at(23))
    occupancy.keep(now=at(23, 59))
    was(ada, "busy", at(0, day=NEXT), None)
    occupancy.keep(now=at(0, 1, day=NEXT))
    was(ada, "available", at(23), at(0, day=NEXT))
    occupancy.keep(now=at(0, 2, day=NEXT))
    assert seconds() == [(DAY, 0, 7200), (NEXT, 120, 0)]


def test_all_days_counted_again_are_the_same(desks):
    occupancy.keep(now=at(20))
    before = seconds()
    occupancy.count_all(now=at(20))
    assert seconds() == before


def test_the_time_of_a_trial_does_not_count(call, ada):
    call.trial = True
    call.save()
    was(ada, "available", at(9), at(10))
    was(ada, "busy", at(10), at(11), call)
    occupancy.keep(now=at(20))
    assert seconds() == [(DAY, 0, 3600)]


# Pictures and changes


def test_days_without_a_value_interrupt_the_line_and_a_day_alone_is_a_dot():
    picture = chart([1.0, 2.0, None, 4.0], [2.0, None, None, None])
    assert (picture.line, picture.dots) == (
        "M12.50,75.00 L37.50,50.00",
        "M87.50,0.00 h0",
    )
    assert picture.before == "M12.50,50.00 h0"
    assert [step.value for step in picture.steps] == [0, 1, 2, 3, 4]


def test_nothing_known_is_no_picture():
    assert chart([None, None], [1.0, 2.0]) is None
    assert chart([], []) is None
    assert chart([0.0], []).bars[0].height == "0.000%"


@pytest.mark.parametrize(
    ("most", "steps"), [(100, [0, 50, 100]), (200, [0, 60, 120, 180, 240])]
)
def test_the_axis_of_a_long_time_has_round_minutes(most, steps):
    picture = chart([most, None], [], seconds=True)
    assert [step.value for step in picture.steps] == steps


def test_shares_do_not_go_beyond_all():
    assert chart([0.99], [], most=1.0).steps[-1].value == 1.0
    assert chart([1.0], [], most=1.0).dots == "M50.00,0.00 h0"


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (0.07, 0.02), (4, 1), (9, 5), (2_700, 1_000)]
)
def test_axes_have_round_numbers(most, step):
    assert paths.nice_step(most, steps=4) == step


@pytest.mark.parametrize(
    ("key", "now", "before", "text", "tone"),
    [
        ("calls", 120, 100, "▲ +20 %", "steady"),
        ("answer_speed", 12, 10, "▲ +20 %", "bad"),
        ("answer_speed", 8, 10, "▼ -20 %", "good"),
        ("service_level", 0.85, 0.8, "▲ +5.0 points", "good"),
        ("score", 78, 80, "▼ -2.0 points", "bad"),
        ("score", 80, 80, "unchanged", "steady"),
    ],
)
def test_a_change_is_said_and_judged(key, now, before, text, tone):
    found = trends_page.change(FIGURE[key], now, before)
    assert (found.text, found.tone) == (text, tone)


def test_no_change_of_what_is_not_known():
    assert trends_page.change(FIGURE["calls"], 5, 0) is None
    assert trends_page.change(FIGURE["score"], None, 80) is None


# The page


def page(client, user, **asked):
    client.force_login(user)
    return client.get(reverse("trends"), {"until": "2026-11-20", **asked})


def test_a_supervisor_sees_each_figure_with_its_definition(client, sam, day):
    shown = page(client, sam).content.decode()
    for figure in FIGURES:
        assert str(figure.title).replace("'", "&#x27;") in shown
        assert str(figure.text).replace("'", "&#x27;") in shown
    assert "60.0 %" in shown
    assert 'href="/calls/?since=2026-11-20&amp;until=2026-11-20"' in shown


def test_the_period_before_is_beside_it(client, sam, db):
    counted(DAY)
    counted(DAY - timedelta(days=7))
    counted(DAY - timedelta(days=8))
    daily.count_all()
    card = page(client, sam, days="7").context["cards"][0]
    assert (card.value, card.before, card.change.text) == ("1", "2", "▼ -50 %")


def test_an_agent_and_a_queue_stay_in_the_links(client, sam, day, ada, support):
    shown = page(client, sam, agent=ada.pk, queue=support.pk)
    assert shown.context["cards"][0].value == "1"
    expected = f"until=2026-11-20&agent={ada.pk}&queue={support.pk}"
    assert shown.context["cards"][0].columns[-1][1].address.endswith(expected)


def card(shown, key):
    return next(each for each in shown.context["cards"] if each.figure.key == key)


def test_occupancy_is_shown_with_the_period_before(client, sam, day, desks, ada):
    was(ada, "busy", at(8, day=DAY - timedelta(days=7)), at(9, day=DAY - timedelta(7)))
    occupancy.keep(now=at(20))
    found = card(page(client, sam, days="7", agent=ada.pk), "occupancy")
    assert (found.value, found.before) == ("33.3 %", "100.0 %")


def test_of_a_queue_the_page_says_why_there_is_no_occupancy(
    client, sam, day, desks, support
):
    occupancy.keep(now=at(20))
    shown = page(client, sam, queue=support.pk)
    assert card(shown, "occupancy").value == "–"
    assert "Not known by queue" in shown.content.decode()
    assert "Not known by queue" not in page(client, sam).content.decode()


def test_where_nobody_was_there_for_calls_the_page_says_so(client, sam, day):
    found = card(page(client, sam), "occupancy")
    assert "Nobody was on a call or available" in found.missing


def test_an_agent_who_had_no_call_is_in_the_table(client, sam, ben, db):
    was(ben, "available", at(9), at(10))
    occupancy.keep(now=at(20))
    shown = page(client, sam)
    place = FIGURES.index(FIGURE["occupancy"])
    assert [(name, row[place]) for name, _, row in shown.context["agent_rows"]] == [
        (str(ben), "0.0 %")
    ]


def test_a_year_is_shown_by_weeks(client, sam, day):
    shown = page(client, sam, days="365")
    assert shown.context["by_week"]
    assert len(shown.context["cards"][0].columns) == 53


@pytest.mark.parametrize(
    "asked", [{"days": "x"}, {"until": "x"}, {"until": "2026-13-40"}, {"agent": "x"}]
)
def test_what_makes_no_sense_is_left_out(client, sam, db, asked):
    assert page(client, sam, **asked).status_code == 200


def test_an_empty_period_says_what_will_be_there(client, sam, db):
    assert "No calls in these days" in page(client, sam).content.decode()


def test_agents_have_no_trends(client, ada):
    assert page(client, ada).status_code == 302
    ada.is_staff = True
    ada.save()
    assert page(client, ada).status_code == 403


def test_the_menu_leads_there(client, sam, db):
    client.force_login(sam)
    assert reverse("trends") in client.get("/admin/").content.decode()
