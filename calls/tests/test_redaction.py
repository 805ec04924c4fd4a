"""What is personal by its shape is covered however it is said, and nothing else is."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.redaction import (
    BANK,
    BY_SHAPE,
    CARD,
    CARD_CODE,
    CARD_DATE,
    EMAIL,
    PHONE,
    SOCIAL_SECURITY,
    cover,
    cover_talk,
    find,
    passes_luhn,
)

WORDS = "zero one two three four five six seven eight nine".split()  # noqa: SIM905
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("policy", "said", "shown"),
    [
        (CARD, "It is 4111 1111 1111 1111, thanks.", "It is [card number], thanks."),
        (CARD, "4111-1111-1111-1111", "[card number]"),
        (CARD, "3782 822463 10005", "[card number]"),
        (CARD, "four one " + "one " * 14 + "please", "[card number] please"),
        (CARD, "four one one one uh " + "one " * 12, "[card number] "),
        (CARD, "forty-one eleven " + "eleven " * 6, "[card number] "),
        (CARD, "cuatro uno " + "uno " * 13 + "uno.", "[card number]."),
        (CARD, "vier eins " + "eins " * 13 + "eins", "[card number]"),
        (CARD, "vier double eins " + "eins " * 13, "[card number] "),
        (CARD, "misheard: 4111 1111 1111 1112", "misheard: [card number]"),
        (
            CARD,
            "It is 4111 1111, let me see, and here 11 11 and at last 1111.",
            "It is [card number], let me see, and here [card number] and at last"
            " [card number].",
        ),
        (
            CARD,
            "order 4111 1111 is the one of my sister and of mine 1111 1111",
            "order 4111 1111 is the one of my sister and of mine 1111 1111",
        ),
        (
            CARD,
            "order 4111 1111, then paid 1111 1112",
            "order 4111 1111, then paid 1111 1112",
        ),
        (CARD, "the number 1234567890123456", "the number 1234567890123456"),
        (CARD, "order 451 298 from 2026", "order 451 298 from 2026"),
        (CARD, "call 555 010 7788", "call 555 010 7788"),
        (
            CARD_CODE,
            "The security code is 123.",
            "The security code is [security code].",
        ),
        (CARD_CODE, "I have 123 lamps", "I have 123 lamps"),
        (CARD_DATE, "It expires 12/27", "It expires [expiry date]"),
        (BANK, f"It is {IBAN}.", "It is [bank account]."),
        (BANK, IBAN.replace(" ", ""), "[bank account]"),
        (
            BANK,
            "D E eight nine three seven zero four zero zero four four zero five three"
            " two zero one three zero zero zero",
            "[bank account]",
        ),
        (BANK, "DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01"),
        (SOCIAL_SECURITY, "078-05-1120", "[social security number]"),
        (
            SOCIAL_SECURITY,
            "my social security number is zero seven eight zero five one one two zero",
            "my social security number is [social security number]",
        ),
        (
            EMAIL,
            "Write to cleo@example.com, please",
            "Write to [e-mail address], please",
        ),
        (EMAIL, "cleo dot m at example dot com", "[e-mail address]"),
        (EMAIL, "look at the lamp", "look at the lamp"),
        (PHONE, "call +1 555 010 7788", "call [phone number]"),
        (
            PHONE,
            "five five five zero one zero seven seven eight eight",
            "[phone number]",
        ),
    ],
)
def test_what_has_the_shape_is_covered(policy, said, shown):
    assert cover(said, {policy}) == shown


def test_only_what_the_policies_name_is_covered():
    assert cover("4111 1111 1111 1111", {EMAIL}) == "4111 1111 1111 1111"
    assert cover("4111 1111 1111 1111", ()) == "4111 1111 1111 1111"


def test_a_number_spread_over_several_turns_is_covered_in_all_of_them():
    said = [
        ("caller", "It is 4111 1111"),
        ("agent", "Yes, 4."),
        ("caller", "one one one one 1111."),
    ]
    assert cover_talk(said, {CARD}) == [
        ("caller", "It is [card number]"),
        ("agent", "Yes, 4."),
        ("caller", "[card number]."),
    ]


def test_of_a_number_that_is_still_being_said_its_beginning_shows_at_most():
    shown = [
        cover("It is " + " ".join(["4"] * digits), {CARD}, growing=True)
        for digits in (4, 6, 7, 12)
    ]
    assert shown == ["It is 4 4 4 4", "It is 4 4 4 4 4 4", *["It is [number]"] * 2]


def test_a_marker_is_no_clue():
    assert cover("[security code] and 123 lamps", {CARD_CODE}).endswith("123 lamps")


cards = (
    st.builds(
        lambda first, rest: first + rest,
        st.sampled_from("3456"),
        st.text("0123456789", min_size=12, max_size=17),
    )
    .map(lambda body: next(body + d for d in "0123456789" if passes_luhn(body + d)))
    .filter(lambda number: len(number) <= 19)
)


@given(cards, st.data())
def test_no_card_number_gets_through_in_whatever_groups_it_is_said(number, data):
    groups, rest = [], number
    while rest:
        size = data.draw(st.integers(1, 4))
        group, rest = rest[:size], rest[size:]
        spoken = data.draw(st.booleans())
        groups.append(" ".join(WORDS[int(d)] for d in group) if spoken else group)
        if data.draw(st.booleans()):
            groups[-1] += data.draw(st.sampled_from([",", " uh", " and", "."]))
    shown = cover(f"My card is {' '.join(groups)} thanks", BY_SHAPE)
    assert not re.search(rf"\d|{'|'.join(WORDS)}", shown)


@given(
    st.lists(st.text(max_size=12), max_size=30),
    st.sets(st.sampled_from(sorted(BY_SHAPE))),
)
def test_what_is_found_is_in_order_inside_and_apart(words, policies):
    found = find(words, policies)
    places = [place for each in found for place in (each.first, each.last)]
    assert places == sorted(places)
    assert all(each.first <= each.last < len(words) for each in found)
    assert all(a.last < b.first for a, b in pairwise(found))


TALK = "Hello, where is my lamp? It costs 40 dollars, since May 3 at 4:30, I am A. B."
ordinary = st.sampled_from(TALK.split())


@given(st.lists(ordinary, max_size=20))
def test_ordinary_talk_stays_as_it_is(words):
    said = " ".join(words)
    digits = sum(word.strip(",").isdecimal() for word in words)
    assert digits > 4 or cover(said, BY_SHAPE) == said


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "a dot " * 20_000,
        "a@" * 50_000,
        "4" * 100_000,
        "four " * 20_000,
        "D E 8 9 " * 1_000,
        "double " * 20_000,
    ],
    ids=lambda text: text[:6],
)
def test_no_text_keeps_us_for_ever(text):
    # What grows with the square of it takes minutes.
    assert cover(text, BY_SHAPE, growing=True)


def test_a_vendor_s_word_may_have_spaces_in_it():
    found = find(
        ["4111 1111", "1111 1111", "cleo", "at", "example", "dot com"], BY_SHAPE
    )
    assert [(each.first, each.last) for each in found] == [(0, 1)]
    assert (
        find(["new york", "cleo", "at", "example", "dot", "com"], BY_SHAPE)[0].first
        == 1
    )
