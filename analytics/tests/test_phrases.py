"""Announcements of a wait are known in three languages, and ordinary sentences are not taken for one."""

import pytest

from analytics.phrases import tells_to_wait


@pytest.mark.parametrize(
    "said",
    [
        "One moment, please.",
        "Sure, let me check that for you.",
        "I'll just look that up, bear with me.",
        "I am going to put you on hold for two minutes.",
        "Give me a second.",
        "Un momento, por favor.",
        "Déjeme revisar su pedido.",
        "Permítame comprobarlo, no cuelgue.",
        "Einen Moment bitte.",
        "Ich schaue kurz nach.",
        "Bleiben Sie bitte dran.",
        "Lassen Sie mich das kurz prüfen.",
    ],
)
def test_an_announcement_is_recognised(said):
    assert tells_to_wait(said.split())


@pytest.mark.parametrize(
    "said",
    [
        "Your lamp was sent on Monday.",
        "Is there anything else I can do for you?",
        "Su pedido llega el lunes.",
        "Ihre Lampe kommt am Montag.",
        "",
    ],
)
def test_an_ordinary_sentence_announces_nothing(said):
    assert not tells_to_wait(said.split())


def test_an_announcement_long_before_the_end_announces_nothing():
    said = "One moment please. Here it is: your lamp was sent on Monday, so it should be there by Thursday."
    assert not tells_to_wait(said.split())
