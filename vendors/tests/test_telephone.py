"""What we ask of Twilio, asked of a server that speaks its protocol."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jwt import decode

from vendors.errors import VendorError
from vendors.tests.conftest import Outside
from vendors.twilio.config import TwilioConfig
from vendors.twilio.failures import was_refused
from vendors.twilio.telephone import Amd, PlacedCall, Telephone
from vendors.twilio.tokens import voice_token

NOBODY = "CA" + 32 * "0"
CLEO = "+15550107777"


def dial(config: TwilioConfig) -> PlacedCall:
    return Telephone(config).start_call(
        to=CLEO,
        from_="+15550100000",
        url="http://127.0.0.1:9/voice",
        status_callback="http://127.0.0.1:9/call-status",
    )


def test_a_call_is_placed_and_ended_as_often_as_one_likes(
    twilio_config: TwilioConfig,
) -> None:
    telephone = Telephone(twilio_config)
    call = dial(twilio_config)
    assert call.sid.startswith("CA")
    assert call.status == "queued"
    telephone.end(call_sid=call.sid)
    telephone.end(call_sid=call.sid)
    assert telephone.call_status(call_sid=call.sid) in ("canceled", "completed")


def test_ending_what_never_was_is_quiet_and_moving_it_is_not(
    twilio_config: TwilioConfig,
) -> None:
    telephone = Telephone(twilio_config)
    telephone.end(call_sid=NOBODY)
    telephone.stop_stream(call_sid=NOBODY, stream="live")
    telephone.remove(conference_sid="CF" + 32 * "0", participant="customer")
    with pytest.raises(VendorError) as caught:
        telephone.redirect(call_sid=NOBODY, url="http://127.0.0.1:9/voice")
    assert caught.value.code == "20404"


def test_a_request_that_was_not_looked_at_is_sent_again(
    outside: Outside, twilio_config: TwilioConfig
) -> None:
    outside.fault("twilio", "429", count=2)
    assert dial(twilio_config).sid


def test_a_call_is_not_placed_a_second_time_when_the_first_may_have_been(
    outside: Outside, twilio_config: TwilioConfig
) -> None:
    outside.fault("twilio", "500", count=1)
    with pytest.raises(VendorError) as caught:
        dial(twilio_config)
    assert caught.value.retryable


def test_a_harmless_request_is_repeated(
    outside: Outside, twilio_config: TwilioConfig
) -> None:
    call = dial(twilio_config)
    outside.fault("twilio", "500", count=1)
    Telephone(twilio_config).end(call_sid=call.sid)


def test_a_wrong_token_is_not_worth_a_retry(twilio_config: TwilioConfig) -> None:
    with pytest.raises(VendorError) as caught:
        dial(replace(twilio_config, auth_token="wrong"))
    assert not caught.value.retryable


def test_a_telephone_that_hangs_is_given_up(
    outside: Outside, twilio_config: TwilioConfig
) -> None:
    outside.fault("twilio", "hang", count=1)
    with pytest.raises(VendorError) as caught:
        dial(replace(twilio_config, timeout=0.5))
    assert caught.value.code == "timeout"


def test_nobody_at_the_other_end_is_said(
    twilio_config: TwilioConfig, closed_port: int
) -> None:
    with pytest.raises(VendorError) as caught:
        dial(replace(twilio_config, api_url=f"http://127.0.0.1:{closed_port}"))
    assert caught.value.code == "unreachable"


def test_a_token_lets_one_identity_call_and_be_called(
    twilio_config: TwilioConfig,
) -> None:
    token = voice_token(twilio_config, identity="agent_7", ttl=600)
    claims = decode(token, twilio_config.api_key_secret, algorithms=["HS256"])
    assert claims["grants"]["identity"] == "agent_7"
    assert claims["grants"]["voice"] == {
        "incoming": {"allow": True},
        "outgoing": {"application_sid": twilio_config.twiml_app_sid},
    }
    assert claims["exp"] - claims["nbf"] <= 601


def both_in(telephone: Telephone, room: str) -> tuple[str, str, str]:
    """Two people of the played network in a conference: its SID, and theirs."""
    people = [
        telephone.invite(
            conference_sid=room,
            to=number,
            from_="+15550100000",
            label=number,
            status_callback="http://127.0.0.1:9/participant-status",
            end_on_exit=False,
        )
        for number in ("+15550101001", "+15550101004")
    ]
    sids = [one.sid for one in people]
    for _ in range(100):
        if all(telephone.call_status(call_sid=sid) == "in-progress" for sid in sids):
            (found,) = telephone._client.conferences.list(friendly_name=room, limit=1)
            if len(telephone._client.conferences(found.sid).participants.list()) == 2:
                return str(found.sid), sids[0], sids[1]
        time.sleep(0.1)
    pytest.fail("they did not come")


def test_people_in_a_conference_are_muted_held_announced_to_and_removed(
    twilio_config: TwilioConfig,
) -> None:
    telephone = Telephone(twilio_config)
    room, cleo, ada = both_in(telephone, "call-of-two")

    def of(sid: str) -> Any:
        return telephone._client.conferences(room).participants(sid).fetch()

    telephone.mute(conference_sid=room, participant=ada, on=True)
    assert of(ada).muted
    telephone.mute(conference_sid=room, participant=ada, on=False)
    assert not of(ada).muted
    music = "http://127.0.0.1:9/wait.wav"
    telephone.hold(conference_sid=room, participant=cleo, on=True, hold_url=music)
    assert of(cleo).hold
    telephone.hold(conference_sid=room, participant=cleo, on=False)
    telephone.end_with(conference_sid=room, participant=ada, on=True)
    assert of(ada).end_conference_on_exit
    telephone.announce(
        conference_sid=room, participant=cleo, url="http://127.0.0.1:9/digits"
    )
    telephone.remove(conference_sid=room, participant=cleo)
    telephone.remove(conference_sid=room, participant=cleo)


def test_a_recording_that_does_not_run_is_not_paused(
    twilio_config: TwilioConfig,
) -> None:
    telephone = Telephone(twilio_config)
    call = dial(twilio_config)
    for change in (telephone.pause_recording, telephone.resume_recording):
        with pytest.raises(VendorError) as caught:
            change(call_sid=call.sid)
        assert caught.value.code == "20404"


def test_calls_are_found_by_who_called_whom_and_since_when(
    twilio_config: TwilioConfig,
) -> None:
    telephone = Telephone(twilio_config)
    since = datetime.fromtimestamp(time.time(), UTC)
    call = dial(twilio_config)
    found = telephone.calls_between(from_="+15550100000", to=CLEO, since=since)
    assert call.sid in [one.sid for one in found]
    later = datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=2)
    assert not telephone.calls_between(from_="+15550100000", to=CLEO, since=later)
    nobody = telephone.calls_between(from_=CLEO, to="+15550100000", since=since)
    assert nobody == []


def test_a_machine_is_listened_for_while_they_talk(twilio_config: TwilioConfig) -> None:
    call = Telephone(twilio_config).start_call(
        to=CLEO,
        from_="+15550100000",
        url="http://127.0.0.1:9/voice",
        status_callback="http://127.0.0.1:9/call-status",
        machine=Amd("http://127.0.0.1:9/machine"),
    )
    assert call.sid


@pytest.mark.parametrize(
    ("kind", "refused"), [("429", True), ("500", False), ("hang", False)]
)
def test_what_is_known_after_a_failure(
    outside: Outside,
    twilio_config: TwilioConfig,
    kind: str,
    refused: bool,  # noqa: FBT001
) -> None:
    outside.fault("twilio", kind)
    with pytest.raises(VendorError) as caught:
        dial(replace(twilio_config, timeout=0.3))
    assert was_refused(caught.value) == refused


def test_whoever_was_never_reached_has_placed_nothing(
    twilio_config: TwilioConfig, closed_port: int
) -> None:
    with pytest.raises(VendorError) as caught:
        dial(replace(twilio_config, api_url=f"http://127.0.0.1:{closed_port}"))
    assert was_refused(caught.value)
