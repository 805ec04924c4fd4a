"""Assistants, and what each version of them was told."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from calls.models import Assistant, AssistantVersion, Line, MessageTemplate, Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def robin():
    return Assistant.objects.create(name="Robin")


def version(assistant, number=1, **changes):
    told = {"greeting": "Hello.", "instructions": "Help.", **changes}
    return AssistantVersion(assistant=assistant, number=number, **told)


def refused(record):
    with pytest.raises(ValidationError) as refusal:
        record.full_clean()
    return set(refusal.value.message_dict)


def test_the_newest_version_counts(robin):
    assert robin.current is None
    assert not Assistant.objects.ready().exists()
    version(robin, 1).save()
    version(robin, 2, greeting="Good day.").save()
    assert robin.current.greeting == "Good day."
    assert Assistant.objects.ready().get() == robin


def test_one_that_is_not_in_use_is_not_ready(robin):
    version(robin).save()
    Assistant.objects.update(active=False)
    assert not Assistant.objects.ready().exists()


def test_a_version_is_stored_once_and_never_again(robin):
    stored = version(robin)
    stored.save()
    stored.greeting = "Something else."
    with pytest.raises(ValueError, match="never changes"):
        stored.save()
    with pytest.raises(ValueError, match="never changes"):
        AssistantVersion.objects.get().save()
    assert AssistantVersion.objects.get().greeting == "Hello."


def test_a_number_is_given_once(robin):
    version(robin).save()
    with pytest.raises(IntegrityError):
        version(robin).save()


def test_it_answers_in_the_language_that_it_greets_in(robin):
    told = version(robin, language="de-DE", languages=["es-ES", "de-DE", "es-ES"])
    told.full_clean()
    assert told.languages == ["de-DE", "es-ES"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"greeting": ""}, "greeting"),
        ({"instructions": ""}, "instructions"),
        ({"goodbye": ""}, "goodbye"),
        ({"instructions": "x" * 20_001}, "instructions"),
        ({"mode": "human"}, "mode"),
        ({"language": "tlh"}, "language"),
        ({"languages": ["tlh"]}, "languages"),
        ({"tools": ["launch_rocket"]}, "tools"),
        ({"tools": ["transfer_to_queue"]}, "queues"),
        ({"tools": ["send_whatsapp"]}, "templates"),
        ({"queues": [4711]}, "queues"),
        ({"templates": [4711]}, "templates"),
        ({"veto_seconds": 0}, "veto_seconds"),
        ({"silence_seconds": 1}, "silence_seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(robin, changes, field):
    assert refused(version(robin, **changes)) == {field}


def test_what_is_complete_is_taken(robin):
    queue = Queue.objects.create(name="Support")
    template = MessageTemplate.objects.create(
        name="Hello", content_sid="HX" + "0" * 32, body="Hello."
    )
    told = version(
        robin,
        tools=["send_whatsapp", "transfer_to_queue", "end_call"],
        queues=[queue.pk, queue.pk],
        templates=[template.pk],
        veto_seconds=3,
    )
    told.full_clean()
    assert told.queues == [queue.pk]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"answered_by": "assistant"}, "assistant"),
        ({"holding_after": 6}, "holding_line"),
        ({"holding_speaks": True, "holding_line": "One moment."}, "holding_after"),
        ({"holding_after": 121, "holding_line": "One moment."}, "holding_after"),
        ({"when_closed": "assistant"}, "when_closed"),
    ],
)
def test_a_line_is_complete(changes, field):
    assert refused(Line(number="+15550100009", name="Test", **changes)) == {field}


def test_who_answers_follows_from_the_line(robin):
    line = Line(number="+15550100009", name="Test", assistant=robin)
    assert line.answering_assistant is None
    line.answered_by = "assistant"
    line.full_clean()
    assert line.answering_assistant == robin


def test_a_queue_that_falls_back_on_an_assistant_names_it(robin):
    assert refused(Queue(name="Q", fallback="assistant")) == {"fallback_assistant"}
    Queue(name="Q", fallback="assistant", fallback_assistant=robin).full_clean()
