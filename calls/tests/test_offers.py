"""One step of routing: that nobody is left out by it who could be served, and that it costs no more where many wait."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.matching import Pool
from calls.models import Call, Offer, Queue, Transfer, User
from calls.services import offers, presence

NOW = timezone.now()


def callers(count, *, queue=None, **fields):
    """So many who wait, the longest waiting first."""
    before = Call.objects.count()
    return Call.objects.bulk_create(
        Call(
            sid=f"CA{before + number:032d}",
            direction="inbound",
            status="in-progress",
            from_number="+15550107788",
            to_number="+1",
            queue=queue,
            created_at=NOW,
            answered_at=NOW,
            waiting_since=NOW + timedelta(milliseconds=before + number),
            **fields,
        )
        for number in range(count)
    )


def people(*names):
    """Agents at their desks, each available for a second less than the one before."""
    return [
        User.objects.create(
            username=name,
            presence=User.Presence.AVAILABLE,
            presence_since=timezone.now() - timedelta(seconds=100 - number),
            desk_seen_at=timezone.now(),
        )
        for number, name in enumerate(names)
    ]


def queue_of(*members, name="Support", **fields):
    queue = Queue.objects.create(name=name, **fields)
    for member in members:
        queue.memberships.create(user=member)
    return queue


def in_vain(call, agent, outcome="declined"):
    """This agent has just not taken this call."""
    now = timezone.now()
    return Offer.objects.create(
        call=call,
        agent=agent,
        offered_at=now,
        until=now,
        ended_at=now,
        outcome=outcome,
    )


def ringing():
    """Which call rings at whose desks."""
    rings = Offer.objects.ringing().order_by("agent__username")
    return [(offer.call, offer.agent.username) for offer in rings]


def queries_of_a_step():
    with CaptureQueriesContext(connection) as seen:
        offers.route()
    return len(seen)


# What it costs


def queries_with(waiting, *, free):
    """Those of a step in which so many wait and this many desks are free."""
    with transaction.atomic():
        agents = people(*(f"agent{number}" for number in range(free)))
        callers(waiting, queue=queue_of(*agents))
        count = queries_of_a_step()
        transaction.set_rollback(True)
    return count


@pytest.mark.django_db
@pytest.mark.parametrize("free", [0, 1, 3])
def test_a_step_costs_the_same_where_five_wait_and_where_fifty_do(free):
    assert queries_with(5, free=free) == queries_with(50, free=free)


@pytest.mark.django_db
def test_callers_whom_the_free_agent_just_declined_cost_nothing():
    counts = []
    for name, waiting in (("ada", 5), ("ben", 50)):
        [agent] = people(name)
        queue = queue_of(agent, name=name)
        for call in callers(waiting, queue=queue):
            in_vain(call, agent)
        counts.append(queries_of_a_step())
        assert ringing() == []
        presence.set_presence(user=agent, presence="away")
    assert counts[0] == counts[1]


# Who must not be left out


@pytest.mark.django_db
def test_who_was_just_declined_is_passed_over_and_the_next_one_is_not():
    [ada] = people("ada")
    declined, missed, other = callers(3, queue=queue_of(ada))
    in_vain(declined, ada)
    in_vain(missed, ada, "missed")
    offers.route()
    assert ringing() == [(other, "ada")]


@pytest.mark.django_db
def test_the_pause_is_over_after_twenty_seconds():
    [ada] = people("ada")
    [call] = callers(1, queue=queue_of(ada))
    in_vain(call, ada)
    Offer.objects.update(ended_at=timezone.now() - timedelta(seconds=21))
    offers.route()
    assert ringing() == [(call, "ada")]


@pytest.mark.django_db
def test_whoever_waits_behind_a_queue_without_agents_is_served():
    [ada] = people("ada")
    callers(3, queue=queue_of(name="Nobody"))
    [call] = callers(1, queue=queue_of(ada))
    offers.route()
    assert ringing() == [(call, "ada")]


@pytest.mark.django_db
def test_an_agent_of_two_queues_gets_the_longest_waiting_of_both():
    ada, ben = people("ada", "ben")
    sales = queue_of(ada, ben, name="Sales")
    support = queue_of(ada)
    [second] = callers(1, queue=support)
    [third] = callers(1, queue=sales)
    Call.objects.filter(pk=third.pk).update(waiting_since=NOW - timedelta(seconds=9))
    offers.route()
    # Ada has been idle for longest, so the first caller has her.
    assert ringing() == [(third, "ada")]
    in_vain(third, ada)
    Offer.objects.ringing().update(outcome="withdrawn")
    offers.route()
    assert ringing() == [(second, "ada"), (third, "ben")]


@pytest.mark.django_db
def test_callers_of_no_queue_ring_wherever_somebody_is_free():
    people("ada", "ben")
    first, _second = callers(2)
    offers.route()
    assert ringing() == [(first, "ada"), (first, "ben")]


@pytest.mark.django_db
def test_a_call_that_rings_at_all_at_once_rings_at_whoever_comes_later():
    ada, ben = people("ada", "ben")
    everybody = queue_of(ada, ben, strategy=Queue.Strategy.RING_ALL)
    User.objects.filter(pk=ben.pk).update(presence="away")
    [call] = callers(1, queue=everybody)
    offers.route()
    assert ringing() == [(call, "ada")]
    User.objects.filter(pk=ben.pk).update(presence="available")
    offers.route()
    assert ringing() == [(call, "ada"), (call, "ben")]


@pytest.mark.django_db
def test_in_one_step_as_many_callers_are_served_as_there_are_agents():
    queue = queue_of(*people("ada", "ben"))
    first, second, _third = callers(3, queue=queue)
    offers.route()
    assert ringing() == [(first, "ada"), (second, "ben")]


@pytest.mark.django_db
def test_a_call_that_rings_one_after_another_leaves_the_next_agent_to_the_next_caller():
    ada, ben = people("ada", "ben")
    queue = queue_of(ada, ben)
    [first] = callers(1, queue=queue)
    offers.route()
    [second] = callers(1, queue=queue)
    offers.route()
    assert ringing() == [(first, "ada"), (second, "ben")]


@pytest.mark.django_db
def test_a_call_meant_for_somebody_who_is_busy_is_everybodys_from_then_on():
    ada, ben = people("ada", "ben")
    User.objects.update(presence="busy")
    [call] = callers(1, queue=queue_of(ada, ben), reserved_for=ben)
    offers.route()
    User.objects.update(presence="available")
    offers.route()
    assert ringing() == [(call, "ada")]


@pytest.mark.django_db
def test_a_call_meant_for_somebody_outside_the_queue_rings_there():
    ada, ben = people("ada", "ben")
    [call] = callers(1, queue=queue_of(ada), reserved_for=ben)
    offers.route()
    assert ringing() == [(call, "ben")]


def invitation(by, queue, *, began=NOW):
    """The agent's call, and that somebody of the queue is asked to join it."""
    [call] = callers(1, agent=by)
    Call.objects.filter(pk=call.pk).update(waiting_since=None)
    return Transfer.objects.create(
        call=call, kind="warm", by=by, to_queue=queue, began_at=began
    )


