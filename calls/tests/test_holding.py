"""A sentence to a caller whose agent is silent, and that its words are in no address."""

from xml.etree import ElementTree

import pytest

from calls.models import CallEvent, Line, User
from calls.services import holding
from calls.services.refusals import Refused
from calls.tests.rooms import PHONES, Room, at_desk, talking

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Un momento, por favor."


@pytest.fixture
def room(settings, played, ada: User) -> Room:
    settings.TWILIO_TIMEOUT = 0.5
    settings.DESK_SECONDS = 600.0
    return talking(played.url, at_desk(ada), phones=PHONES)


def refused(**wish):
    with pytest.raises(Refused) as refusal:
        holding.speak_to_caller(**wish)
    return refusal.value.code


def document(twilio, event):
    answer = twilio(f"/holding?event={event}", CallSid="CA1")
    return answer.status_code, answer.content


def test_it_is_told_and_said_in_the_language_of_the_line(room, twilio):
    line = Line.objects.create(number="+15550100009", name="Spanish", language="es-ES")
    room.call.line = line
    room.call.save()
    event = holding.speak_to_caller(call_id=room.call.pk, text=WORDS)
    assert (event.name, event.data) == ("holding.spoken", {"text": WORDS})
    status, content = document(twilio, event.pk)
    say = ElementTree.fromstring(content).find("Say")
    assert (status, say.text, say.get("language")) == (200, WORDS, "es-ES")


def test_when_twilio_cannot_be_told_that_is_told(room, played):
    played.fault("twilio", "500")
    wish = {"call_id": room.call.pk, "text": WORDS}
    assert refused(**wish) == "telephone_unavailable"
    names = CallEvent.objects.order_by("number").values_list("name", flat=True)
    assert list(names)[-2:] == ["holding.spoken", "holding.failed"]


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), ("  ", "empty"), ("x" * 1001, "too_long")]
)
def test_what_cannot_be_said(room, text, code):
    assert refused(call_id=room.call.pk, text=text) == code


def test_who_is_not_talking_is_told_nothing(room):
    type(room.call).objects.update(agent_joined_at=None)
    assert refused(call_id=room.call.pk, text=WORDS) == "not_connected"
    type(room.call).objects.update(status="completed")
    assert refused(call_id=room.call.pk, text=WORDS) == "call_ended"
    assert not CallEvent.objects.filter(name="holding.spoken").exists()


@pytest.mark.parametrize("event", ["", "0", "x", "9" * 30, "-1"])
def test_what_was_not_to_be_said_has_no_document(twilio, event, db):
    assert document(twilio, event)[0] == 400


def test_another_event_has_none_either(room, twilio):
    other = CallEvent.objects.create(
        call=room.call, number=99, name="call.queued", at=room.call.created_at
    )
    assert document(twilio, other.pk)[0] == 400
