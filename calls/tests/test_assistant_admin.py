"""Supervisors say what an assistant is told; what it was told before stays to be read."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calls.admin.changes import compared
from calls.models import Assistant, AssistantVersion, Call, MessageTemplate, Queue
from calls.tests.leads import Caller, assistant, led_line
from calls.tests.test_routing_admin import LINE, mistakes

pytestmark = pytest.mark.django_db

TOLD = {
    "name": "Robin",
    "active": "on",
    "mode": "auto",
    "greeting": "Hello, this is Robin.",
    "instructions": "Help with lamps.",
    "language": "en-US",
    "silence_seconds": "8",
    "goodbye": "Goodbye.",
    "holding_line": "One moment, please.",
}
ADD = "/admin/calls/assistant/add/"


@pytest.fixture
def supervisor(client, sam):
    client.force_login(sam)
    return client


@pytest.fixture
def robin(supervisor):
    assert not mistakes(supervisor.post(ADD, TOLD))
    return Assistant.objects.get()


def page_of(robin):
    return reverse("admin:calls_assistant_change", args=[robin.pk])


def test_an_assistant_is_made_with_its_first_version(robin, sam):
    version = robin.current
    assert (version.number, version.created_by) == (1, sam)
    assert version.languages == ["en-US"]
    assert version.veto_seconds is None


def test_a_save_that_changes_nothing_stores_nothing(supervisor, robin):
    supervisor.post(page_of(robin), TOLD)
    supervisor.post(page_of(robin), TOLD | {"name": "Robyn"})
    assert robin.versions.count() == 1
    robin.refresh_from_db()
    assert robin.name == "Robyn"


def test_a_save_with_changes_is_the_next_version(supervisor, robin):
    queue = Queue.objects.create(name="Support")
    template = MessageTemplate.objects.create(
        name="Hello", content_sid="HX" + "0" * 32, body="Hello."
    )
    changed = {
        "greeting": "Good day.",
        "tools": ["transfer_to_queue", "send_whatsapp"],
        "languages": ["es-ES"],
        "queues": [str(queue.pk)],
        "templates": [str(template.pk)],
        "veto_seconds": "4",
    }
    assert not mistakes(supervisor.post(page_of(robin), TOLD | changed))
    first, second = robin.versions.order_by("number")
    assert (first.greeting, second.greeting) == (TOLD["greeting"], "Good day.")
    assert (second.queues, second.templates) == ([queue.pk], [template.pk])
    assert second.languages == ["en-US", "es-ES"]
    assert second.veto_seconds == 4


def test_the_page_shows_what_is_told_now_and_what_became_different(supervisor, robin):
    supervisor.post(page_of(robin), TOLD | {"greeting": "Hello, this is not Robin."})
    page = supervisor.get(page_of(robin))
    form = page.context["adminform"].form
    assert form.initial["greeting"] == "Hello, this is not Robin."
    text = page.content.decode()
    assert "<ins>not </ins>" in text
    assert "Sam" in text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"greeting": ""}, "greeting"),
        ({"tools": ["transfer_to_queue"]}, "queues"),
        ({"tools": ["send_whatsapp"]}, "templates"),
        ({"tools": ["launch_rocket"]}, "tools"),
        ({"languages": ["tlh"]}, "languages"),
        ({"veto_seconds": "0"}, "veto_seconds"),
        ({"silence_seconds": "1000"}, "silence_seconds"),
        ({"mode": "human"}, "mode"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(supervisor, wrong, field):
    answer = supervisor.post(ADD, TOLD | wrong)
    assert field in answer.context["adminform"].form.errors
    assert not Assistant.objects.exists()


def test_markup_in_what_it_is_told_stays_text(supervisor, robin):
    supervisor.post(page_of(robin), TOLD | {"instructions": "<script>x</script>"})
    assert "<script>x" not in supervisor.get(page_of(robin)).content.decode()


def test_nobody_deletes_an_assistant(supervisor, robin):
    page = reverse("admin:calls_assistant_delete", args=[robin.pk])
    assert supervisor.post(page, {"post": "yes"}).status_code == 403


def test_agents_do_not_see_assistants(client, ada, robin):
    ada.is_staff = True
    ada.save()
    client.force_login(ada)
    assert client.get(page_of(robin)).status_code == 403


def test_who_may_only_look_sees_the_versions(client, ben, robin):
    ben.is_staff = True
    ben.save()
    ben.user_permissions.add(Permission.objects.get(codename="view_assistant"))
    client.force_login(ben)
    page = client.get(page_of(robin))
    assert page.status_code == 200
    assert "details" in page.content.decode()


def test_the_list_asks_as_often_for_ten_as_for_one(supervisor):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = supervisor.get(reverse("admin:calls_assistant_changelist"))
        assert page.status_code == 200
        return len(queries)

    assistant("First")
    supervisor.get(reverse("admin:calls_assistant_changelist"))
    one = asked()
    for number in range(9):
        assistant(f"Another {number}")
    assert asked() == one


def test_calls_are_listed_with_their_assistant_at_no_price(supervisor, twilio):
    led_line(assistant())

    def asked():
        with CaptureQueriesContext(connection) as queries:
            page = supervisor.get("/admin/calls/call/?assistant__assistant__isnull=0")
        assert page.status_code == 200
        return len(queries)

    Caller(twilio).ring()
    asked()
    one = asked()
    for number in range(2, 6):
        Caller(twilio, sid=f"CA{number:032d}").ring()
    assert asked() == one
    assert Call.objects.filter(mode="auto").count() == 5
    assert "Robin 1" in supervisor.get("/admin/calls/call/").content.decode()


def test_a_line_is_given_to_an_assistant(supervisor):
    robin = assistant()
    wish = {"answered_by": "assistant", "assistant": str(robin.pk)}
    rescue = {
        "holding_after": "6",
        "holding_line": "One moment.",
        "holding_speaks": "on",
    }
    page = reverse("admin:calls_line_add")
    assert not mistakes(supervisor.post(page, LINE | wish | rescue))
    line = robin.lines.get()
    assert line.answering_assistant == robin
    assert (line.holding_after, line.holding_speaks) == (6, True)


def test_only_what_is_near_a_change_is_shown():
    long = " ".join(f"word{number}" for number in range(100))
    text = str(compared(f"{long} old {long}", f"{long} new {long}"))
    assert "<del>old</del><ins>new</ins>" in text
    assert "word50" not in text
    assert "word99" in text
    assert compared("same", "same") == "same"
    assert compared("<b>", "<i>") == "<del>&lt;b&gt;</del><ins>&lt;i&gt;</ins>"


def test_a_version_keeps_what_it_said_of_a_queue_that_is_gone(supervisor, robin):
    queue = Queue.objects.create(name="Gone")
    wish = {"tools": ["transfer_to_queue"], "queues": [str(queue.pk)]}
    supervisor.post(page_of(robin), TOLD | wish)
    queue.delete()
    assert f"#{AssistantVersion.objects.first().queues[0]}" in (
        supervisor.get(page_of(robin)).content.decode()
    )
