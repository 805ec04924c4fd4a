"""Fetching sound from an address that a stranger names, without being led into our own network.

Every address of the host must be public, and the one that was looked at is the one that
is dialled: a name server that changes its answer meanwhile changes nothing. Redirects
are followed by hand and looked at again. Blocking: for workers.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final
from urllib.parse import urljoin, urlsplit

import httpcore

from vendors.errors import VendorError, counted

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# The texts of a host's addresses, asked for one port; OSError if there are none.
Resolve = Callable[[str, int], Sequence[str]]

LONGEST_URL: Final = 2048
_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNNAMED_KINDS: Final = frozenset(
    {"", "application/octet-stream", "binary/octet-stream"}
)


def failure(code: str, message: str, *, retryable: bool = False) -> VendorError:
    """A VendorError of the foreign host's."""
    return counted(
        VendorError(vendor="foreign", code=code, message=message, retryable=retryable)
    )


def lookup(host: str, port: int) -> Sequence[str]:
    """What the machine's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be fetched, and how much. Times in seconds, sizes in bytes.

    `hosts` are exact "name:port" pairs that may be anywhere; `ports` are allowed beside
    the usual ones. `tls` is who is believed; None is the usual authorities.
    """

    hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()
    largest: int = 50 * 1024 * 1024
    redirects: int = 3
    connect: float = 5.0
    read: float = 10.0
    total: float = 60.0
    resolve: Resolve = lookup
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked for, as far as can be seen without asking anybody."""

    url: str
    host: str
    port: int
    exempt: bool


def check(url: str, policy: Policy) -> Target:
    """Look at an address without touching the network. Raises VendorError.

    The codes are `invalid_url` and `address_refused`.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable():
        raise failure("invalid_url", "This is not an address of the web.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise failure("invalid_url", "This is not an address of the web.") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not host or set(url) & set(" \\<>\"'^`{|}"):
        raise failure("invalid_url", "An http or https address is needed.")
    if "@" in parts.netloc:
        raise failure(
            "address_refused", "The address must not hold a name or password."
        )
    port = _PORTS[parts.scheme] if port is None else port
    exempt = f"{host}:{port}" in policy.hosts
    if not exempt:
        if port != _PORTS[parts.scheme] and port not in policy.ports:
            raise failure("address_refused", "This port is not asked.")
        _check_host(host)
    plain = parts._replace(fragment="", path=parts.path or "/").geturl()
    return Target(plain, host, port, exempt)


def is_public(address: Address) -> bool:
    """Whether the address, and every one that it carries inside, is of the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    return address in _UNICAST and address.is_global and not address.is_multicast


def fetch(url: str, *, policy: Policy, into: BinaryIO) -> int:
    """Write the sound at `url` into a file; its size in bytes. Raises VendorError.

    Beside the codes of `check`: `unresolvable`, `unreachable`, `timeout`, `http_404` and
    the like, `too_many_redirects`, `too_large`, `not_audio`.
    """
    until = time.monotonic() + policy.total
    for _hop in range(policy.redirects + 1):
        found = _hop_to(check(url, policy), policy, until, into)
        if isinstance(found, int):
            return found
        url = urljoin(url, found)
    raise failure("too_many_redirects", "The address is redirected too often.")


def _check_host(host: str) -> None:
    """Refuse an address that is written out and not public, however it is written."""
    try:
        written = ipaddress.ip_address(host)
    except ValueError:
        # Decimal, octal, hexadecimal and short forms are nobody's public address.
        try:
            socket.inet_aton(host)
        except OSError:
            return
        raise failure("address_refused", "This is not a public address.") from None
    if not is_public(written):
        raise failure("address_refused", "This is not a public address.")


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that another one stands for: mapped, 6to4, NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _addresses(target: Target, policy: Policy, until: float) -> list[str]:
    """Where the host is; every one of its addresses must be public."""
    asking = ThreadPoolExecutor(1)
    try:
        answer = asking.submit(policy.resolve, target.host, target.port)
        found = answer.result(timeout=_left(until, policy.connect))
    except TookTooLong as error:
        raise failure(
            "timeout", "The name was not found in time.", retryable=True
        ) from error
    except (OSError, UnicodeError) as error:
        raise failure(
            "unresolvable", "There is no such host.", retryable=True
        ) from error
    finally:
        asking.shutdown(wait=False)
    if not found:
        raise failure("unresolvable", "There is no such host.", retryable=True)
    if not target.exempt and not all(map(_is_public_text, found)):
        raise failure("address_refused", "This is not a public address.")
    return list(dict.fromkeys(found))


def _is_public_text(text: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(text))
    except ValueError:
        return False


def _left(until: float, most: float | None) -> float:
    """Seconds that may still be waited. Raises httpcore's timeout when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if most is None else min(left, most)


