"""The played Twilio takes what Twilio takes: its lists of fields are those of the table."""

import pytest

from simulators.twilio import (
    rest_calls,
    rest_conferences,
    rest_messages,
    rest_recordings,
)
from simulators.twilio.door import PAGING
from tests.contract.twilio import operations

PLAYED = {
    "place a call": rest_calls.CREATE,
    "list calls": rest_calls.FILTERS,
    "move or end a call": rest_calls.UPDATE,
    "stop a stream": rest_calls.STOP_STREAM,
    "pause or go on with a recording": rest_recordings.UPDATE,
    "list conferences": rest_conferences.FILTERS,
    "end a conference": rest_conferences.END,
    "list participants": rest_conferences.OF_PARTICIPANTS,
    "dial somebody into a conference": rest_conferences.CREATE,
    "mute, hold or announce to a participant": rest_conferences.UPDATE,
}


@pytest.mark.parametrize("does", PLAYED)
def test_the_played_fields_are_those_of_the_contract(does):
    operation = next(one for one in operations() if one.does == does)
    paging = PAGING if operation.method == "GET" else ()
    assert {*PLAYED[does].split(), *paging} == set(operation.fields)


def test_a_stream_takes_its_fields_and_numbered_parameters():
    operation = next(one for one in operations() if one.does == "stream a call's sound")
    played = set(rest_calls.STREAM.split())
    named = {name for name in played if not name.startswith("Parameter")}
    assert named == {name for name in operation.fields if "#" not in name}
    assert {"Parameter1.Name", "Parameter99.Value"} <= played


def test_a_played_message_takes_nothing_that_twilio_does_not():
    operation = next(one for one in operations() if one.does == "write a message")
    assert set(rest_messages.CREATE.split()) <= set(operation.fields)
