"""Keys of integrators: kept as a hash, found by it, noted when used, worthless when revoked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models import ApiToken
from calls.services import tokens

pytestmark = pytest.mark.django_db


def test_the_secret_is_not_kept(ada):
    token, secret = tokens.create(user=ada, name="shop")
    assert secret.startswith("ccp_")
    assert len(secret) > 40
    kept = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(kept)
    assert secret.startswith(kept["prefix"])


def test_a_key_says_whose_it_is(ada, ben):
    tokens.create(user=ben, name="other")
    _token, secret = tokens.create(user=ada, name="shop")
    assert tokens.owner(secret=secret) == ada
    assert tokens.owner(secret=secret + "x") is None
    assert tokens.owner(secret="") is None


def test_its_last_use_is_noted_once_a_minute(ada):
    token, secret = tokens.create(user=ada, name="shop")
    assert token.last_used_at is None
    tokens.owner(secret=secret)
    token.refresh_from_db()
    first = token.last_used_at
    tokens.owner(secret=secret)
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    tokens.owner(secret=secret)
    token.refresh_from_db()
    assert token.last_used_at > first


def test_a_revoked_key_opens_nothing(ada):
    token, secret = tokens.create(user=ada, name="shop")
    first = tokens.revoke(token=token).revoked_at
    assert tokens.owner(secret=secret) is None
    assert tokens.revoke(token=token).revoked_at == first


def test_the_key_of_somebody_who_left_opens_nothing(ada):
    _token, secret = tokens.create(user=ada, name="shop")
    ada.is_active = False
    ada.save()
    assert tokens.owner(secret=secret) is None


# In the admin


@pytest.fixture
def shop(django_user_model):
    return django_user_model.objects.create_user("shop", role="integrator")


def test_a_supervisor_makes_a_key_that_is_shown_once(client, sam, shop):
    client.force_login(sam)
    made = client.post(
        "/admin/calls/apitoken/add/", {"user": shop.pk, "name": "web shop"}, follow=True
    )
    page = made.content.decode()
    token = ApiToken.objects.get()
    secret = next(
        word.split("<")[0]
        for word in page.split()
        if word.startswith(token.prefix) and len(word) > 40
    )
    assert tokens.owner(secret=secret) == shop
    again = client.get(f"/admin/calls/apitoken/{token.pk}/change/").content.decode()
    assert secret not in again
    assert token.digest not in again


def test_a_supervisor_gives_keys_to_integrators_only(client, sam, ada):
    client.force_login(sam)
    client.post("/admin/calls/apitoken/add/", {"user": ada.pk, "name": "mine"})
    assert not ApiToken.objects.exists()


def test_a_key_is_revoked_from_the_list_and_never_deleted(client, sam, shop):
    token, secret = tokens.create(user=shop, name="shop")
    client.force_login(sam)
    client.post(
        "/admin/calls/apitoken/",
        {"action": "revoke", "_selected_action": [token.pk]},
    )
    assert tokens.owner(secret=secret) is None
    assert client.post(f"/admin/calls/apitoken/{token.pk}/delete/").status_code == 403
