"""Who may do what to whom in the admin."""

import pytest
from django.urls import reverse

from calls.models import User


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
