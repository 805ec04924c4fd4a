"""What a search line means, and how a call's words are written down: text in, text out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import find_words
from analytics.find_words import Unreadable, Wanted, answered, snippet, vector, wanted


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", Wanted()),
        ("lamp  Shade", Wanted(all=(("lamp",), ("shade",)))),
        ('"next Thursday" lamp', Wanted(all=(("next", "thursday"), ("lamp",)))),
        ("lamp -refund", Wanted(all=(("lamp",),), none=(("refund",),))),
        ('-"call back"', Wanted(none=(("call", "back"),))),
        ("Café", Wanted(all=(("cafe",),))),
        ("I'll", Wanted(all=(("i", "ll"),))),
        ("lamp*", Wanted(all=(("lamp*",),))),
        ('"two lamp*"', Wanted(all=(("two", "lamp*"),))),
        ('"never closed', Wanted(all=(("never", "closed"),))),
        ('"" lamp - ', Wanted(all=(("lamp",),))),
    ],
)
def test_a_line_is_words_phrases_and_exclusions(line, found):
    assert wanted(line) == found


def test_the_fields_beside_the_line_add_to_it():
    found = wanted(
        "lamp", phrase='my "old" shade', any_of='red "deep blue"', none_of="refund"
    )
    assert found.all == (("lamp",), ("my", "old", "shade"))
    assert found.any == (("red",), ("deep", "blue"))
    assert found.none == (("refund",),)


@pytest.mark.parametrize(
    ("line", "code"),
    [("!?", "no_word"), ("*", "no_word"), ("a " * 21, "too_many_words")],
)
def test_what_cannot_be_searched_is_told(line, code):
    with pytest.raises(Unreadable, match=code):
        wanted(line)


def test_a_side_is_asked_by_its_own_words():
    assert find_words.query(wanted("lamp", side="caller")) == "(('c.lamp'))"
    assert find_words.query(wanted("lamp", side="ours")) == "(('o.lamp'))"
    assert find_words.query(wanted("lamp")) == "(('c.lamp') | ('o.lamp'))"


def test_a_document_counts_the_words_of_each_side_and_leaves_a_gap_between_utterances():
    said = [(True, "The lámp, the lamp"), (False, "the lamp"), (True, "the")]
    assert vector(said) == "'c.the':1,3,6 'c.lamp':2,4 'o.the':1 'o.lamp':2"


def test_a_long_call_stays_within_what_a_document_can_hold():
    long = vector([(True, f"word{n} and") for n in range(40_000)])
    assert len(long) < 1_500_000
    assert ":16383" in long
    assert ":16384" not in long
    assert long.partition("'c.and':")[2].partition(" ")[0].count(",") == 254


@given(st.text(), st.text())
def test_no_text_leaves_the_notation(line, said):
    """Letters and digits alone get into a query or a document."""
    assert vector([(True, said)]).count("'") % 2 == 0
    try:
        asked = wanted(line)
    except Unreadable:
        return
    assert "\\" not in find_words.query(asked)


def marked(text, asked):
    parts = snippet(text, asked)
    return "".join(f"[{part}]" if mark else part for mark, part in parts)


def test_a_snippet_marks_the_words_as_they_stand_in_the_text():
    asked = wanted('"next thursday" lamp*')
    assert (
        marked("Your Lámps come next Thursday, or next week.", asked)
        == "Your [Lámps] come [next] [Thursday], or next week."
    )


def test_a_long_text_is_cut_around_the_first_word():
    text = "well " * 60 + "the lamp is broken" + " so" * 200
    shown = marked(text, wanted("lamp"))
    assert shown.startswith("…well")
    assert "[lamp]" in shown
    assert shown.endswith("so…")
    assert len(shown) < 200


def test_a_text_without_the_words_is_no_answer():
    assert answered("next week, Thursday", wanted('"next thursday"')) == 0
    assert answered("Next Thursday, the lamps", wanted('"next thursday" lamp*')) == 2
    assert answered("Next Thursdays, a clamp", wanted('"next thursday" lamp*')) == 0


def test_a_phrase_of_either_side_is_looked_up_side_by_side():
    asked = wanted("-refund", phrase="my lamp")
    assert find_words.queries(asked) == [
        "(('c.my' <-> 'c.lamp')) & !(('c.refund') | ('o.refund'))",
        "(('o.my' <-> 'o.lamp')) & !(('c.refund') | ('o.refund'))",
    ]
    for whole in (wanted("lamp"), wanted("my lamp"), wanted('"my lamp" shade')):
        assert find_words.queries(whole) == [find_words.query(whole)]
