"""Numbers in groups that can be read aloud."""

import pytest

from calls.templatetags.telephone_numbers import readable


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+15550101003", "+1 555 010 1003"),
        ("+442079460018", "+44 207 946 0018"),
        ("+4930901820", "+49 309 018 20"),
        ("client:agent_7", "client:agent_7"),
        ("anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_a_number_is_shown_in_groups(number, shown):
    assert readable(number) == shown