@pytest.mark.django_db
def test_an_invitation_to_a_queue_rings_there_behind_those_who_wait(sam):
    ada, ben = people("ada", "ben")
    queue = queue_of(ada, ben)
    invited = invitation(sam, queue)
    [waits] = callers(1, queue=queue)
    offers.route()
    assert ringing() == [(waits, "ada"), (invited.call, "ben")]
    assert Offer.objects.get(agent=ben).transfer == invited


@pytest.mark.django_db
def test_an_invitation_that_nobody_hears_in_time_has_failed(sam):
    began = timezone.now() - timedelta(seconds=61)
    invited = invitation(sam, queue_of(max_wait_seconds=60), began=began)
    patient = invitation(sam, queue_of(name="Sales", max_wait_seconds=90), began=began)
    offers.route()
    invited.refresh_from_db()
    patient.refresh_from_db()
    assert (invited.state, invited.reason) == ("failed", "no-answer")
    assert patient.state == "ringing"


@pytest.mark.django_db(transaction=True)
def test_while_somebody_else_has_a_call_in_hand_the_agent_is_the_next_callers():
    [ada] = people("ada")
    held, following = callers(2, queue=queue_of(ada))
    is_held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Call.objects.select_for_update().get(pk=held.pk)
            is_held.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(10)
    offers.route()
    done.set()
    holder.join()
    assert ringing() == [(following, "ada")]


# Who could take what


def test_the_pool_knows_who_could_take_a_call_until_they_are_taken():
    pool = Pool(free=[(1, 10), (1, 11), (2, 11), (3, None)], in_vain=[(2, 99)])
    assert pool.for_call(7, queue=10) == {1}
    assert pool.for_call(7, queue=11) == {1, 2}
    assert pool.for_call(99, queue=11) == {1}
    assert pool.for_call(7, queue=12) == set()
    assert pool.for_call(7, queue=None) == {1, 2, 3}
    pool.remove({1})
    assert pool.queues == [11]
    pool.remove({2, 3})
    assert not pool
    assert pool.queues == []
