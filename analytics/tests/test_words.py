"""Texts are compared by their words, and the error rate is that of an edit distance."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.words import normalised, word_error_rate

texts = st.lists(st.sampled_from("abcd"), max_size=9)


def test_case_accents_and_punctuation_do_not_matter():
    assert normalised("Qué — ¡SÍ!, it's 5.") == ["que", "si", "it", "s", "5"]


def test_one_wrong_one_missing_and_one_added_word_of_four():
    heard = ["the", "blue", "was", "sent", "now"]
    assert word_error_rate(["the", "lamp", "was", "sent"], heard) == 0.5


def test_without_a_reference_there_is_no_rate():
    assert word_error_rate([], ["hello"]) is None


def test_hearing_nothing_is_all_wrong():
    assert word_error_rate(["hello", "there"], []) == 1.0


def edits(a, b):
    """The distance by its definition."""
    if not a or not b:
        return len(a) + len(b)
    return min(
        edits(a[1:], b) + 1, edits(a, b[1:]) + 1, edits(a[1:], b[1:]) + (a[0] != b[0])
    )


@given(texts.filter(bool).map(lambda t: t[:5]), texts.map(lambda t: t[:5]))
def test_the_rate_is_the_edit_distance_over_the_length(reference, heard):
    assert word_error_rate(reference, heard) == edits(reference, heard) / len(reference)
