"""Supervisors edit lines, queues and hours in the admin, and read the histories."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls.models import (
    Call,
    Disposition,
    Line,
    Offer,
    OpeningHours,
    PresenceSpan,
    Queue,
    User,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor(client, sam):
    client.force_login(sam)
    return client


def rows(name, *each):
    """What a page sends for the rows of an inline."""
    sent = {f"{name}-TOTAL_FORMS": str(len(each)), f"{name}-INITIAL_FORMS": "0"}
    for number, row in enumerate(each):
        sent |= {f"{name}-{number}-{field}": value for field, value in row.items()}
    return sent


def add(client, model, **fields):
    inlines = fields.pop("rows", {})
    page = reverse(f"admin:calls_{model}_add")
    return client.post(page, fields | inlines)


def mistakes(answer):
    return answer.context["errors"] if answer.status_code == 200 else []


LINE = {
    "number": "+1 (555) 010-0000",
    "name": "Main line",
    "language": "en-GB",
    "when_closed": "voicemail",
    "answered_by": "agents",
    "agent_lost": "queue",
    "holding_after": "0",
}
QUEUE = {
    "name": "Support",
    "strategy": "longest-idle",
    "ring_seconds": "15",
    "max_wait_seconds": "120",
    "fallback": "voicemail",
    "wrap_up_seconds": "30",
}


def test_a_number_is_kept_in_international_form(supervisor):
    assert not mistakes(add(supervisor, "line", **LINE))
    assert Line.objects.get().number == "+15550100000"


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "555 0100"},
        {"number": "lamp"},
        {"language": "xx-XX"},
        {"when_closed": "queue"},
        {"when_closed": "assistant"},
        {"answered_by": "assistant"},
        {"holding_after": "6"},
        {"greeting": "a" * 1001},
    ],
)
def test_a_line_that_could_not_work_is_refused(supervisor, wrong):
    assert mistakes(add(supervisor, "line", **(LINE | wrong)))
    assert not Line.objects.exists()


def test_one_number_is_one_line_however_it_is_typed(supervisor):
    add(supervisor, "line", **LINE)
    assert mistakes(add(supervisor, "line", **(LINE | {"number": "+15550100000"})))


def test_a_queue_is_made_with_its_agents(supervisor, ada, ben):
    members = rows(
        "memberships",
        {"user": ada.pk, "priority": "1"},
        {"user": ben.pk, "priority": "9"},
    )
    assert not mistakes(add(supervisor, "queue", rows=members, **QUEUE))
    found = Queue.objects.get().memberships.values_list("user", "priority")
    assert set(found) == {(ada.pk, 1), (ben.pk, 9)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"fallback": "queue"},
        {"ring_seconds": "2"},
        {"max_wait_seconds": "99999"},
        {"wait_music": "ftp://music.example/a.wav"},
    ],
)
def test_a_queue_that_could_not_work_is_refused(supervisor, wrong):
    answer = add(supervisor, "queue", rows=rows("memberships"), **(QUEUE | wrong))
    assert mistakes(answer)
    assert not Queue.objects.exists()


@pytest.mark.parametrize("priority", ["0", "10"])
def test_priorities_are_1_to_9(supervisor, ada, priority):
    members = rows("memberships", {"user": ada.pk, "priority": priority})
    assert mistakes(add(supervisor, "queue", rows=members, **QUEUE))


def test_a_queue_does_not_fall_back_on_itself(supervisor):
    queue = Queue.objects.create(name="Support")
    page = reverse("admin:calls_queue_change", args=[queue.pk])
    wrong = {"fallback": "queue", "fallback_queue": queue.pk}
    assert mistakes(supervisor.post(page, QUEUE | rows("memberships") | wrong))


def hours(*times, zone="Europe/Berlin", days=()):
    return {"name": "Office", "time_zone": zone} | {
        "rows": rows("times", *times) | rows("holidays", *days)
    }


def test_hours_are_made_with_their_times_and_holidays(supervisor):
    day = {"weekday": "0", "opens": "09:00", "closes": "00:00"}
    holiday = {"day": "2026-12-25", "name": "Christmas"}
    assert not mistakes(add(supervisor, "openinghours", **hours(day, days=[holiday])))
    made = OpeningHours.objects.get()
    assert (made.times.count(), made.holidays.count()) == (1, 1)
    assert supervisor.get("/admin/calls/openinghours/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        hours({"weekday": "0", "opens": "17:00", "closes": "09:00"}),
        hours({"weekday": "0", "opens": "09:00", "closes": "09:00"}),
        hours({"weekday": "7", "opens": "09:00", "closes": "10:00"}),
        hours(zone="Europe/Atlantis"),
    ],
)
def test_hours_that_are_none_are_refused(supervisor, wrong):
    assert mistakes(add(supervisor, "openinghours", **wrong))
    assert not OpeningHours.objects.exists()


def test_a_disposition_is_not_deleted(supervisor):
    used = Disposition.objects.create(name="Solved")
    page = reverse("admin:calls_disposition_delete", args=[used.pk])
    assert supervisor.post(page, {"post": "yes"}).status_code == 403


@pytest.fixture
def history(ada):
    """Two of each kind, then as many more as are asked for."""

    def history(count):
        for number in range(count):
            person = User.objects.create_user(f"agent{User.objects.count()}")
            queue = Queue.objects.create(name=f"Queue {Queue.objects.count()}")
            queue.memberships.create(user=person)
            Line.objects.create(
                number=f"+1555010{Line.objects.count():04}", name="Line", queue=queue
            )
            opening = OpeningHours.objects.create(name=queue.name)
            opening.times.create(weekday=number % 7, opens="09:00", closes="10:00")
            now = timezone.now() - timedelta(seconds=number)
            call = Call.objects.create(
                sid=f"CA{Call.objects.count():032}",
                direction="inbound",
                from_number="+15550107788",
                to_number="+15550100000",
                created_at=now,
            )
            Offer.objects.create(
                call=call, agent=person, offered_at=now, until=now, outcome="missed"
            )
            PresenceSpan.objects.create(
                user=ada, presence="away", call=call, began_at=now, ended_at=now
            )

    return history


@pytest.mark.parametrize(
    "model", ["line", "queue", "openinghours", "offer", "presencespan", "user"]
)
def test_a_longer_list_asks_no_more_questions(supervisor, history, model):
    page = f"/admin/calls/{model}/"
    history(2)
    supervisor.get(page)
    with CaptureQueriesContext(connection) as few:
        assert supervisor.get(page).status_code == 200
    history(12)
    with CaptureQueriesContext(connection) as many:
        assert supervisor.get(page).status_code == 200
    assert len(many) <= len(few)


def test_a_persons_page_shows_queues_and_the_latest_changes(supervisor, history, ada):
    history(25)
    page = reverse("admin:calls_user_change", args=[ada.pk])
    answer = supervisor.get(page)
    assert answer.status_code == 200
    assert b"presence_spans" in answer.content


@pytest.mark.parametrize(
    "model",
    ["offer", "presencespan", "transfer", "dial", "voicemail", "callbackrequest"],
)
def test_histories_are_read_and_not_written(supervisor, model):
    assert supervisor.get(f"/admin/calls/{model}/").status_code == 200
    assert supervisor.get(f"/admin/calls/{model}/add/").status_code == 403


@pytest.mark.parametrize("model", ["line", "queue", "openinghours", "disposition"])
def test_agents_edit_nothing(client, ada, model):
    client.force_login(ada)
    assert client.get(f"/admin/calls/{model}/add/").status_code == 302


def test_the_menu_has_what_one_may_see(supervisor, sam):
    seen = supervisor.get("/admin/").content.decode()
    for title in ("Live", "Routing", "Customers", "People", "History", "Integrators"):
        assert title in seen
    assert reverse("admin:calls_line_changelist") in seen
    User.objects.filter(pk=sam.pk).update(role="agent")
    assert reverse("admin:calls_line_changelist") not in (
        supervisor.get("/admin/").content.decode()
    )
