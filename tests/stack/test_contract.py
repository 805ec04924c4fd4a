"""What the running call centre has asked of Twilio for all kinds of calls, held against Twilio's description.

The same is asked of each call centre at its end: see `stack`.
"""

from tests.stack.conftest import Stack


def test_everything_that_went_out_to_twilio_is_valid(
    stack: Stack, played: dict[str, str]
):
    asked = stack.asked()
    held = [request for request in asked if ["Hold", "true"] in request["form"]]
    assert held, "a hold is asked of Twilio"
    assert stack.wrongly_asked() == set()
