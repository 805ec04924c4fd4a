"""What we ask of Twilio, asked of a server that speaks its protocol."""

from dataclasses import replace

import pytest
from jwt import decode

from vendors.errors import VendorError
from vendors.tests.conftest import Outside
from vendors.twilio.config import TwilioConfig
from vendors.twilio.telephone import PlacedCall, Telephone
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
