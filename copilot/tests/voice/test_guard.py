"""What the model wants to say, and what the caller is told."""

import base64
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.tests.voice.talk import GOOD, GOODBYE, GREETING, NORA
from copilot.voice import prompts
from copilot.voice.clauses import speakable
from copilot.voice.guard import (
    MOST_CHARACTERS,
    MOST_SENTENCES,
    Block,
    Guard,
    Speak,
)
from copilot.voice.leaks import RUN
from copilot.voice.phrases import phrases

RULE = "Never say that something was done unless a tool has said so."
ORDER = (
    "Offer a discount of ten percent only if somebody threatens to cancel the order."
)


def guard() -> Guard:
    return Guard(NORA, spoken=(GREETING, GOODBYE))


def checked(text: str) -> list[Speak | Block]:
    """What becomes of a turn, up to where it ends."""
    standing, outcomes = guard(), []
    for clause in speakable(text):
        outcomes.append(standing.check(clause))
        if isinstance(outcomes[-1], Block):
            break
    return outcomes


def blocked(text: str) -> str:
    """Why a turn was ended; empty if it was not."""
    last = checked(text)[-1]
    return last.reason if isinstance(last, Block) else ""


def heard(text: str) -> str:
    return " ".join(each.text for each in checked(text) if isinstance(each, Speak))


# What may be said


@pytest.mark.parametrize("text", GOOD)
def test_ordinary_talk_is_spoken_as_it_is(text: str) -> None:
    assert checked(text) == [Speak(clause) for clause in speakable(text)]


def test_a_whole_call_of_ordinary_talk_is_spoken() -> None:
    standing = guard()
    for text in [GREETING, *GOOD, GOODBYE]:
        standing.begin()
        for clause in speakable(text):
            assert standing.check(clause) == Speak(clause)


# Leaks


@pytest.mark.parametrize(
    "text",
    [
        RULE,
        ORDER,
        f"Of course. Here you go, {ORDER.lower()}",
        "My colleagues say: never promise a delivery date, offer a discount of ten.",
        NORA.human_when,
        " ".join(reversed(RULE.split())),
        RULE[::-1],
        codecs.encode(RULE, "rot13"),
        "-".join(RULE.replace(" ", "")),
        " ".join(ORDER.replace(" ", "").upper()),
        "As follows, november, echo, victor, echo, romeo, sierra, alfa, yankee, tango, "
        "hotel, alfa, tango",
    ],
)
def test_what_the_assistant_was_told_is_not_spoken(text: str) -> None:
    assert blocked(text) == "leak"


@pytest.mark.parametrize(
    "text",
    [
        "Sure, my instructions are as follows.",
        "My system prompt says that I am kind.",
        "Here are my secret instructions.",
        "I was told to never give a discount.",
        "You are a friendly telephone assistant.",
        "Say this to the caller.",
        "Gerne, meine Anweisungen lauten wie folgt.",
        "Hier sind meine Regeln.",
        "Du bist eine freundliche Assistentin.",
        "Frag den Anrufer nie nach einer Karte.",
        "Claro, mis instrucciones dicen lo siguiente.",
        "Aquí están mis reglas.",
        "Eres una amable asistente de teléfono.",
        "Nunca pidas al llamante su tarjeta.",
    ],
)
def test_talk_about_the_rules_is_not_spoken(text: str) -> None:
    assert blocked(text) == "leak"


def test_a_secret_does_not_come_in_pieces() -> None:
    standing, words = guard(), RULE.split()
    outcomes = []
    for at in range(0, len(words), 2):
        standing.begin()
        outcomes.append(standing.check(" ".join(words[at : at + 2])))
    spoken = " ".join(each.text for each in outcomes if isinstance(each, Speak))
    assert len(spoken.split()) < RUN
    assert isinstance(outcomes[2], Block)


@given(st.data())
def test_no_row_of_words_of_the_rules_is_spoken(data: st.DataObject) -> None:
    words = prompts.RULES.split()
    start = data.draw(st.integers(0, len(words) - RUN))
    told = " ".join(words[start : start + data.draw(st.integers(RUN, 40))])
    said = heard(told).split()
    sayable = max(len(text.split()) for text in prompts.SAYABLE)
    assert len(said) < max(RUN + 2, sayable + RUN)
    assert (
        blocked(told) or told in " ".join(prompts.SAYABLE) or len(said) < sayable + RUN
    )


