"""A stranger's address: what is fetched, and all the ways into our own network that are closed."""

import datetime
import io
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vendors import foreign
from vendors.errors import VendorError
from vendors.foreign import Policy

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64)
PUBLIC = "93.184.216.34"


@dataclass
class Host:
    """A web server on loopback that remembers who asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(
        default_factory=dict
    )

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.name}{path}"


def give(
    content: bytes, kind: str | None = "audio/wav", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        if kind is not None:
            request.send_header("Content-Type", kind)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def point_to(url: str, status: int = 302) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", url)
        request.end_headers()

    return answer


def serve(wrap: ssl.SSLContext | None = None) -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            host.answers.get(self.path, lambda one: one.send_error(404))(self)

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if wrap is not None:
        server.socket = wrap.wrap_socket(server.socket, server_side=True)
    host.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield host
    server.shutdown()
    server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    yield from serve()


@pytest.fixture
def inner() -> Iterator[Host]:
    """Something in our own network that nobody outside may reach."""
    yield from serve()


@pytest.fixture
def policy(host: Host) -> Policy:
    return Policy(hosts=frozenset({host.name}), connect=1.0, read=1.0, total=3.0)


def fetched(url: str, policy: Policy) -> bytes:
    file = io.BytesIO()
    size = foreign.fetch(url, policy=policy, into=file)
    assert size == len(file.getvalue())
    return file.getvalue()


def refusal(url: str, policy: Policy) -> VendorError:
    with pytest.raises(VendorError) as caught:
        foreign.fetch(url, policy=policy, into=io.BytesIO())
    return caught.value


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (WAV, "audio/x-wav"),
        (b"whatever the host calls sound", "audio/mpeg"),
        (WAV, "application/octet-stream"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(40), "binary/octet-stream"),
        (b"ID3\x04" + bytes(40), None),
        (b"\xff\xfb\x90\x00" + bytes(40), "application/octet-stream"),
        (bytes(40), "video/mp4"),
    ],
)
def test_sound_is_fetched(host: Host, policy: Policy, content: bytes, kind: str | None):
    host.answers["/a"] = give(content, kind)
    assert fetched(host.url("/a"), policy) == content


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<html>", "text/html"),
        (b"root:x:0:0", "application/octet-stream"),
        (b"RIFF\x24\x00\x00\x00AVI ", None),
        (b"{}", "application/json"),
        (b"", "application/octet-stream"),
        (b"", "audio/wav"),
    ],
)
def test_what_is_no_sound_is_refused(host, policy, content, kind):
    host.answers["/a"] = give(content, kind)
    assert refusal(host.url("/a"), policy).code == "not_audio"


def test_packed_content_is_refused(host, policy):
    host.answers["/a"] = give(WAV, Content_Encoding="gzip")
    assert refusal(host.url("/a"), policy).code == "not_audio"


@pytest.mark.parametrize("told", [True, False])
def test_too_much_is_refused_whether_the_host_tells_or_not(host, policy, told):
    headers = {"Content_Length": "2000"} if told else {}
    host.answers["/a"] = give(WAV + bytes(2000 - len(WAV)), **headers)
    assert refusal(host.url("/a"), replace(policy, largest=1000)).code == "too_large"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.mp3",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/a",
        "example.org/a",
        "http://",
        "http:///a",
        "http://exa mple.org/a",
        "http://example.org/\r\nHost: inner",
        "http://example.org:99999/a",
        "http://[::1/a",
        "http://ex\u00e4mple.org/a",
        "http://example.org\\@127.0.0.1/",
        "http://example.org/" + "a" * 3000,
        "",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url):
    with pytest.raises(VendorError) as caught:
        foreign.check(url, Policy())
    assert caught.value.code == "invalid_url"


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  nothing is bound
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    # Decimal, octal, hexadecimal, short
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "127.1",
    "0",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    # IPv4 in IPv6: mapped, compatible, 6to4, NAT64, Teredo
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2001:0:7f00:1::]",
]


@pytest.mark.parametrize("name", PRIVATE)
def test_an_address_of_ours_is_refused_however_it_is_written(name):
    with pytest.raises(VendorError) as caught:
        foreign.check(f"http://{name}/a.mp3", Policy())
    assert caught.value.code in ("address_refused", "invalid_url")


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.org/a",
        "http://user:word@example.org/a",
        "http://@example.org/a",
        "http://example.org:22/a",
        "http://example.org:443/a",
        "https://example.org:80/a",
    ],
)
def test_names_passwords_and_other_ports_are_refused(url):
    with pytest.raises(VendorError) as caught:
        foreign.check(url, Policy())
    assert caught.value.code == "address_refused"


def test_a_port_can_be_allowed():
    assert foreign.check("http://example.org:8080/a", Policy(ports=frozenset({8080})))


@pytest.mark.parametrize("text", [PUBLIC, "2606:4700::1111", "::ffff:93.184.216.34"])
def test_public_addresses_are_public(text):
    assert foreign.is_public(ipaddress.ip_address(text))


def private_hosts() -> list[str]:
    found = []
    for name in PRIVATE:
        try:
            found.append(str(ipaddress.ip_address(name.strip("[]"))))
        except ValueError:
            continue
    return found


@pytest.mark.parametrize("address", private_hosts())
def test_a_name_that_leads_into_our_network_is_refused(address):
    policy = Policy(resolve=lambda _host, _port: [PUBLIC, address])
    assert refusal("http://example.org/a.mp3", policy).code == "address_refused"


def test_a_host_of_ours_is_asked_nothing(inner):
    policy = Policy(
        resolve=lambda _host, _port: ["127.0.0.1"], ports=frozenset({inner.port})
    )
    url = f"http://example.org:{inner.port}/a"
    assert refusal(url, policy).code == "address_refused"
    assert inner.asked == []


def test_a_name_server_that_changes_its_answer_changes_nothing(inner):
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    policy = Policy(
        resolve=lambda _host, _port: next(answers),
        ports=frozenset({inner.port}),
        connect=0.5,
        total=1.0,
    )
    url = f"http://example.org:{inner.port}/a"
    assert refusal(url, policy).code in ("timeout", "unreachable")
    assert inner.asked == []
    # Asked once more, it is looked at once more.
    assert refusal(url, policy).code == "address_refused"
    assert inner.asked == []


def test_the_address_that_was_looked_at_is_the_one_that_is_dialled(host, policy):
    host.answers["/a"] = give(WAV)
    name = f"sound.example:{host.port}"
    named = replace(
        policy, hosts=frozenset({name}), resolve=lambda _host, _port: ["127.0.0.1"]
    )
    assert fetched(f"http://{name}/a", named) == WAV


def test_a_redirect_is_followed_and_looked_at(host, policy):
    host.answers["/a"] = point_to("/b", 301)
    host.answers["/b"] = point_to(host.url("/c"), 307)
    host.answers["/c"] = give(WAV)
    assert fetched(host.url("/a"), policy) == WAV


@pytest.mark.parametrize(
    "way", ["http://{inner}/a", "//{inner}/a", "file:///etc/passwd", "http://[::1]/"]
)
def test_a_redirect_into_our_network_is_refused(host, inner, policy, way):
    host.answers["/a"] = point_to(way.format(inner=inner.name))
    error = refusal(host.url("/a"), policy)
    assert error.code in ("address_refused", "invalid_url")
    assert inner.asked == []


def test_redirects_have_an_end(host, policy):
    host.answers["/a"] = point_to("/a")
    assert refusal(host.url("/a"), policy).code == "too_many_redirects"
    assert len(host.asked) == 4


@pytest.mark.parametrize(
    ("status", "retryable"), [(404, False), (403, False), (503, True), (429, True)]
)
def test_what_is_not_there_has_a_reason(host, policy, status, retryable):
    host.answers["/a"] = lambda request: request.send_error(status)
    error = refusal(host.url("/a"), policy)
    assert (error.code, error.retryable) == (f"http_{status}", retryable)


def test_a_host_that_is_away_is_unreachable(policy, closed_port):
    away = replace(policy, hosts=frozenset({f"127.0.0.1:{closed_port}"}))
    error = refusal(f"http://127.0.0.1:{closed_port}/a", away)
    assert (error.code, error.retryable) == ("unreachable", True)


def test_a_name_that_does_not_exist_is_unresolvable():
    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    error = refusal("http://example.org/a", Policy(resolve=nowhere))
    assert error.code == "unresolvable"


def trickle(request: BaseHTTPRequestHandler, head: bytes) -> None:
    request.wfile.write(head)
    for _ in range(100):
        time.sleep(0.1)
        request.wfile.write(b"a")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\r\n",
    ],
)
def test_a_host_that_trickles_is_left_when_the_time_is_over(host, policy, head):
    host.answers["/a"] = lambda request: trickle(request, head)
    began = time.monotonic()
    error = refusal(host.url("/a"), replace(policy, total=0.7))
    assert error.code == "timeout"
    assert time.monotonic() - began < 2


def test_a_name_server_that_hangs_is_left(policy):
    waiting = threading.Event()
    slow = replace(policy, connect=0.2, resolve=lambda *_: waiting.wait(5) and [])
    began = time.monotonic()
    assert refusal("http://example.org/a", slow).code == "timeout"
    assert time.monotonic() - began < 2
    waiting.set()


def test_no_proxy_is_asked(host, inner, policy, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://{inner.name}")
    monkeypatch.setenv("ALL_PROXY", f"http://{inner.name}")
    host.answers["/a"] = give(WAV)
    assert fetched(host.url("/a"), policy) == WAV
    assert inner.asked == []


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for sound.example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sound.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("sound.example")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "sound.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[Host]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(context)


@pytest.mark.parametrize(
    ("name", "believed"), [("sound.example", True), ("other.example", False)]
)
def test_the_certificate_is_the_names_and_not_the_addresss(
    secure, certificate, name, believed
):
    secure.answers["/a"] = give(WAV)
    policy = Policy(
        hosts=frozenset({f"{name}:{secure.port}"}),
        resolve=lambda _host, _port: ["127.0.0.1"],
        tls=ssl.create_default_context(cafile=certificate),
        connect=2.0,
    )
    url = f"https://{name}:{secure.port}/a"
    if believed:
        assert fetched(url, policy) == WAV
    else:
        assert refusal(url, policy).code == "unreachable"
        assert secure.asked == []
