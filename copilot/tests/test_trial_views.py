"""The page on which an assistant is tried: for whom, and what it tells of the trial."""

import pytest
from django.urls import reverse

from calls.models import Assistant
from calls.services import assistants, lifecycle, trials
from copilot import lines
from copilot.voice.vocabulary import ShowLine, Stamps

SID = "CA" + "5" * 32


@pytest.fixture
def robin(db) -> Assistant:
    robin = Assistant.objects.create(name="Robin")
    assistants.store_version(
        assistant=robin,
        by=None,
        told={"greeting": "Hello.", "instructions": "Help.", "goodbye": "Goodbye."},
    )
    return robin


def test_an_agent_may_not_try_an_assistant(client, ada, robin):
    client.force_login(ada)
    for name in ("assistant-try", "assistant-trial-now"):
        assert client.get(reverse(name, args=[robin.pk])).status_code == 403


def test_a_stranger_is_asked_to_log_in(client, robin):
    assert client.get(reverse("assistant-try", args=[robin.pk])).status_code == 302


def test_a_supervisor_sees_the_page_of_the_newest_version(client, sam, robin):
    client.force_login(sam)
    page = client.get(reverse("assistant-try", args=[robin.pk]))
    assert page.status_code == 200
    assert b"Version 1" in page.content
    assert f'data-assistant="{robin.pk}"'.encode() in page.content


def test_one_that_was_told_nothing_cannot_be_tried(client, sam, db):
    silent = Assistant.objects.create(name="Silent")
    client.force_login(sam)
    page = client.get(reverse("assistant-try", args=[silent.pk]))
    assert b"never told" in page.content
    assert b"trial.js" not in page.content


def test_before_the_first_trial_there_is_none(client, sam, robin):
    client.force_login(sam)
    answer = client.get(reverse("assistant-trial-now", args=[robin.pk]))
    assert answer.json() == {"call": None}


def test_the_trial_is_told_as_it_stands_and_to_nobody_else(client, sam, ada, robin):
    call = trials.register(sid=SID, assistant_id=str(robin.pk), by=sam)
    call = lifecycle.answer_call(call=call)
    lines.show_line(
        call_id=call.pk,
        version_id=robin.current.pk,
        line=ShowLine(
            "a1",
            "reply",
            "speaking",
            "I see.",
            stamps=Stamps(speech_end=1.0, final_at=1.5, first_audio_at=2.25),
        ),
    )
    lines.store_said(call_id=call.pk, key="a1", start=2.25, end=3.0, text="I see.")
    client.force_login(sam)
    told = client.get(reverse("assistant-trial-now", args=[robin.pk])).json()["call"]
    assert told["sid"] == SID
    assert told["utterances"][0]["text"] == "I see."
    assert told["lines"][0]["latency"]["first_sound"] == 1.25
    sam.pk, sam.username = None, "sue"
    sam.save()
    client.force_login(sam)
    other = client.get(reverse("assistant-trial-now", args=[robin.pk]))
    assert other.json() == {"call": None}
