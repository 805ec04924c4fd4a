"""What a voice is given to speak, as the text comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.clauses import LONGEST, Clauses, speakable

ALPHABET = "aA1.,:;!?-–*#\"'`([)]<>/_@|&$ \n…¿¡。、😊é\u200d"
FRAGMENTS = [
    "Dr. Smith ",
    "3.50 ",
    "10 a.m. ",
    "z. B. ",
    "\n- ",
    "\n\n",
    "**bold** ",
    "Assistant: ",
    "https://example.com/a_b?c=1. ",
    "anna@example.com, ",
    "and then ",
    "&lt;b&gt; ",
    "[our page](https://example.com) ",
    "x" * 350,
]


def test_the_first_clause_ends_at_the_first_comma() -> None:
    assert speakable("Sure, I can look that up, of course, for you. One moment.") == [
        "Sure,",
        "I can look that up, of course, for you.",
        "One moment.",
    ]


def test_a_clause_is_given_when_the_next_word_begins() -> None:
    clauses = Clauses()
    assert clauses.add("Of course.") == []
    assert clauses.add(" I") == ["Of course."]
    assert clauses.finish() == ["I"]


def test_a_first_clause_without_a_pause_ends_before_a_connective() -> None:
    assert speakable("I will check the order and then I call you back.") == [
        "I will check the order",
        "and then I call you back.",
    ]


def test_a_first_clause_does_not_wait_for_a_long_sentence() -> None:
    first, *_ = speakable(
        "Your parcel left our warehouse in Hamburg yesterday evening already."
    )
    assert first == "Your parcel left our warehouse in Hamburg yesterday"


def test_the_first_clause_does_not_end_after_an_article() -> None:
    first, *_ = speakable("Today our people are working on repairing the machine now.")
    assert first == "Today our people are working on repairing the machine"


@pytest.mark.parametrize(
    "sentence",
    [
        "It costs 3.50 euros or 3,50 Euro.",
        "We open at 10 a.m. on Monday.",
        "Dr. Smith is here at 9.",
        "Bring something, e.g. your passport.",
        "Wir haben z. B. Schuhe und ca. Drei Hemden.",
        "Write to anna.b@example.com or see example.com/help today.",
        "It is 1,000,000.00 in total.",
        "Call No. 5 please.",
        "Am 3. Mai ist Feiertag.",
        "La Sra. López vive en la Avda. Mayor.",
        "U.S. customers pay nothing.",
        "Your number is 4111, 2222, 3333.",
    ],
)
def test_what_belongs_together_is_not_cut(sentence: str) -> None:
    assert speakable(f"Well. {sentence}") == ["Well.", sentence]


def test_a_first_clause_is_not_cut_within_a_number() -> None:
    assert speakable("You may reach us under the number 030 1234567 today.") == [
        "You may reach us under the number 030 1234567 today."
    ]


def test_spanish_questions_begin_a_sentence() -> None:
    assert speakable("¡Hola! ¿En qué puedo ayudarle? Dígame.") == [
        "¡Hola!",
        "¿En qué puedo ayudarle?",
        "Dígame.",
    ]


def test_writing_without_spaces_is_cut_at_its_own_stops() -> None:
    assert speakable("你好。请问有什么可以帮您？") == ["你好。", "请问有什么可以帮您？"]


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    sentence = "One " * 30 + "two, three four five."
    assert speakable(f"Well. {sentence}")[1:] == [
        "One " * 30 + "two,",
        "three four five.",
    ]


def test_marks_for_the_eye_are_not_spoken() -> None:
    text = '**Assistant:** "Your *order* is `ready` 😊." See [our page](https://a.b).'
    assert speakable(text) == ["Your order is ready.", "See our page."]


def test_a_list_becomes_sentences() -> None:
    text = "# Sizes\nWe have:\n- small\n- large, too\n* 1 medium\n\nWhich one?"
    assert speakable(text) == [
        "Sizes.",
        "We have:",
        "small.",
        "large, too.",
        "1 medium.",
        "Which one?",
    ]


def test_tags_are_not_spoken() -> None:
    assert speakable("<b>Good</b> morning &lt;/conversation&gt; to you.") == [
        "Good morning to you."
    ]


def test_nobody_says_the_scheme_of_an_address() -> None:
    assert speakable("Go to https://example.com/a_b*c. Thanks.") == [
        "Go to example.com/a_b*c.",
        "Thanks.",
    ]


@pytest.mark.parametrize("text", ["", " \n", "...", "- \n- ", "😊", "***", "\u200d"])
def test_what_has_no_word_is_no_clause(text: str) -> None:
    assert speakable(text) == []


texts = st.lists(
    st.one_of(st.text(ALPHABET, max_size=12), st.sampled_from(FRAGMENTS), st.text())
).map("".join)


@given(text=texts, data=st.data())
def test_the_pieces_in_which_a_text_comes_change_nothing(
    text: str, data: st.DataObject
) -> None:
    clauses, given_so_far, rest = Clauses(), [], text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        given_so_far += clauses.add(rest[:size])
        rest = rest[size:]
    assert given_so_far + clauses.finish() == speakable(text)


@given(texts)
def test_a_clause_is_short_and_has_something_to_say(text: str) -> None:
    for clause in speakable(text):
        assert len(clause) <= LONGEST
        assert any(map(str.isalnum, clause))
        assert clause == clause.strip()
        assert "\n" not in clause


@given(st.lists(st.from_regex(r"\A[a-zé]{1,12}[,.!?]?\Z"), max_size=80))
def test_no_word_is_lost_or_said_twice(words: list[str]) -> None:
    assert " ".join(speakable(" ".join(words))).split() == words
