"""Who may do what to whom in the admin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls.models import (
    Call,
    Customer,
    Disposition,
    Line,
    Offer,
    Queue,
    Recording,
    Transfer,
    User,
    Voicemail,
    WebhookDelivery,
)


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root", password="correct-horse")


def test_a_supervisor_cannot_take_over_a_superusers_account(client, sam, root):
    client.force_login(sam)
    password = f"/admin/calls/user/{root.pk}/password/"
    taken = {"password1": "battery-staple-9", "password2": "battery-staple-9"}
    assert client.post(password, taken).status_code == 403
    root.refresh_from_db()
    assert root.check_password("correct-horse")


def test_a_supervisor_cannot_make_a_superuser(client, sam, ada):
    client.force_login(sam)
    page = reverse("admin:calls_user_change", args=[ada.pk])
    client.post(
        page,
        {"username": "ada", "role": "agent", "first_name": "Adele", "is_active": "on"}
        | {"is_superuser": "on", "is_staff": "on", "presence": "away"}
        | {
            f"{rows}-{form}": "0"
            for rows in ("memberships", "presence_spans")
            for form in ("TOTAL_FORMS", "INITIAL_FORMS")
        },
    )
    ada.refresh_from_db()
    assert (ada.first_name, ada.presence) == ("Adele", "offline")
    assert not ada.is_superuser
    assert not ada.is_staff


def test_the_admin_gives_out_no_sound(client, root):
    recording = Recording.objects.create(
        call=Call.objects.create(sid="CA1", created_at=timezone.now()),
        sid="RE1",
        url="https://api.twilio.com/sound",
        file="recordings/sound.wav",
    )
    client.force_login(root)
    page = reverse("admin:calls_recording_change", args=[recording.pk])
    shown = client.get(page).content.decode()
    assert "RE1" in shown
    assert "/sound" not in shown


def test_the_admin_shows_what_a_vendor_told_us_but_not_where_its_sound_is(client, root):
    told = {"RecordingSid": "RE1", "RecordingUrl": "https://api.twilio.com/sound"}
    row = WebhookDelivery.objects.create(kind="recording", key="RE1:done", payload=told)
    client.force_login(root)
    page = reverse("admin:calls_webhookdelivery_change", args=[row.pk])
    shown = client.get(page).content.decode()
    assert "RecordingSid" in shown
    assert "/sound" not in shown


def test_an_agent_has_no_admin(client, ada):
    client.force_login(ada)
    assert client.get("/admin/calls/call/").status_code == 302


@pytest.mark.parametrize(
    "model", ["call", "callevent", "leg", "recording", "utterance", "webhookdelivery"]
)
def test_histories_are_read_and_not_written(client, sam, model):
    client.force_login(sam)
    assert client.get(f"/admin/calls/{model}/").status_code == 200
    assert client.get(f"/admin/calls/{model}/add/").status_code == 403


# Calls


@pytest.fixture
def called(ada, ben):
    """A call of Cleo with all that can be known of one, so often."""
    support = Queue.objects.create(name="Support")
    known = {
        "queue": support,
        "line": Line.objects.create(number="+15550100000", name="Main", queue=support),
        "disposition": Disposition.objects.create(name="Solved"),
        "customer": Customer.objects.create(number="+15550107788", name="Cleo"),
    }

    def made(number):
        at = timezone.now()
        for _ in range(number):
            call = Call.objects.create(
                sid=f"CA{Call.objects.count():032}",
                direction="inbound",
                status="completed",
                outcome="handled",
                from_number="+15550107788",
                to_number="+15550100000",
                agent=ada,
                created_at=at,
                **known,
            )
        for _ in range(number):
            Offer.objects.create(
                call=call, agent=ben, offered_at=at, until=at, outcome="declined"
            )
            Transfer.objects.create(
                call=call,
                kind="warm",
                state="canceled",
                by=ada,
                to_agent=ben,
                began_at=at,
            )
        return call

    return made


def test_the_list_of_calls_tells_and_filters(client, sam, called):
    call = called(1)
    client.force_login(sam)
    shown = client.get("/admin/calls/call/").content.decode()
    for text in ("Cleo", "Handled", "Solved", "Main", "Support", call.sid):
        assert text in shown
    for asked, number in (
        ("outcome__exact=handled", 1),
        ("outcome__exact=abandoned", 0),
        (f"queue__id__exact={call.queue_id}", 1),
        ("queue__isnull=True", 0),
        (f"line__id__exact={call.line_id}", 1),
        (f"disposition__id__exact={call.disposition_id}", 1),
        ("customer__isempty=1", 0),
        (f"customer__id__exact={call.customer_id}", 1),
    ):
        answer = client.get(f"/admin/calls/call/?{asked}")
        assert answer.status_code == 200
        assert answer.context["cl"].result_count == number


@pytest.mark.parametrize("page", ["/admin/calls/call/", "its own"])
def test_more_calls_and_a_longer_story_need_no_more_questions(
    client, sam, called, page
):
    client.force_login(sam)

    def questions(number):
        own = f"/admin/calls/call/{called(number).pk}/change/"
        with CaptureQueriesContext(connection) as asked:
            assert client.get(own if page == "its own" else page).status_code == 200
        return len(asked)

    questions(1)
    assert questions(20) <= questions(1)


def test_a_call_shows_where_it_rang_and_was_handed_on(client, sam, called):
    client.force_login(sam)
    shown = client.get(f"/admin/calls/call/{called(1).pk}/change/").content.decode()
    assert "Declined" in shown
    assert "Canceled" in shown


def test_a_message_is_a_way_to_the_place_where_it_is_heard(client, sam, called):
    call = called(1)
    Voicemail.objects.create(
        call=call, recording_sid="RE1", start=10.5, left_at=timezone.now()
    )
    client.force_login(sam)
    shown = client.get("/admin/calls/voicemail/").content.decode()
    assert f"/calls/{call.sid}/?t=10.5" in shown
    assert "Cleo" in shown
    assert "Ben" in client.get("/admin/calls/transfer/").content.decode()


# People


@pytest.mark.parametrize("presence", User.Presence.values)
def test_people_are_found_by_every_status(client, sam, ada, presence):
    User.objects.filter(pk=ada.pk).update(presence=presence)
    User.objects.exclude(pk=ada.pk).update(
        presence="away" if presence != "away" else "offline"
    )
    client.force_login(sam)
    answer = client.get(f"/admin/calls/user/?presence__exact={presence}")
    assert [person.pk for person in answer.context["cl"].result_list] == [ada.pk]
    assert str(User.Presence(presence).label) in answer.content.decode()


def test_the_permission_to_see_originals_is_given_in_person_by_a_superuser(
    client, root, sam, ada
):
    address = f"/admin/calls/user/{ada.pk}/change/"
    client.force_login(root)
    form = client.get(address).context["adminform"].form
    offered = form.fields["user_permissions"].queryset
    assert [each.codename for each in offered] == ["view_original"]
    client.force_login(sam)
    form = client.get(address).context["adminform"].form
    assert "user_permissions" not in form.fields
