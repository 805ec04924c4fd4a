"""The document for each state of a call."""

from xml.etree import ElementTree

import pytest

from calls.twiml import (
    Addresses,
    CustomerLeg,
    Speech,
    Texts,
    Waiting,
    agent,
    announcement,
    customer,
    waiting,
)

AT = Addresses(
    voice="https://desk.example/voice",
    media="wss://desk.example/ws/media/",
    recording_status="https://desk.example/recording-status",
    conference_status="https://desk.example/conference-status",
    stream_status="https://desk.example/stream-status",
    waiting="https://desk.example/waiting",
    voicemail_left="https://desk.example/voicemail-left",
    voicemail_status="https://desk.example/voicemail-status",
    callback_choice="https://desk.example/callback-choice",
    ringing="https://desk.example/static/sounds/ringing.wav",
)


def texts(language="en-US", **changes):
    named = {name: name for name in Texts.__slots__} | changes
    return Texts(**{name: Speech(text, language) for name, text in named.items()})


def leg(**changes):
    state = {
        "sid": "CA7",
        "room": "call-7",
        "ended": False,
        "treatment": "conference",
        "opening": "greeting",
        "left_message": False,
        "wants_callback": False,
        "led": False,
        "taken": False,
        "listening": False,
        "recorded": False,
        "stream_token": "t0ken",
        "texts": texts(),
    }
    return CustomerLeg(**(state | changes))


def verbs(document):
    return [element.tag for element in ElementTree.fromstring(document)]


def said(document):
    return [element.text for element in ElementTree.fromstring(document).iter("Say")]


def test_a_new_caller_is_heard_recorded_greeted_and_waits():
    document = customer(leg(), AT)
    assert verbs(document) == ["Start", "Start", "Say", "Say", "Dial"]
    assert said(document) == ["greeting", "consent"]


def test_asking_twice_gives_the_same_document():
    assert customer(leg(), AT) == customer(leg(), AT)


def test_what_runs_already_is_not_started_again():
    document = customer(leg(listening=True, recorded=True), AT)
    assert verbs(document) == ["Dial"]


@pytest.mark.parametrize("opening", ["greeting", "closed"])
@pytest.mark.parametrize(
    "treatment", ["conference", "voicemail", "callback", "goodbye"]
)
def test_whoever_is_recorded_has_been_welcomed(opening, treatment):
    state = {"listening": True, "opening": opening, "treatment": treatment}
    new = said(customer(leg(**state), AT))
    again = said(customer(leg(recorded=True, **state), AT))
    assert new[:2] == ["greeting", "consent"]
    assert not {"greeting", "consent", "closed"} & set(again)


@pytest.mark.parametrize(
    ("opening", "spoken"),
    [("again", ["again"]), ("overflow", ["nobody_free"]), ("", [])],
)
def test_what_has_happened_since_is_said_first(opening, spoken):
    state = {"listening": True, "recorded": True, "opening": opening}
    assert said(customer(leg(**state), AT)) == spoken


def test_a_line_without_a_text_says_nothing_there():
    document = customer(leg(texts=texts(greeting="", consent="")), AT)
    assert verbs(document) == ["Start", "Start", "Dial"]


def test_texts_are_spoken_in_the_language_of_the_line():
    document = ElementTree.fromstring(customer(leg(texts=texts("de-DE")), AT))
    assert {say.get("language") for say in document.iter("Say")} == {"de-DE"}


def test_who_waits_is_told_and_played_what_we_say():
    document = ElementTree.fromstring(customer(leg(), AT))
    conference = document.find("./Dial/Conference")
    assert conference.get("waitUrl") == "https://desk.example/waiting?call=CA7"
    assert conference.get("startConferenceOnEnter") == "false"


def test_a_message_is_taken_after_the_tone_and_an_empty_one_ends_the_call():
    state = leg(treatment="voicemail", opening="closed", recorded=False)
    document = customer(state, AT)
    after = verbs(document)[2:]
    assert after == ["Say", "Say", "Say", "Say", "Record", "Say", "Hangup"]
    assert said(document)[2:] == ["closed", "invitation", "goodbye"]
    record = ElementTree.fromstring(document).find("Record")
    assert record.get("playBeep") == "true"
    assert record.get("maxLength") == "120"
    assert record.get("timeout") == "5"
    assert record.get("finishOnKey") == "#"
    assert record.get("action") == AT.voicemail_left
    assert record.get("recordingStatusCallback") == AT.voicemail_status


@pytest.mark.parametrize("treatment", ["conference", "voicemail", "goodbye"])
def test_whoever_has_left_a_message_is_thanked_and_sent_off(treatment):
    state = leg(
        treatment=treatment,
        left_message=True,
        listening=True,
        recorded=True,
        opening="",
    )
    document = customer(state, AT)
    assert (verbs(document), said(document)) == (["Say", "Hangup"], ["thanks"])


