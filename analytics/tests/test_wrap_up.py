"""How long an agent is busy with a call after its end, whenever that becomes known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import Measures
from analytics.outcome import Done
from analytics.work import measure
from calls.models import Call, PresenceSpan, Queue
from calls.services import lifecycle, presence, routing

pytestmark = pytest.mark.django_db
SID = "CA" + "1" * 32


def ended(agent, *, wrap_up_seconds):
    """A call that this agent had, and that has just ended."""
    queue = Queue.objects.create(name="Support", wrap_up_seconds=wrap_up_seconds)
    presence.desk_seen(user_id=agent.pk)
    presence.set_presence(user=agent, presence="available")
    call = lifecycle.register_call(sid=SID, from_number="+1", to_number="+2")
    Call.objects.filter(pk=call.pk).update(queue=queue)
    call = lifecycle.answer_call(call=call)
    routing.accept_call(sid=SID, agent=agent)
    lifecycle.record_status(call=call, status="completed")
    return Call.objects.get()


def measured(call):
    done = measure.run(call)
    assert isinstance(done, Done)
    done.store()
    return Measures.objects.get().result


def test_no_wrap_up_is_none_at_all_and_not_unknown(ada):
    result = measured(ended(ada, wrap_up_seconds=0))
    assert result["figures"]["wrap_up_time"] == 0.0
    assert "wrap_up_time" not in result["reasons"]


def test_a_wrap_up_that_goes_on_is_unknown_until_it_has_ended(ada):
    call = ended(ada, wrap_up_seconds=60)
    result = measured(call)
    assert result["figures"]["wrap_up_time"] is None
    assert result["reasons"]["wrap_up_time"] == "wrap_up_unknown"
    since = timezone.now() - timedelta(seconds=25)
    PresenceSpan.objects.filter(ended_at=None).update(began_at=since)
    presence.wrap_up(sid=SID, by=ada, disposition=None, notes="")
    figures = Measures.objects.get().result["figures"]
    assert figures["wrap_up_time"] == pytest.approx(25, abs=2)


def test_a_call_measured_after_its_wrap_up_has_it_at_once(ada):
    call = ended(ada, wrap_up_seconds=60)
    since = timezone.now() - timedelta(seconds=25)
    PresenceSpan.objects.filter(ended_at=None).update(began_at=since)
    presence.wrap_up(sid=SID, by=ada, disposition=None, notes="")
    figures = measured(call)["figures"]
    assert figures["wrap_up_time"] == pytest.approx(25, abs=2)
