"""Who is rung, in which order, and what becomes of a call that somebody does not take."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from calls.models import Call, CallEvent, Offer, PresenceSpan, Queue, User
from calls.services import lifecycle, offers, presence, routing
from calls.services.refusals import Refused

SID = "CA" + "1" * 32
OTHER = "CA" + "2" * 32


def calling(sid=SID, queue=None):
    """A caller who waits."""
    call = lifecycle.register_call(sid=sid, from_number="+15550107788", to_number="+1")
    Call.objects.filter(pk=call.pk).update(queue=queue)
    call.refresh_from_db()
    return lifecycle.answer_call(call=call)


def at_desk(user, *, idle=0.0):
    """Somebody who is available, has been so for `idle` seconds, and sits at an open desk."""
    presence.desk_seen(user_id=user.pk)
    presence.set_presence(user=user, presence="available")
    since = timezone.now() - timedelta(seconds=idle)
    User.objects.filter(pk=user.pk).update(presence_since=since)
    return user


def support(*people, **fields):
    queue = Queue.objects.create(name="Support", **fields)
    for priority, person in people:
        queue.memberships.create(user=person, priority=priority)
    return queue


def rung():
    return list(Offer.objects.ringing().values_list("agent__username", flat=True))


def late(seconds=60):
    """Let all that rings have rung for long enough."""
    Offer.objects.ringing().update(until=timezone.now() - timedelta(seconds=seconds))
    routing.expire()
    offers.route()


@pytest.fixture
def queue(ada, ben):
    return support((1, ada), (1, ben), wrap_up_seconds=0)


@pytest.mark.django_db
def test_who_has_been_idle_for_the_longest_time_is_rung_first(ada, ben, queue):
    at_desk(ada, idle=10)
    at_desk(ben, idle=90)
    calling(queue=queue)
    offers.route()
    assert rung() == ["ben"]


@pytest.mark.django_db
def test_a_lower_priority_waits_until_nobody_of_the_first_is_free(ada, ben):
    queue = support((2, ada), (1, ben))
    at_desk(ada, idle=500)
    at_desk(ben)
    calling(queue=queue)
    offers.route()
    assert rung() == ["ben"]
    late()
    assert rung() == ["ada"]


@pytest.mark.django_db
def test_who_misses_a_call_is_away_and_the_next_one_is_rung(ada, ben, queue):
    at_desk(ada, idle=90)
    at_desk(ben, idle=10)
    calling(queue=queue)
    offers.route()
    late()
    ada.refresh_from_db()
    assert ada.presence == "away"
    assert PresenceSpan.objects.get(user=ada, ended_at=None).reason == "missed_call"
    assert rung() == ["ben"]


@pytest.mark.django_db
def test_declining_passes_the_call_on_and_may_be_repeated(ada, ben, queue):
    at_desk(ada, idle=90)
    at_desk(ben, idle=10)
    calling(queue=queue)
    offers.route()
    routing.decline_call(sid=SID, agent=ada)
    routing.decline_call(sid=SID, agent=ada)
    offers.route()
    assert rung() == ["ben"]
    assert CallEvent.objects.filter(name="offer.ended").count() == 1


@pytest.mark.django_db
def test_nobody_is_rung_who_is_not_at_a_desk(ada, queue):
    at_desk(ada)
    User.objects.filter(pk=ada.pk).update(
        desk_seen_at=timezone.now() - timedelta(minutes=1)
    )
    calling(queue=queue)
    offers.route()
    assert rung() == []


@pytest.mark.django_db
def test_a_vanished_desk_sends_its_agent_offline_and_the_call_to_the_next(
    ada, ben, queue
):
    at_desk(ada, idle=90)
    at_desk(ben, idle=10)
    calling(queue=queue)
    offers.route()
    assert rung() == ["ada"]
    User.objects.filter(pk=ada.pk).update(
        desk_seen_at=timezone.now() - timedelta(minutes=1)
    )
    presence.expire()
    offers.route()
    ada.refresh_from_db()
    assert ada.presence == "offline"
    assert rung() == ["ben"]


@pytest.mark.django_db
def test_going_away_while_it_rings_hands_the_call_on(ada, ben, queue):
    at_desk(ada, idle=90)
    at_desk(ben, idle=10)
    calling(queue=queue)
    offers.route()
    presence.set_presence(user=ada, presence="away")
    offers.route()
    assert rung() == ["ben"]


@pytest.mark.django_db
def test_a_desk_rings_for_one_call_at_a_time(ada, queue):
    at_desk(ada)
    calling(queue=queue)
    calling(OTHER, queue=queue)
    offers.route()
    assert Offer.objects.ringing().get().call.sid == SID


@pytest.mark.django_db
def test_all_at_once_where_the_queue_says_so(ada, ben):
    queue = support((1, ada), (1, ben), strategy=Queue.Strategy.RING_ALL)
    at_desk(ada)
    at_desk(ben)
    calling(queue=queue)
    offers.route()
    assert sorted(rung()) == ["ada", "ben"]
    routing.accept_call(sid=SID, agent=ben)
    assert rung() == []
    with pytest.raises(Refused) as refusal:
        routing.accept_call(sid=SID, agent=ada)
    assert refusal.value.code == "already_taken"


@pytest.mark.django_db
def test_a_call_that_rings_elsewhere_is_not_taken_from_there(ada, ben, sam, queue):
    at_desk(ada)
    calling(queue=queue)
    offers.route()
    with pytest.raises(Refused, match="Ada") as refusal:
        routing.accept_call(sid=SID, agent=ben)
    assert refusal.value.code == "rings_elsewhere"
    assert routing.accept_call(sid=SID, agent=sam).agent == sam


@pytest.mark.django_db
def test_a_reserved_call_rings_the_one_it_is_meant_for_then_everybody(ada, ben, queue):
    at_desk(ada, idle=5)
    at_desk(ben, idle=500)
    call = calling(queue=queue)
    routing.start_waiting(call=call, queue=queue, reserved_for=ada)
    offers.route()
    assert rung() == ["ada"]
    routing.decline_call(sid=SID, agent=ada)
    offers.route()
    assert rung() == ["ben"]


@pytest.mark.django_db
def test_the_status_follows_the_call_through_wrap_up_and_back(ada):
    queue = support((1, ada), wrap_up_seconds=30)
    at_desk(ada)
    call = calling(queue=queue)
    offers.route()
    routing.accept_call(sid=SID, agent=ada)
    ada.refresh_from_db()
    assert ada.presence == "busy"
    presence.set_presence(user=ada, presence="away")
    lifecycle.record_status(call=call, status="completed")
    ada.refresh_from_db()
    assert ada.presence == "wrap-up"
    User.objects.filter(pk=ada.pk).update(wrap_up_until=timezone.now())
    presence.expire()
    ada.refresh_from_db()
    assert ada.presence == "away"
    spans = PresenceSpan.objects.filter(user=ada).order_by("began_at", "pk")
    assert [span.presence for span in spans] == ["available", "busy", "wrap-up", "away"]
    ends = list(spans.values_list("ended_at", flat=True))
    assert ends[-1] is None
    assert ends[:-1] == list(spans.values_list("began_at", flat=True))[1:]


@pytest.mark.django_db
def test_a_required_disposition_ends_wrap_up_and_nothing_else_does(ada):
    queue = support((1, ada), wrap_up_seconds=5, disposition_required=True)
    solved = queue.dispositions.create(name="Solved")
    at_desk(ada)
    call = calling(queue=queue)
    routing.accept_call(sid=SID, agent=ada)
    lifecycle.record_status(call=call, status="completed")
    User.objects.filter(pk=ada.pk).update(wrap_up_until=timezone.now())
    presence.expire()
    ada.refresh_from_db()
    assert (ada.presence, ada.wrap_up_until) == ("wrap-up", None)
    with pytest.raises(Refused) as refusal:
        presence.set_presence(user=ada, presence="available")
    assert refusal.value.code == "disposition_required"
    with pytest.raises(Refused):
        presence.wrap_up(sid=SID, by=ada, disposition=None, notes="")
    presence.wrap_up(sid=SID, by=ada, disposition=solved.pk, notes="Sent a lamp.")
    ada.refresh_from_db()
    assert ada.presence == "available"
    call.refresh_from_db()
    assert (call.disposition, call.notes) == (solved, "Sent a lamp.")


@pytest.mark.django_db
def test_a_lost_telephone_frees_the_call_and_sets_its_agent_to_away(ada, ben, queue):
    at_desk(ada)
    call = calling(queue=queue)
    routing.accept_call(sid=SID, agent=ada)
    at_desk(ben)
    routing.release_call(call=call)
    offers.route()
    ada.refresh_from_db()
    assert ada.presence == "away"
    assert rung() == ["ben"]


@pytest.mark.django_db
def test_a_caller_who_gives_up_was_abandoned_and_nothing_rings(ada, queue):
    at_desk(ada)
    call = calling(queue=queue)
    offers.route()
    lifecycle.record_status(call=call, status="completed")
    call.refresh_from_db()
    assert call.outcome == "abandoned"
    assert rung() == []


def at_once(*deeds):
    """Do all in threads that start together; what each came to: "done" or a refusal's code."""
    start = threading.Barrier(len(deeds))
    outcomes = [""] * len(deeds)

    def run(index, deed):
        start.wait()
        try:
            deed()
            outcomes[index] = "done"
        except Refused as refusal:
            outcomes[index] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_two_agents_race_for_a_hundred_calls_and_each_has_one_winner(ada, ben):
    queue = support(
        (1, ada), (1, ben), strategy=Queue.Strategy.RING_ALL, wrap_up_seconds=0
    )
    for number in range(100):
        sid = f"CA{number:032d}"
        at_desk(ada)
        at_desk(ben)
        call = calling(sid, queue=queue)
        outcomes = at_once(
            lambda sid=sid: routing.accept_call(sid=sid, agent=ada),
            lambda sid=sid: routing.accept_call(sid=sid, agent=ben),
        )
        assert sorted(outcomes) == ["already_taken", "done"], number
        call.refresh_from_db()
        winner = ada if outcomes[0] == "done" else ben
        assert call.agent == winner
        lifecycle.record_status(call=call, status="completed")
    assert CallEvent.objects.filter(name="call.accepted").count() == 100


