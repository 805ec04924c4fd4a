"""What the card after a call is told: the call, what may be chosen, and nothing that is not theirs."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Call, Disposition, PresenceSpan, Queue, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(ada):
    queue = Queue.objects.create(name="Repairs", disposition_required=True)
    queue.dispositions.add(Disposition.objects.create(name="Lamp repaired"))
    now = timezone.now()
    return Call.objects.create(
        sid="CA" + "a" * 32,
        direction="inbound",
        status="completed",
        from_number="+15550107788",
        to_number="+15550100000",
        agent=ada,
        queue=queue,
        created_at=now - timedelta(minutes=3),
        answered_at=now - timedelta(minutes=2),
        ended_at=now,
        notes="She has two lamps.",
    )


@pytest.fixture
def wrapping(ada, call):
    User.objects.filter(pk=ada.pk).update(presence=User.Presence.WRAP_UP)
    PresenceSpan.objects.filter(user=ada, ended_at=None).delete()
    return PresenceSpan.objects.create(
        user=ada,
        presence=User.Presence.WRAP_UP,
        reason="wrap_up",
        call=call,
        began_at=timezone.now(),
    )


def asked(user):
    client = Client()
    client.force_login(user)
    return client.get("/desk/wrap-up")


def test_the_call_of_the_wrap_up_comes_with_what_may_be_chosen(ada, call, wrapping):
    told = asked(ada).json()["call"]
    assert told["sid"] == call.sid
    assert told["notes"] == "She has two lamps."
    assert told["disposition_required"] is True
    assert [one["name"] for one in told["dispositions"]] == ["Lamp repaired"]
    assert told["left_at"] == pytest.approx(wrapping.began_at.timestamp())


def test_the_words_of_the_call_are_left_out(ada, call, wrapping):
    assert asked(ada).json()["call"].keys().isdisjoint({"utterances", "suggestions"})


def test_outside_a_wrap_up_there_is_no_call(ada, call):
    assert asked(ada).json() == {"call": None}


def test_nobody_is_told_of_somebody_elses_wrap_up(ben, call, wrapping):
    assert asked(ben).json() == {"call": None}


def test_strangers_are_told_to_log_in():
    assert Client().get("/desk/wrap-up").status_code == 401
