"""Whose voice token is taken, and whose is not."""

import pytest
from twilio.jwt.access_token import AccessToken

from simulators import access_token, accounts
from simulators.access_token import BadTokenError
from simulators.tests.desk_product import voice_token


def test_a_token_of_the_vendors_library_is_read():
    grant = access_token.read(voice_token("agent_7", ttl=600))
    assert (grant.identity, grant.outgoing, grant.incoming) == ("agent_7", True, True)
    assert 590 <= grant.seconds_left <= 600


def without_a_voice_grant() -> str:
    return AccessToken(
        accounts.TWILIO_ACCOUNT_SID,
        accounts.TWILIO_API_KEY_SID,
        accounts.TWILIO_API_KEY_SECRET,
        identity="agent_7",
    ).to_jwt()


def of_another_account() -> str:
    return AccessToken(
        "AC00000000000000000000000000000002",
        accounts.TWILIO_API_KEY_SID,
        accounts.TWILIO_API_KEY_SECRET,
        identity="agent_7",
    ).to_jwt()


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (voice_token(secret="another-secret"), 31202),
        (voice_token(ttl=-10), 31205),
        (voice_token("agent 7"), 31204),
        (voice_token()[:-3], 31202),
        (without_a_voice_grant(), 31204),
        (of_another_account(), 31204),
        ("", 31204),
        ("a.b.c", 31204),
        ("e30.e30.", 31202),
        ("W10.W10.W10", 31204),
    ],
)
def test_a_token_that_opens_nothing_is_refused_with_the_vendors_code(token, code):
    with pytest.raises(BadTokenError) as refused:
        access_token.read(token)
    assert refused.value.code == code
