"""Signatures: what Twilio signed is let in, and nothing else."""

import pytest
from twilio.request_validator import RequestValidator

from vendors.twilio.signature import is_genuine, is_genuine_handshake

TOKEN = "12345"
URL = "https://example.com/myapp.php?foo=1&bar=2"
# Twilio's documented example.
PARAMS = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}
SIGNATURE = "L/OH5YylLD5NRKLltdqwSvS0BnU="
SOCKET = "wss://example.com/ws/media/"


def signed(url: str, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, {}))


def test_the_documented_example_is_genuine() -> None:
    assert is_genuine(token=TOKEN, url=URL, params=PARAMS, signature=SIGNATURE)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": None},
        {"signature": ""},
        {"signature": "é"},
        {"signature": SIGNATURE[:-2] + "x="},
        {"token": "54321"},
        {"token": ""},
        {"url": URL + "3"},
        {"params": {**PARAMS, "Digits": "1235"}},
        {"params": {**PARAMS, "More": ""}},
        {"params": {}},
    ],
)
def test_any_change_is_noticed(change: dict[str, object]) -> None:
    genuine: dict[str, object] = {
        "token": TOKEN,
        "url": URL,
        "params": PARAMS,
        "signature": SIGNATURE,
    }
    assert not is_genuine(**{**genuine, **change})


@pytest.mark.parametrize("url", [SOCKET, SOCKET.rstrip("/")])
def test_a_handshake_is_genuine_with_and_without_the_last_slash(url: str) -> None:
    assert is_genuine_handshake(token=TOKEN, url=url, signature=signed(SOCKET))


@pytest.mark.parametrize(
    "signature", [None, "", signed(SOCKET, "54321"), signed("wss://other.example/")]
)
def test_a_handshake_signed_otherwise_is_not(signature: str | None) -> None:
    assert not is_genuine_handshake(token=TOKEN, url=SOCKET, signature=signature)
