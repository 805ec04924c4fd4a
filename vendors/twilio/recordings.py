"""Bringing a recording home, a piece at a time; where it is kept is not known here."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from vendors.errors import VendorError
from vendors.twilio.config import TwilioConfig
from vendors.twilio.failures import failure, from_status, translated

_PIECE = 64 * 1024


@contextmanager
def open_recording(config: TwilioConfig, url: str) -> Iterator[Iterator[bytes]]:
    """The recording at `url` (as in Twilio's callback) as a stream of WAV bytes.

    Two channels where Twilio has them, else one: the file's own header says which.
    Raises VendorError; code "404" soon after the callback means "not there yet" and
    is therefore retryable. The account's credentials go to Twilio's hosts (or the
    configured one) alone and stay behind when Twilio redirects elsewhere.
    """
    address = httpx2.URL(url)
    if not is_twilios(address, config):
        raise failure("foreign_host", "The recording's address is not Twilio's.")
    with httpx2.Client(timeout=config.timeout, follow_redirects=True) as client:
        with translated():
            response = _first_answer(client, config, address)
        try:
            yield _pieces(response)
        finally:
            response.close()


def _first_answer(
    client: httpx2.Client, config: TwilioConfig, address: httpx2.URL
) -> httpx2.Response:
    response = _get(client, config, address, channels=2)
    if response.status_code == 400:
        response.close()
        response = _get(client, config, address, channels=1)
    if response.status_code != 200:
        response.close()
        raise _refused(response)
    return response


def _get(
    client: httpx2.Client, config: TwilioConfig, address: httpx2.URL, *, channels: int
) -> httpx2.Response:
    path = (
        address.path
        if "." in address.path.rsplit("/", 1)[-1]
        else f"{address.path}.wav"
    )
    request = client.build_request(
        "GET",
        address.copy_with(path=path),
        params={"RequestedChannels": channels},
    )
    # Sent as basic auth of this one request: httpx2 drops it when the host changes.
    return client.send(
        request, stream=True, auth=(config.account_sid, config.auth_token)
    )


def _pieces(response: httpx2.Response) -> Iterator[bytes]:
    with translated():
        yield from response.iter_bytes(_PIECE)


def _refused(response: httpx2.Response) -> VendorError:
    if response.status_code == 404:
        return failure("404", "The recording is not there (yet).", retryable=True)
    return from_status(response.status_code, wait=response.headers.get("retry-after"))


def is_twilios(address: httpx2.URL, config: TwilioConfig) -> bool:
    """Whether the account's credentials may be shown there."""
    if config.api_url and _origin(address) == _origin(httpx2.URL(config.api_url)):
        return True
    return address.scheme == "https" and address.host.endswith(".twilio.com")


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
