"""What the running call centre has asked of Twilio so far, held against Twilio's description."""

from calls.models import Call
from tests.contract.twilio import problems
from tests.stack.conftest import Stack, eventually


def test_everything_that_went_out_to_twilio_is_valid(stack: Stack):
    sid = stack.ring(scenario="long_hold", colleague=True)
    eventually(
        lambda: Call.objects.filter(sid=sid, ended_at__isnull=False).exists(),
        seconds=120,
        what="the end of a call with a hold",
    )
    asked = stack.control("GET", "/_sim/twilio/requests")["requests"]
    held = [request for request in asked if ["Hold", "true"] in request["form"]]
    assert held, "a hold is asked of Twilio"
    wrong = {problem for request in asked for problem in problems(request)}
    assert wrong == set()
