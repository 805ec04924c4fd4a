"""What is personal by its shape never gets from the live words into a row, a screen or a model."""

import json

import pytest

from calls.models import CallEvent, Utterance
from calls.services import lifecycle
from copilot import lines, services
from copilot.notebook import Notebook
from copilot.suggest import told
from copilot.vocabulary import Line, ShowPartial
from copilot.voice.vocabulary import Ask
from copilot.voice.voice import _items

CARD = "4111 1111 1111 1111"


@pytest.fixture
def call(db):
    made = lifecycle.register_call(
        sid="CA" + "1" * 32, from_number="+1", to_number="+2"
    )
    return lifecycle.answer_call(call=made)


def add(call, start, text, speaker="caller"):
    return services.add_utterance(
        call_id=call.pk,
        item=f"{speaker}-{start}",
        speaker=speaker,
        start=start,
        end=start + 2,
        text=text,
    )


def kept(call):
    return list(call.utterances.values_list("text", flat=True))


@pytest.mark.django_db
def test_a_card_number_is_stored_and_told_as_a_marker(call):
    add(call, 1.0, f"It is {CARD}.")
    assert kept(call) == ["It is [card number]."]
    assert "4111" not in json.dumps(list(CallEvent.objects.values_list("data")))


@pytest.mark.django_db
def test_a_number_in_several_turns_is_covered_in_all_of_them_afterwards(call):
    add(call, 1.0, "It is 4111 1111")
    add(call, 4.0, "Yes?", "agent")
    add(call, 6.0, "one one one one")
    add(call, 9.0, "1111, thanks.")
    assert kept(call) == [
        "It is [card number]",
        "Yes?",
        "[card number]",
        "[card number], thanks.",
    ]
    events = CallEvent.objects.filter(name="utterance.added")
    assert "1111" not in json.dumps(list(events.values_list("data")))
    # The screens are told the new words of what they show already.
    first = Utterance.objects.earliest("start").pk
    assert events.filter(data__id=first).count() == 2


@pytest.mark.django_db
def test_turns_far_apart_are_no_number(call):
    add(call, 1.0, "4111 1111")
    add(call, 60.0, "1111 1111")
    assert kept(call) == ["4111 1111", "1111 1111"]


@pytest.mark.django_db
def test_without_redaction_all_stays(call, settings):
    settings.REDACT_PII = False
    add(call, 1.0, CARD)
    assert kept(call) == [CARD]


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["", "#"])
def test_keys_that_make_a_card_number_are_not_kept(call, end):
    lines.store_keys(call_id=call.pk, digits=CARD.replace(" ", "") + end)
    lines.store_keys(call_id=call.pk, digits="42")
    pressed = CallEvent.objects.filter(name="keys.pressed").order_by("number")
    assert [event.data["digits"] for event in pressed] == ["[card number]", "42"]


@pytest.mark.django_db
def test_keys_that_make_a_card_number_only_together_are_not_kept(call):
    for digits in ("12", "4111", "11111111", "1111#", "42"):
        lines.store_keys(call_id=call.pk, digits=digits)
    pressed = CallEvent.objects.filter(name="keys.pressed").order_by("number")
    shown = ["12", *["[card number]"] * 3, "42"]
    assert [event.data["digits"] for event in pressed] == shown
    # The screens are told the new words of what they show already.
    covered = CallEvent.objects.get(name="keys.covered")
    numbers = [event.number for event in pressed[1:3]]
    assert covered.data == {"numbers": numbers, "digits": "[card number]"}


def test_words_that_may_become_a_card_number_are_not_shown():
    notebook = Notebook(call_id=1, sid="CA1")
    for text in ("It is 4111", "It is 4111 1111 1"):
        notebook.take(ShowPartial("i", "caller", 1.0, text))
    assert [each["text"] for each in notebook._partials.values()] == ["It is [number]"]


SAID = (
    Line("caller", "It is 4111 1111"),
    Line("agent", "Yes?"),
    Line("caller", "1111 1111."),
)


def test_whoever_proposes_a_reply_is_not_told_a_number():
    assert [line.text for line in told(SAID)] == [
        "It is [card number]",
        "Yes?",
        "[card number].",
    ]


def test_the_model_behind_the_voice_is_not_told_a_number():
    request = _items(Ask("k", SAID, (), None, ()))[0].text
    assert "[card number]" in request
    assert "1111" not in request


def test_the_model_behind_the_voice_is_not_told_a_number_that_was_typed():
    assert "1111" not in request_with_keys("4111111111111111#")


def test_the_model_behind_the_voice_is_not_told_a_number_that_was_typed_in_pieces():
    assert "1111" not in request_with_keys("4111", "1111", "1111", "1111#")


def request_with_keys(*taken):
    said = tuple(Line("caller", f"[pressed the keys {keys}]") for keys in taken)
    return _items(Ask("k", said, (), None, ()))[0].text


def test_a_model_may_be_told_all_by_a_setting(settings):
    settings.REDACT_LIVE_MODEL = False
    assert tuple(told(SAID)) == SAID
