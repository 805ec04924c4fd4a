"""The document for each state of a call."""

from xml.etree import ElementTree

import pytest

from calls.twiml import Addresses, CustomerLeg, agent, customer

AT = Addresses(
    voice="https://desk.example/voice",
    media="wss://desk.example/ws/media/",
    recording_status="https://desk.example/recording-status",
    conference_status="https://desk.example/conference-status",
    stream_status="https://desk.example/stream-status",
)


def leg(**changes):
    state = {
        "room": "call-7",
        "ended": False,
        "greeting": "Welcome",
        "language": "en-US",
        "listening": False,
        "recorded": False,
        "stream_token": "t0ken",
    }
    return CustomerLeg(**(state | changes))


def verbs(document):
    return [element.tag for element in ElementTree.fromstring(document)]


def test_a_new_caller_is_heard_recorded_greeted_and_waits():
    assert verbs(customer(leg(), AT)) == ["Start", "Start", "Say", "Dial"]


def test_asking_twice_gives_the_same_document():
    assert customer(leg(), AT) == customer(leg(), AT)


def test_what_runs_already_is_not_started_again():
    document = customer(leg(listening=True, recorded=True, greeting=""), AT)
    assert verbs(document) == ["Dial"]


@pytest.mark.parametrize("listening", [True, False])
def test_an_ended_call_is_hung_up(listening):
    assert verbs(customer(leg(ended=True, listening=listening), AT)) == ["Hangup"]


def test_the_stream_carries_the_token_as_a_parameter_and_not_in_the_address():
    root = ElementTree.fromstring(customer(leg(), AT))
    stream = root.find("./Start/Stream")
    parameter = root.find("./Start/Stream/Parameter")
    assert stream.get("url") == "wss://desk.example/ws/media/"
    assert stream.get("track") == "both_tracks"
    assert parameter.attrib == {"name": "token", "value": "t0ken"}


def test_a_greeting_with_markup_stays_text():
    root = ElementTree.fromstring(customer(leg(greeting="<Hangup/> & so on"), AT))
    assert root.find("Say").text == "<Hangup/> & so on"


def test_an_agent_who_leaves_does_not_end_the_conference():
    conference = ElementTree.fromstring(agent("call-7", AT)).find("./Dial/Conference")
    assert conference.text == "call-7"
    assert conference.get("endConferenceOnExit") == "false"


def test_whoever_comes_first_names_the_same_callback():
    """Twilio takes it from the conference's first participant, and either may be that."""
    of_agent = ElementTree.fromstring(agent("call-7", AT)).find("./Dial/Conference")
    of_customer = ElementTree.fromstring(customer(leg(), AT)).find("./Dial/Conference")
    for name in ("statusCallback", "statusCallbackEvent"):
        assert of_agent.get(name) == of_customer.get(name) is not None