@dataclass(slots=True)
class _Bounded(httpcore.NetworkStream):
    """A connection on which nothing takes longer than what is left of the whole."""

    inner: httpcore.NetworkStream
    until: float

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(self.until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(self.until, timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self.until, timeout)
        inner = self.inner.start_tls(ssl_context, server_hostname, left)
        return _Bounded(inner, self.until)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore's signature
        return self.inner.get_extra_info(info)


@dataclass(slots=True)
class _Dialler(httpcore.NetworkBackend):
    """Connects to the addresses that were looked at, whatever the host is called."""

    addresses: list[str]
    until: float
    plain: httpcore.SyncBackend = field(default_factory=httpcore.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        for last, address in enumerate(self.addresses, 1 - len(self.addresses)):
            try:
                stream = self.plain.connect_tcp(
                    address, port, _left(self.until, timeout), local_address
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == 0:
                    raise
            else:
                return _Bounded(stream, self.until)
        raise httpcore.ConnectError(host)


def _hop_to(target: Target, policy: Policy, until: float, into: BinaryIO) -> int | str:
    """One request: the size of what was written, or where it has moved to."""
    try:
        dialler = _Dialler(_addresses(target, policy, until), until)
        with httpcore.ConnectionPool(
            ssl_context=policy.tls or httpcore.default_ssl_context(),
            network_backend=dialler,
            max_connections=1,
        ) as pool:
            return _asked(pool, target, policy, into)
    except httpcore.TimeoutException as error:
        raise failure(
            "timeout", "The host did not answer in time.", retryable=True
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
        raise failure(
            "unreachable", "The host cannot be reached.", retryable=True
        ) from error
    except httpcore.UnsupportedProtocol as error:
        raise failure("invalid_url", "An http or https address is needed.") from error


def _asked(
    pool: httpcore.ConnectionPool, target: Target, policy: Policy, into: BinaryIO
) -> int | str:
    waits = {"connect": policy.connect, "read": policy.read, "write": policy.read}
    headers: dict[bytes | str, bytes | str] = {
        "User-Agent": "call-copilot",
        "Accept": "audio/*, video/mp4;q=0.8, application/octet-stream;q=0.5",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    with pool.stream(
        "GET", target.url, headers=headers, extensions={"timeout": waits}
    ) as response:
        given = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        if response.status in _REDIRECTS and given.get("location"):
            return given["location"]
        if response.status != 200:
            raise failure(
                f"http_{response.status}",
                f"The host answered with status {response.status}.",
                retryable=response.status == 429 or response.status >= 500,
            )
        return _written(response.iter_stream(), given, policy.largest, into)


def _written(
    pieces: Iterable[bytes], given: dict[str, str], largest: int, into: BinaryIO
) -> int:
    length = given.get("content-length", "")
    if length.isdecimal() and int(length) > largest:
        raise failure("too_large", "The sound is too large.")
    kind = given.get("content-type", "").partition(";")[0].strip().lower()
    named = kind.startswith("audio/") or kind == "video/mp4"
    encoded = given.get("content-encoding", "identity").lower() != "identity"
    if encoded or not (named or kind in _UNNAMED_KINDS):
        raise failure("not_audio", "There is no sound at this address.")
    size, beginning = 0, b""
    for piece in pieces:
        size += len(piece)
        if size > largest:
            raise failure("too_large", "The sound is too large.")
        beginning = (beginning + piece)[:16] if len(beginning) < 16 else beginning
        into.write(piece)
    if size == 0 or not (named or sounds_like_audio(beginning)):
        raise failure("not_audio", "There is no sound at this address.")
    return size


def sounds_like_audio(beginning: bytes) -> bool:
    """Whether a file begins as the usual sound files do; twelve bytes are enough."""
    if beginning[:4] == b"RIFF":
        return beginning[8:12] == b"WAVE"
    if beginning[:4] == b"FORM":
        return beginning[8:12] in (b"AIFF", b"AIFC")
    if beginning[4:8] == b"ftyp":
        return True
    if beginning[:1] == b"\xff":
        # The eleven set bits with which a frame of MPEG sound begins.
        return len(beginning) > 1 and beginning[1] & 0xE0 == 0xE0
    heads = (b"ID3", b"OggS", b"fLaC", b"#!AMR", b"\x1a\x45\xdf\xa3", b".snd")
    return beginning.startswith(heads)
