"""The arithmetic of a scorecard against tables worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.scoring import (
    Card,
    Condition,
    Given,
    Known,
    Option,
    Question,
    is_asked,
    score,
)

NOTHING_KNOWN = Known()
ANSWERS = st.tuples(
    st.sampled_from(["yes", "no", "na", None]), st.sampled_from(["", "", "needs_human"])
)


def yes_no(key, weight, section="a", **more):
    return Question(key, section, "yes_no", weight, **more)


def choice(key, weight, *points, section="a", **more):
    options = tuple(Option(f"{n}", each) for n, each in enumerate(points))
    return Question(key, section, "choice", weight, options=options, **more)


def scored(card, *, known=NOTHING_KNOWN, **answers):
    told = {
        key: each if isinstance(each, Given) else Given(each)
        for key, each in answers.items()
    }
    return score(card, told, known)


# Greeting 20, solution 50 (10, 7, 3 or 0 points), goodbye 30.
CARD = Card(
    (yes_no("hello", 20), choice("solved", 50, 10, 7, 3, 0), yes_no("bye", 30, "b"))
)


@pytest.mark.parametrize(
    ("hello", "solved", "bye", "a", "b", "total"),
    [
        ("yes", "0", "yes", 100.0, 100.0, 100.0),
        # (20 + 50 x 0.7) of 70; all of 30; 85 of 100.
        ("yes", "1", "yes", 78.6, 100.0, 85.0),
        # (50 x 0.3) of 70; 15 of 100.
        ("no", "2", "no", 21.4, 0.0, 15.0),
        # The 20 drop out: 35 of 50, and 35 of 80.
        ("na", "1", "no", 70.0, 0.0, 43.8),
        # The 50 drop out: 20 of 20; 20 of 50.
        ("yes", "na", "no", 100.0, 0.0, 40.0),
        ("na", "na", "yes", None, 100.0, 100.0),
        ("na", "na", "na", None, None, None),
    ],
)
def test_weights_and_what_does_not_apply(hello, solved, bye, a, b, total):
    found = scored(CARD, hello=hello, solved=solved, bye=bye)
    assert [section.score for section in found.sections] == [a, b]
    assert found.total == total


def test_points_are_earned_of_the_most_that_could_be():
    card = Card((yes_no("hello", 2), choice("solved", 0, 8, 4, 0)), points=True)
    # 2 + 4 of 2 + 8.
    assert scored(card, hello="yes", solved="1").total == 60.0
    # 4 of 8.
    assert scored(card, hello="na", solved="1").total == 50.0


def test_the_good_answer_may_be_no():
    card = Card((yes_no("interrupted", 100, good="no"),))
    assert scored(card, interrupted="no").total == 100.0
    assert scored(card, interrupted="yes").total == 0.0


def test_a_number_earns_what_its_range_is_worth():
    ranges = (
        Option("short", 10, high=5.0),
        Option("longer", 4, low=5.0, high=20.0),
        Option("long", 0, low=20.0),
    )
    card = Card((Question("silence", "a", "number", 100, options=ranges),))
    totals = [scored(card, silence=each).total for each in ("4.9", "5", "19.99", "20")]
    assert totals == [100.0, 40.0, 40.0, 0.0]
    assert scored(card, silence="soon").total is None


def test_a_failing_section_is_zero_and_the_others_stay():
    card = Card((yes_no("law", 40, "a", fails="section"), yes_no("bye", 60, "b")))
    found = scored(card, law="no", bye="yes")
    assert [(each.score, each.failed) for each in found.sections] == [
        (0.0, True),
        (100.0, False),
    ]
    assert (found.total, found.failed) == (60.0, False)


def test_a_failing_section_takes_what_else_was_earned_in_it():
    card = Card(
        (
            yes_no("law", 10, fails="section"),
            yes_no("hello", 40),
            yes_no("bye", 50, "b"),
        )
    )
    assert scored(card, law="no", hello="yes", bye="yes").total == 50.0


def test_a_failing_form_is_zero():
    card = Card((yes_no("law", 10, "a", fails="form"), yes_no("bye", 90, "b")))
    found = scored(card, law="no", bye="yes")
    assert (found.total, found.failed) == (0.0, True)
    assert found.sections[1].score == 100.0


def test_a_question_that_only_fails_needs_no_weight():
    card = Card((yes_no("law", 0, fails="form"), yes_no("bye", 100)))
    assert scored(card, law="yes", bye="yes").total == 100.0
    assert scored(card, law="no", bye="yes").total == 0.0


def test_an_option_that_is_marked_fails():
    options = (Option("fine", 10), Option("rude", 0, fails=True))
    card = Card(
        (
            Question("tone", "a", "choice", 10, options=options, fails="form"),
            yes_no("bye", 90),
        )
    )
    assert scored(card, tone="rude", bye="yes").failed
    assert not scored(card, tone="fine", bye="yes").failed


@pytest.mark.parametrize("why", ["needs_human", "suggested"])
def test_what_is_in_doubt_or_only_suggested_neither_counts_nor_fails(why):
    card = Card((yes_no("law", 40, fails="form"), yes_no("bye", 60)))
    found = scored(card, law=Given("no", why), bye="yes")
    assert (found.total, found.failed) == (100.0, False)
    assert found.line("law").why == why


def test_a_question_without_an_answer_does_not_count():
    assert scored(CARD, hello="yes", solved="0").total == 100.0


def test_a_text_never_counts():
    card = Card((Question("note", "a", "text", 0), yes_no("bye", 100)))
    found = scored(card, note="She laughed.", bye="yes")
    assert (found.total, found.line("note").why) == (100.0, "unscored")


# Conditions

DEPENDENT = Card(
    (
        yes_no("sold", 50),
        yes_no("terms", 50, condition=Condition(question="sold", answer="yes")),
    )
)


def test_a_question_counts_only_after_the_answer_that_it_hangs_on():
    assert scored(DEPENDENT, sold="yes", terms="no").total == 50.0
    # What was not sold needs no terms, whatever was answered.
    found = scored(DEPENDENT, sold="no", terms="yes")
    assert (found.total, found.line("terms").why) == (0.0, "left_out")


def test_what_hangs_on_an_answer_in_doubt_waits_for_it():
    found = scored(DEPENDENT, sold=Given("yes", "needs_human"), terms="yes")
    assert (found.total, found.line("terms").why) == (None, "open_condition")


def test_what_hangs_on_a_question_that_was_left_out_is_left_out():
    card = Card(
        (
            yes_no("sold", 50, condition=Condition(queue=7)),
            yes_no("terms", 50, condition=Condition(question="sold", answer="yes")),
        )
    )
    found = scored(card, known=Known(queue=8), sold="yes", terms="yes")
    assert {line.why for line in found.lines} == {"left_out"}


@pytest.mark.parametrize(
    ("holds", "asked"), [(0.0, False), (1.0, True), (3.0, False), (None, False)]
)
def test_a_measure_decides_whether_a_question_comes_up(holds, asked):
    question = yes_no("told", 100, condition=Condition(measure="holds", low=1, high=3))
    known = Known(measures={"holds": holds})
    assert is_asked(question, known) is asked
    assert (scored(Card((question,)), known=known, told="yes").total == 100.0) is asked


# Whatever the card


@given(st.lists(st.tuples(st.integers(0, 50), ANSWERS, st.sampled_from("abc"))))
def test_the_total_lies_between_the_sections_that_count(rows):
    card = Card(
        tuple(yes_no(f"{n}", weight, part) for n, (weight, _, part) in enumerate(rows))
    )
    answers = {
        f"{n}": Given(answer, why) for n, (_, (answer, why), _) in enumerate(rows)
    }
    found = score(card, answers, NOTHING_KNOWN)
    counted = [section.score for section in found.sections if section.score is not None]
    if not counted:
        assert found.total is None
    else:
        assert min(counted) - 0.1 <= found.total <= max(counted) + 0.1


@given(st.permutations([("yes", 10), ("no", 20), ("na", 30), ("yes", 40)]))
def test_the_order_of_the_questions_changes_nothing(rows):
    card = Card(tuple(yes_no(f"{n}", weight) for n, (_, weight) in enumerate(rows)))
    answers = {f"{n}": Given(answer) for n, (answer, _) in enumerate(rows)}
    # 10 and 40 of 10 and 20 and 40.
    assert score(card, answers, NOTHING_KNOWN).total == 71.4
