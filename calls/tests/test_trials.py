"""Trying an assistant from a browser: a call that nobody else is asked to take part in."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from calls import tasks
from calls.models import Call, Customer, Offer
from calls.services import leash, lifecycle, offers
from calls.services.refusals import Refused
from calls.tests.leads import SID, assistant, modes, verbs
from calls.tests.rooms import at_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def robin():
    return assistant()


@pytest.fixture
def browser(twilio):
    """A browser's telephone asks what it shall do."""

    def browser(user, sid=SID, **more):
        form = {"From": f"client:agent_{user.pk}", "Direction": "inbound", **more}
        return ElementTree.fromstring(twilio("/voice", CallSid=sid, **form).content)

    return browser


@pytest.fixture
def trial(browser, sam, robin):
    browser(sam, assistant=str(robin.pk))
    return Call.objects.get()


def test_a_trial_is_led_by_the_newest_version(browser, sam, robin):
    document = browser(sam, assistant=str(robin.pk))
    assert "Connect" in verbs(document)
    call = Call.objects.get()
    assert (call.trial, call.mode, call.assistant) == (True, "auto", robin.current)
    assert modes(call) == [("auto", "answered")]


def test_twilio_asks_again_without_saying_what_is_tried(browser, sam, trial):
    assert "Connect" in verbs(browser(sam))
    assert Call.objects.get() == trial


def test_an_assistant_that_is_not_in_use_may_be_tried(browser, sam, robin):
    type(robin).objects.update(active=False)
    assert "Connect" in verbs(browser(sam, assistant=str(robin.pk)))


def test_only_who_may_edit_assistants_may_try_them(browser, ada, robin):
    assert verbs(browser(ada, assistant=str(robin.pk))) == ["Hangup"]
    assert not Call.objects.exists()


@pytest.mark.parametrize("wrong", ["", "x", "4711", "9" * 40, "-1"])
def test_what_does_not_exist_cannot_be_tried(browser, sam, robin, wrong):
    assert verbs(browser(sam, assistant=wrong)) == ["Hangup"]
    assert not Call.objects.exists()


def test_whose_account_is_closed_tries_nothing(browser, sam, robin):
    sam.is_active = False
    sam.save()
    assert verbs(browser(sam, assistant=str(robin.pk))) == ["Hangup"]


def test_somebody_elses_call_does_not_become_a_trial(browser, sam, robin):
    call = lifecycle.register_call(sid=SID, from_number="", to_number="")
    assert verbs(browser(sam, assistant=str(robin.pk))) == ["Hangup"]
    call.refresh_from_db()
    assert not call.trial


def test_nobody_is_rung_and_nobody_becomes_a_customer(trial, ada):
    at_desk(ada)
    offers.route()
    assert not Offer.objects.exists()
    assert not Customer.objects.exists()
    assert trial not in Call.objects.waiting()


def test_others_do_not_see_it(trial, ada, ben, sam):
    assert trial not in Call.objects.on_desk_of(ada)
    assert trial in Call.objects.on_desk_of(sam)
    assert trial.belongs_to == sam.pk


def test_it_is_not_taken_over_nor_is_a_human_fetched(trial, sam, ada):
    for verb in (
        lambda: leash.take_over(sid=SID, by=sam),
        lambda: leash.take_over(sid=SID, by=ada),
        lambda: leash.set_mode(sid=SID, by=ada, mode="approve"),
        lambda: leash.fetch_human(call_id=trial.pk),
    ):
        with pytest.raises(Refused) as refusal:
            verb()
        assert refusal.value.code == "trial"


def test_who_tries_it_may_approve_its_lines(trial, sam):
    assert leash.set_mode(sid=SID, by=sam, mode="approve").mode == "approve"


def test_it_ends_as_any_call(trial, twilio):
    twilio("/call-status", CallSid=SID, CallStatus="completed", SequenceNumber="1")
    assert Call.objects.get().outcome == "handled"


def test_a_browser_that_vanished_is_asked_about(trial, played):
    """Twilio has no such call any more."""
    tasks.sweep()
    assert not Call.objects.get().has_ended
    Call.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    tasks.sweep()
    assert Call.objects.get().has_ended


def test_while_twilio_is_away_a_trial_lives_on(trial, played, settings):
    settings.TWILIO_TIMEOUT = 0.5
    Call.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    played.fault("twilio", "500")
    tasks.sweep()
    assert not Call.objects.get().has_ended
