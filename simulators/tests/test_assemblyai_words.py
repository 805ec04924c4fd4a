"""Words are grouped, searched for personal data and redacted without any audio."""

import pytest

from simulators import languages, sentiments
from simulators.assemblyai.entities import find
from simulators.assemblyai.redaction import hidden, redact
from simulators.assemblyai.words import Word, paragraphs, sentences, utterances


def said(text, *, start=0, channel="1", pause=0):
    """Words of 300 ms each, the first at `start`."""
    return [
        Word(word, start + 400 * n + pause, start + 400 * n + 300 + pause, 0.9, channel)
        for n, word in enumerate(text.split())
    ]


def entities_in(text):
    return [(e.type, e.text) for e in find(utterances(said(text)))]


def test_a_pause_ends_an_utterance():
    words = said("Hello there.") + said("Are you still there?", start=3000)
    assert [g.text for g in utterances(words)] == [
        "Hello there.",
        "Are you still there?",
    ]


def test_utterances_of_two_channels_are_in_order_of_their_start():
    words = said("Good morning.", start=500, channel="2")
    words += said("Hello, I need help.", start=0) + said("Please.", start=4000)
    grouped = [(g.words[0].channel, g.start) for g in utterances(words)]
    assert grouped == [("1", 0), ("2", 500), ("1", 4000)]


def test_a_full_stop_ends_a_sentence():
    words = said("I called twice. Nobody came! Why?")
    assert [g.text for g in sentences(words)] == [
        "I called twice.",
        "Nobody came!",
        "Why?",
    ]


def test_paragraphs_are_a_few_sentences_of_one_voice():
    words = said("One. Two. Three. Four. Five.")
    assert [g.text for g in paragraphs(words)] == ["One. Two. Three. Four.", "Five."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Cleo Park and I call.", ("person_name", "Cleo Park")),
        ("Me llamo Ana, buenos días.", ("person_name", "Ana")),
        ("Write to cleo@example.com please.", ("email_address", "cleo@example.com")),
        ("It was $49.99 last month.", ("money_amount", "$49.99")),
        ("I paid fifty dollars for it.", ("money_amount", "fifty dollars")),
        ("It came on March 5th only.", ("date", "March 5th")),
        (
            "The card is 4111 1111 1111 1111, thanks.",
            ("credit_card_number", "4111 1111 1111 1111"),
        ),
        (
            "It is four one one one one one one one one one one one one one one one.",
            (
                "credit_card_number",
                "four one one one one one one one one one one one one one one one",
            ),
        ),
        ("The security code is 123.", ("credit_card_cvv", "123")),
        ("My phone is 555-010-7788.", ("phone_number", "555-010-7788")),
        ("My account is 88 12 34.", ("account_number", "88 12 34")),
        (
            "My social security number is 078 05 1120.",
            ("us_social_security_number", "078 05 1120"),
        ),
        ("The order is 10042.", ("number_sequence", "10042")),
    ],
)
def test_an_entity_is_told_by_its_shape_and_neighbours(text, expected):
    assert expected in entities_in(text)


def test_ordinary_talk_holds_no_entities():
    assert entities_in("I would like one of the two lamps, please.") == []


def test_redaction_replaces_an_entity_by_its_name_and_keeps_the_rest():
    words = said("The card is 4111 1111 1111 1111, thanks. My name is Cleo.")
    found = find(utterances(words))
    kept = redact(words, hidden(found, ["credit_card_number"]), "entity_name")
    text = " ".join(word.text for word in kept)
    assert text == "The card is [CREDIT_CARD_NUMBER], thanks. My name is Cleo."
    assert kept[3].end == words[6].end


def test_redaction_by_hashes_shows_only_the_length():
    words = said("My name is Cleo.")
    kept = redact(words, find(utterances(words)), "hash")
    assert " ".join(word.text for word in kept) == "My name is ####."


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("Thank you, that is great.", "POSITIVE"),
        ("This is ridiculous and unacceptable.", "NEGATIVE"),
        ("That is not good.", "NEGATIVE"),
        ("The lamp is in the hall.", "NEUTRAL"),
        ("Danke, das ist super.", "POSITIVE"),
    ],
)
def test_a_sentence_has_a_tone(text, tone):
    assert sentiments.tone(text)[0] == tone


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hello, I have a question about my bill.", "en"),
        ("Hola, tengo una pregunta sobre mi factura.", "es"),
        ("Guten Tag, ich habe eine Frage zu meiner Rechnung.", "de"),
    ],
)
def test_a_language_is_told_by_its_common_words(text, code):
    assert languages.detect(text)[0] == code