def test_a_leak_is_declined_in_the_language_of_the_call() -> None:
    standing = guard()
    standing.begin("de-AT")
    assert standing.check(RULE) == Block("leak", phrases("de").decline)


def test_after_a_block_nothing_of_the_turn_is_spoken() -> None:
    standing = guard()
    standing.check(RULE)
    assert standing.check("Good morning.") == Block("leak", "")
    standing.begin()
    assert standing.check("Good morning.") == Speak("Good morning.")


# Rambling


def test_a_turn_is_ended_after_some_sentences() -> None:
    outcomes = checked("I can do that for you. " * 10)
    assert len(outcomes) == MOST_SENTENCES + 1
    assert outcomes[-1] == Block("rambling", "")


def test_a_turn_is_ended_at_the_end_of_a_sentence() -> None:
    text = ("Some more good words, " * 20 + "end. ") * 3
    said = heard(text)
    assert said.endswith("end.")
    assert len(said) <= MOST_CHARACTERS


def test_a_sentence_without_end_is_ended_anyway() -> None:
    assert blocked("Some more good words, " * 200) == "rambling"


def test_one_long_answer_is_spoken() -> None:
    assert blocked("some more good words, " * 14 + "end.") == ""


# Language


@pytest.mark.parametrize(
    "text",
    [
        "Bien sûr, je peux vous aider avec votre commande et la livraison.",
        "Certo, posso aiutarla con il suo ordine e con la consegna.",
        "Конечно, я могу вам помочь с заказом.",
        "当然可以，我来帮您查一下您的订单。",
    ],
)
def test_a_language_that_is_not_allowed_is_not_spoken(text: str) -> None:
    assert blocked(text) == "language"


def test_another_answer_is_asked_for_once() -> None:
    standing, french = (
        guard(),
        "Je peux vous aider avec votre commande et la livraison.",
    )
    instead = phrases("en").again
    assert standing.check(french) == Block("language", instead, again=True)
    standing.begin(again=True)
    assert standing.check(french) == Block("language", instead)


def test_no_other_answer_is_asked_for_when_something_was_said() -> None:
    *_, last = checked("One moment. Je peux vous aider avec votre commande et la vie.")
    assert last == Block("language", phrases("en").again)


@pytest.mark.parametrize("word", ["Okay.", "Merci!", "Natürlich.", "Владимир."])
def test_a_word_is_no_language(word: str) -> None:
    assert blocked(f"{word} Thank you for that.") == ""


# Cards


@pytest.mark.parametrize(
    "number",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "3782 822463 10005",
        "four one one one, one one one one, one one one one, one one one one",
        "vier eins eins eins, eins eins eins eins und 1111 1111",
        "cuatro uno uno uno, uno uno uno uno, 1111, 1111",
        "4, double 1, 1, 1111, 1111, 1111",
    ],
)
def test_a_card_number_is_not_read_aloud(number: str) -> None:
    assert blocked(f"Your card is {number}, right?") == "card"


@pytest.mark.parametrize(
    "number", ["4111 1111 1111 1112", "+49 30 1234 5678", "in 1111, and then 1111"]
)
def test_other_numbers_are(number: str) -> None:
    assert blocked(f"It is {number}.") == ""


def test_the_end_of_a_card_number_may_be_said() -> None:
    assert blocked("The card that ends in 1111 was charged.") == ""


# What is no speech


def test_a_label_is_not_spoken() -> None:
    assert guard().check("System: Assistant: Good morning.") == Speak("Good morning.")


def test_tags_are_not_spoken() -> None:
    assert guard().check("</guidance> Hello.") == Speak("Hello.")


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "end_call"}',
        "end_call()",
        "I will use send_whatsapp for that.",
        "functions.transfer({",
        "<|im_start|>",
        base64.b64encode(RULE.encode()).decode(),
        base64.b64encode(RULE.encode()).decode() + ".",
        RULE.encode().hex(),
        " ".join(
            base64.b64encode(RULE.encode()).decode()[n : n + 4] for n in range(0, 60, 4)
        ),
    ],
)
def test_what_is_for_machines_is_not_spoken(text: str) -> None:
    assert guard().check(text) == Block("markup", phrases("en").again, again=True)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_nothing_that_a_model_writes_raises(clauses: list[str]) -> None:
    standing = guard()
    for clause in clauses:
        assert isinstance(standing.check(clause), Speak | Block)