@pytest.mark.django_db(transaction=True)
def test_routing_in_many_places_at_once_rings_each_desk_once(ada, ben, sam):
    queue = support((1, ada), (1, ben), (1, sam))
    for person in (ada, ben, sam):
        at_desk(person)
    for number in range(5):
        calling(f"CA{number:032d}", queue=queue)
    Offer.objects.all().delete()
    assert at_once(*[offers.route] * 6) == ["done"] * 6
    assert sorted(rung()) == ["ada", "ben", "sam"]
    calls = Offer.objects.ringing().values_list("call", flat=True)
    assert len(set(calls)) == 3


@pytest.mark.django_db(transaction=True)
def test_accepting_against_the_end_of_the_ring_has_one_outcome(ada, queue):
    for number in range(20):
        at_desk(ada)
        call = calling(f"CA{number:032d}", queue=queue)
        Offer.objects.ringing().update(until=timezone.now())
        accepted, expired = at_once(
            lambda call=call: routing.accept_call(sid=call.sid, agent=ada),
            routing.expire,
        )
        assert expired == "done"
        call.refresh_from_db()
        last = call.offers.order_by("pk").last()
        # A desk that was a moment late may still take the call that nobody else has.
        assert accepted == "done"
        assert call.agent == ada
        assert last.outcome in ("accepted", "missed")
        lifecycle.record_status(call=call, status="completed")
