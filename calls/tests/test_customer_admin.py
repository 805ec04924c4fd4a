"""Customers, templates and messages in the admin."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from calls.models import Call, CallbackRequest, Customer, Message, MessageTemplate
from calls.models import Voicemail as Left

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, sam):
    client.force_login(sam)
    return client


@pytest.fixture
def cleo():
    return Customer.objects.create(number="+15550107788", name="Cleo")


def test_a_supervisor_looks_after_a_customer_and_it_is_written_down_once(page, cleo):
    answer = page.post(
        f"/admin/calls/customer/{cleo.pk}/change/",
        {
            "name": "Cleo Marsh",
            "notes": "Likes brass.",
            "whatsapp_opt_in": "true",
            "do_not_call": "on",
        },
    )
    assert answer.status_code == 302, answer.content
    cleo.refresh_from_db()
    assert (cleo.name, cleo.whatsapp_opt_in, cleo.do_not_call) == (
        "Cleo Marsh",
        True,
        True,
    )
    assert LogEntry.objects.count() == 1


def test_notes_have_an_end_here_too(page, cleo):
    answer = page.post(
        f"/admin/calls/customer/{cleo.pk}/change/", {"notes": "x" * 10_001}
    )
    assert answer.status_code == 200
    cleo.refresh_from_db()
    assert cleo.notes == ""


def test_a_customers_page_shows_what_happened_and_trusts_no_words(page, cleo, ada):
    now = timezone.now()
    call = Call.objects.create(
        sid="CA" + "1" * 32,
        direction="inbound",
        status="completed",
        outcome="voicemail",
        customer=cleo,
        agent=ada,
        created_at=now,
    )
    Left.objects.create(call=call, recording_sid="RE1", left_at=now)
    CallbackRequest.objects.create(call=call, customer=cleo, requested_at=now)
    Message.objects.create(
        customer=cleo,
        direction="inbound",
        status="received",
        body="<script>alert(1)</script>",
        created_at=now,
    )
    shown = page.get(f"/admin/calls/customer/{cleo.pk}/change/").content.decode()
    assert "Voicemail left" in shown
    assert f"/calls/{call.sid}/" in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown


def test_an_empty_life_is_said(page, cleo):
    shown = page.get(f"/admin/calls/customer/{cleo.pk}/change/").content.decode()
    assert "Nothing yet." in shown


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Anaïs", ["Anaïs O'Neil-Smith"]),
        ("anais SMI", ["Anaïs O'Neil-Smith"]),
        ("o'neil", ["Anaïs O'Neil-Smith"]),
        ("mil", ["Ann Miller"]),
        ("an", ["Anaïs O'Neil-Smith", "Ann Miller"]),
        ("ann smith", []),
        ("iller", []),
        ("'&|!:*", []),
        (" +15550101002 ", ["Ann Miller"]),
        ("+1555010100", []),
    ],
)
def test_customers_are_found_by_how_their_names_begin_or_a_whole_number(
    page, asked, found
):
    for number, name in ((1, "Anaïs O'Neil-Smith"), (2, "Ann Miller"), (3, "")):
        Customer.objects.create(number=f"+1555010100{number}", name=name)
    shown = page.get("/admin/calls/customer/", {"q": asked})
    rows = shown.context["cl"].result_list
    assert sorted(row.name for row in rows) == found


def test_no_search_for_a_customer_reads_all_of_them(rf, cleo):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    list_ = admin.site._registry[Customer]
    found, _twice = list_.get_search_results(
        rf.get("/"), Customer.objects.all(), "cleo"
    )
    plan = found.explain()
    assert "customer_by_name" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("path", ["customer/add/", "message/add/"])
def test_customers_and_messages_are_not_typed_in(page, path):
    assert page.get(f"/admin/calls/{path}").status_code == 403


@pytest.mark.parametrize("model", ["customer", "message", "messagetemplate"])
def test_the_lists_open(page, model, cleo):
    Message.objects.create(
        customer=cleo, direction="inbound", status="received", created_at=timezone.now()
    )
    assert page.get(f"/admin/calls/{model}/?q=Cleo").status_code == 200


def template(page, **changes):
    form = {
        "name": "After the call",
        "content_sid": "HX" + "1" * 32,
        "body": "Hello {{1}}. {{2}}",
        "variables": " name, summary ",
        "active": "on",
    }
    return page.post("/admin/calls/messagetemplate/add/", form | changes)


def test_a_template_is_made_with_its_variables_in_order(page):
    assert template(page).status_code == 302
    made = MessageTemplate.objects.get()
    assert made.variables == ["name", "summary"]
    shown = page.get(f"/admin/calls/messagetemplate/{made.pk}/change/")
    assert 'value="name, summary"' in shown.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"variables": "name"},
        {"variables": "name, name"},
        {"variables": "a, b, c"},
        {"body": "Hello {{2}}", "variables": "name"},
        {"content_sid": "HX1"},
        {"content_sid": "MG" + "1" * 32},
    ],
)
def test_a_template_that_could_not_be_sent_is_not_made(page, changes):
    assert template(page, **changes).status_code == 200
    assert not MessageTemplate.objects.exists()