def test_a_callback_is_offered_and_no_key_is_an_answer_too():
    document = customer(leg(treatment="callback", opening="overflow"), AT)
    gather = ElementTree.fromstring(document).find("Gather")
    assert gather.find("Say").text == "offer"
    assert gather.get("numDigits") == "1"
    assert gather.get("action") == AT.callback_choice
    assert gather.get("actionOnEmptyResult") == "true"


def test_whoever_wants_to_be_called_back_is_promised_it():
    document = customer(leg(treatment="goodbye", wants_callback=True, opening=""), AT)
    assert (verbs(document)[2:], said(document)) == (["Say", "Hangup"], ["promise"])


def test_a_goodbye_hangs_up():
    document = customer(leg(treatment="goodbye", opening="closed"), AT)
    assert verbs(document)[-2:] == ["Say", "Hangup"]
    assert said(document) == ["greeting", "consent", "closed", "goodbye"]


def test_a_round_of_waiting_is_position_music_and_the_next_round():
    music, again = (
        "https://desk.example/wait.wav",
        "https://desk.example/waiting?a=1&b=2",
    )
    round_ = Waiting(Speech("You are next.", "en-GB"), music, again)
    document = waiting(round_)
    assert verbs(document) == ["Say", "Play", "Pause", "Redirect"]
    assert ElementTree.fromstring(document).find("Redirect").text == again
    assert verbs(waiting(Waiting(None, music, again)))[0] == "Play"


@pytest.mark.parametrize("treatment", ["conference", "voicemail", "callback"])
def test_an_ended_call_is_hung_up(treatment):
    assert verbs(customer(leg(ended=True, treatment=treatment), AT)) == ["Hangup"]


def test_the_stream_carries_the_token_as_a_parameter_and_not_in_the_address():
    root = ElementTree.fromstring(customer(leg(), AT))
    stream = root.find("./Start/Stream")
    parameter = root.find("./Start/Stream/Parameter")
    assert stream.get("url") == "wss://desk.example/ws/media/"
    assert stream.get("track") == "both_tracks"
    assert parameter.attrib == {"name": "token", "value": "t0ken"}


def test_a_greeting_with_markup_stays_text():
    markup = "<Hangup/> & so on"
    root = ElementTree.fromstring(customer(leg(texts=texts(greeting=markup)), AT))
    assert root.find("Say").text == markup


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


# The assistant has the call


def test_a_new_caller_of_the_assistant_is_recorded_told_so_and_talked_to():
    root = ElementTree.fromstring(customer(leg(led=True, opening="assistant"), AT))
    assert [element.tag for element in root] == [
        *("Start", "Say", "Connect", "Pause", "Redirect")
    ]
    assert [say.text for say in root.iter("Say")] == ["consent"]
    stream = root.find("Connect/Stream")
    assert (stream.get("url"), stream.get("name")) == (AT.media, "voice")
    assert stream.get("statusCallback") == AT.stream_status
    # A two-way stream has no choice of tracks.
    assert stream.get("track") is None
    assert stream.find("Parameter").attrib == {"name": "token", "value": "t0ken"}


def test_when_its_stream_breaks_twilio_asks_again_and_does_not_give_up():
    root = ElementTree.fromstring(customer(leg(led=True, opening="assistant"), AT))
    assert root.find("Redirect").text == f"{AT.voice}#rc=5&rp=ct,rt,5xx"


def test_a_stream_that_only_hears_ends_when_the_assistant_gets_the_call():
    state = leg(led=True, opening="assistant", listening=True, recorded=True)
    document = customer(state, AT)
    assert verbs(document) == ["Stop", "Connect", "Pause", "Redirect"]
    stop = ElementTree.fromstring(document).find("Stop/Stream")
    start = ElementTree.fromstring(customer(leg(), AT)).find("Start/Stream")
    assert stop.get("name") == start.get("name") == "live"


def test_nothing_is_stopped_that_does_not_run():
    state = leg(led=True, opening="assistant", recorded=True)
    assert verbs(customer(state, AT)) == ["Connect", "Pause", "Redirect"]


def test_an_ended_call_of_the_assistant_is_hung_up():
    assert verbs(customer(leg(led=True, ended=True), AT)) == ["Hangup"]


def test_who_was_taken_over_hears_nothing_until_the_agent_is_in():
    state = leg(taken=True, recorded=True, opening="")
    root = ElementTree.fromstring(customer(state, AT))
    assert [element.tag for element in root] == ["Start", "Dial"]
    assert root.find("Dial/Conference").get("waitUrl") == ""


def test_who_is_given_to_people_is_told_and_hears_music():
    root = ElementTree.fromstring(
        customer(leg(recorded=True, opening="connecting"), AT)
    )
    assert [say.text for say in root.iter("Say")] == ["connecting"]
    assert root.find("Dial/Conference").get("waitUrl").startswith(AT.waiting)


def test_an_announcement_is_said_in_its_language():
    say = ElementTree.fromstring(announcement(Speech("Un momento.", "es-ES"))).find(
        "Say"
    )
    assert (say.text, say.get("language")) == ("Un momento.", "es-ES")
