"""What a desk shows: snapshot plus events is the state, and nobody reads another's call."""

import pytest

from calls.services import lifecycle, refusals, routing
from copilot import desk, services
from copilot.models import Suggestion

pytestmark = pytest.mark.django_db
SID = "CA" + "1" * 32


@pytest.fixture
def call():
    call = lifecycle.register_call(sid=SID, from_number="+15550107788", to_number="+1")
    return lifecycle.answer_call(call=call)


def speak(call, item="caller-1", text="Where is my lamp?"):
    return services.add_utterance(
        call_id=call.pk, item=item, speaker="caller", start=1.0, end=2.5, text=text
    )


def test_a_ringing_call_is_on_every_desk(call, ada, ben):
    for user in (ada, ben):
        (shown,) = desk.snapshot(user=user)["calls"]
        assert shown["ringing"]


def test_a_claimed_call_is_its_agents_and_the_supervisors(call, ada, ben, sam):
    routing.accept_call(sid=SID, agent=ada)
    assert [len(desk.snapshot(user=user)["calls"]) for user in (ada, ben, sam)] == [
        1,
        0,
        1,
    ]
    assert desk.events_after(user=ben, sid=SID, number=0) == []


def test_the_snapshot_says_which_event_it_is_after(call, ada):
    routing.accept_call(sid=SID, agent=ada)
    number = desk.snapshot(user=ada)["calls"][0]["number"]
    utterance = speak(call)
    (missed,) = desk.events_after(user=ada, sid=SID, number=number)
    assert missed["number"] == number + 1
    assert missed["data"]["id"] == utterance.pk


def test_an_utterance_is_stored_once(call):
    speak(call)
    speak(call)
    assert call.utterances.count() == 1
    assert call.events.filter(name="utterance.added").count() == 1


def test_trouble_is_shown_until_it_ends(call, ada):
    services.report_trouble(call_id=call.pk, part="transcription", message="Gone")
    assert desk.call_snapshot(call, ada)["trouble"] == {"transcription": "Gone"}
    services.end_trouble(call_id=call.pk, part="transcription")
    assert desk.call_snapshot(call, ada)["trouble"] == {}


@pytest.fixture
def offered(call, ada):
    routing.accept_call(sid=SID, agent=ada)
    suggestion = services.start_suggestion(call_id=call.pk, after=speak(call).pk)
    services.offer_suggestion(suggestion_id=suggestion.pk, text="I will look.")
    return suggestion


def state(suggestion):
    return Suggestion.objects.get(pk=suggestion.pk).state


def test_using_a_suggestion_is_recorded_once(offered, ada, call):
    for _ in range(2):
        services.use_suggestion(sid=SID, suggestion_id=offered.pk, by=ada)
    assert state(offered) == "used"
    assert call.events.filter(name="suggestion.used").count() == 1


def test_what_was_used_is_not_withdrawn(offered, ada):
    services.use_suggestion(sid=SID, suggestion_id=offered.pk, by=ada)
    services.withdraw_suggestion(suggestion_id=offered.pk)
    assert state(offered) == "used"


def test_a_withdrawn_suggestion_cannot_be_used(offered, ada):
    services.withdraw_suggestion(suggestion_id=offered.pk)
    with pytest.raises(refusals.Refused) as refusal:
        services.use_suggestion(sid=SID, suggestion_id=offered.pk, by=ada)
    assert refusal.value.code == "gone"


def test_a_reply_that_is_withdrawn_while_written_is_not_offered(call):
    suggestion = services.start_suggestion(call_id=call.pk, after=speak(call).pk)
    services.withdraw_suggestion(suggestion_id=suggestion.pk)
    services.offer_suggestion(suggestion_id=suggestion.pk, text="Too late")
    assert state(suggestion) == "withdrawn"


def test_another_agents_suggestion_is_not_to_be_touched(offered, ben):
    with pytest.raises(refusals.Refused):
        services.dismiss_suggestion(sid=SID, suggestion_id=offered.pk, by=ben)
    assert state(offered) == "offered"
