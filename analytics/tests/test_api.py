"""Details of a call, and the words of a foreign recording, as an integrator asks for them."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.utils import timezone

from analytics import foreign, reasons, tasks
from analytics.models import ForeignTranscript, Measures
from analytics.tests.conftest import ANSWERED, happened, sound
from audio import mulaw
from calls.models import User
from calls.services import tokens

pytestmark = pytest.mark.django_db
WORDS = "Hello, where is my lamp? I have waited for a week."


@pytest.fixture
def shop(db: None) -> User:
    return User.objects.create_user("shop", role=User.Role.INTEGRATOR)


@pytest.fixture
def api(client, shop):
    """Asks with the shop's key."""
    _token, secret = tokens.create(user=shop, name="shop")

    def get(path: str, **query: str):
        return client.get(path, query, headers={"Authorization": f"Bearer {secret}"})

    return get


# Details


def test_a_call_that_is_not_measured_yet_says_so(api, call):
    answer = api("/call-details", sid=call.sid).json()
    assert answer["sid"] == call.sid
    assert answer["status"] == "completed"
    assert answer["start_time"] == int(ANSWERED.timestamp())
    assert answer["end_time"] - answer["answer_time"] == 60
    assert answer["duration"] == 60.0
    assert answer["agent"]["name"] == "Ada"
    assert answer["hold_time"] is answer["dead_air_time"] is None
    assert answer["reasons"]["hold_time"] == "not_measured_yet"
    assert "duration" not in answer["reasons"]


def test_a_measured_call_tells_its_measures(api, call):
    happened(call, (20.0, "hold.started"), (30.0, "hold.ended"))
    tasks.measure.run(call).store()
    answer = api("/call-details", sid=call.sid).json()
    assert answer["hold_time"] == 10.0
    assert answer["wait_time"] == 2.0
    assert answer["dead_air_time"] is None
    assert answer["reasons"]["dead_air_time"] == "no_recording"
    assert Measures.objects.count() == 1


def test_a_call_that_goes_on_says_so(api, call):
    call.status, call.ended_at = "in-progress", None
    call.save()
    answer = api("/call-details", sid=call.sid).json()
    assert answer["end_time"] is answer["duration"] is None
    assert set(answer["reasons"].values()) == {"call_in_progress"}


@pytest.mark.parametrize("sid", ["CA" + "9" * 32, "nonsense", "' or 1=1"])
def test_an_unknown_call_is_unknown(api, call, sid):
    answer = api("/call-details", sid=sid)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_call"


def test_the_sid_is_needed(api, call):
    answer = api("/call-details")
    assert answer.status_code == 400
    assert "sid" in answer.json()["error"]["details"]


def test_an_agent_sees_the_details_of_own_calls_only(client, call, ada, ben):
    client.force_login(ada)
    assert client.get("/call-details", {"sid": call.sid}).status_code == 200
    client.force_login(ben)
    assert client.get("/call-details", {"sid": call.sid}).status_code == 404


# Foreign recordings


class Shelf(BaseHTTPRequestHandler):
    """Somebody's web server."""

    answer = b""
    kind = "audio/wav"
    status = 200
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def shelf(vendors, settings, spoken) -> Iterator[type[Shelf]]:
    class Own(Shelf):
        # The played recogniser wants a moment of silence around.
        answer = sound(
            np.concatenate(
                [
                    np.zeros(4000, np.int16),
                    mulaw.decode(spoken(WORDS)),
                    np.zeros(4000, np.int16),
                ]
            )
        )
        asked = 0
        host = ""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Own.host = f"127.0.0.1:{server.server_port}"
    settings.FOREIGN_ALLOWED_HOSTS = [Own.host]
    yield Own
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(shelf) -> str:
    return f"http://{shelf.host}/call.wav?a=1"


@pytest.fixture
def impatient(settings) -> None:
    """The answer waits for nobody."""
    settings.API_PATIENCE_SECONDS = 0.0


def work() -> ForeignTranscript:
    """What a worker does, as often as the sweep would ask it to."""
    for _ in range(20):
        ForeignTranscript.objects.update(not_before=None)
        for row_id in foreign.to_enqueue():
            tasks.transcribe_foreign(row_id)
        row = ForeignTranscript.objects.get()
        if row.is_settled:
            return row
    pytest.fail(f"not settled: {row.state} {row.reason}")


def test_a_long_recording_is_answered_by_a_place_to_look(api, url, impatient):
    answer = api("/get-transcript", url=url)
    assert answer.status_code == 202
    assert answer.json() == {"status": "processing"}
    assert int(answer["Retry-After"]) > 0
    assert parse_qs(urlsplit(answer["Location"]).query) == {"url": [url]}


def test_the_words_of_a_recording_are_given(api, url, shelf, impatient):
    place = api("/get-transcript", url=url)["Location"]
    work()
    answer = api(place)
    assert answer.status_code == 200
    assert "where is my lamp" in answer.json()["transcript"]


def test_the_same_address_is_transcribed_once(api, url, shelf, impatient):
    api("/get-transcript", url=url)
    api("/get-transcript", url=f"{url}#again")
    work()
    api("/get-transcript", url=url)
    assert ForeignTranscript.objects.count() == 1
    assert shelf.asked == 1


def test_a_worker_that_died_after_the_order_is_not_a_second_order(url, shelf, vendors):
    row = foreign.ask(url=url)
    first = foreign.claim(row_id=row.pk)
    foreign.work(claim=first)
    row.refresh_from_db()
    ordered = row.vendor_id
    # It never said that it was done.
    ForeignTranscript.objects.update(
        state="running", text="", not_before=timezone.now() - timedelta(seconds=1)
    )
    done = work()
    assert (done.state, done.vendor_id) == ("done", ordered)
    assert shelf.asked == 1


def test_a_late_worker_changes_nothing(url, shelf):
    row = foreign.ask(url=url)
    late = foreign.claim(row_id=row.pk)
    assert foreign.claim(row_id=row.pk) is None
    ForeignTranscript.objects.update(not_before=timezone.now())
    assert foreign.claim(row_id=row.pk) is not None
    assert not foreign.renew(late)
    foreign.interrupt(claim=late)
    row.refresh_from_db()
    assert row.state == "running"


def test_a_worker_that_dies_each_time_leaves_a_reason(api, url, shelf, impatient):
    row = foreign.ask(url=url)
    for _ in range(3):
        ForeignTranscript.objects.update(not_before=None)
        assert foreign.claim(row_id=row.pk)
    ForeignTranscript.objects.update(not_before=None)
    assert foreign.claim(row_id=row.pk) is None
    answer = api("/get-transcript", url=url)
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == reasons.WORKER_DIED


def test_a_silent_recording_has_no_words(api, url, shelf, impatient):
    shelf.answer = sound(np.zeros(16000, np.int16))
    api("/get-transcript", url=url)
    work()
    answer = api("/get-transcript", url=url)
    assert (answer.status_code, answer.json()["transcript"]) == (200, "")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "text/html"}, 422, "not_audio"),
        ({"status": 404}, 422, "http_404"),
        ({"status": 500}, 502, "http_500"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_what_is_no_recording_has_a_reason(api, url, shelf, change, status, code):
    for name, value in change.items():
        setattr(shelf, name, value)
    api("/get-transcript", url=url)
    work()
    answer = api("/get-transcript", url=url)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


def test_a_failure_stands_for_a_while_and_is_then_tried_again(
    api, url, shelf, impatient
):
    shelf.status = 404
    api("/get-transcript", url=url)
    work()
    shelf.status = 200
    assert api("/get-transcript", url=url).status_code == 422
    ForeignTranscript.objects.update(finished_at=timezone.now() - timedelta(minutes=11))
    assert api("/get-transcript", url=url).status_code == 202
    assert work().state == "done"


def test_a_vendor_that_is_away_is_asked_again_later(
    api, url, shelf, vendors, impatient
):
    api("/get-transcript", url=url)
    vendors.fault("assemblyai", "500")
    tasks.transcribe_foreign(ForeignTranscript.objects.get().pk)
    row = ForeignTranscript.objects.get()
    assert (row.state, row.reason) == ("waiting", "500")
    vendors.heal()
    assert work().state == "done"


def test_a_broker_that_is_away_loses_nothing(
    api, url, shelf, no_broker, impatient, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert api("/get-transcript", url=url).status_code == 202
    assert work().state == "done"


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("ftp://example.org/a.mp3", 400, "invalid_url"),
        ("nonsense", 400, "invalid_url"),
        ("http://127.0.0.1/a.mp3", 422, "address_refused"),
        ("http://[::1]/a.mp3", 422, "address_refused"),
        ("http://[::ffff:10.0.0.1]/a.mp3", 422, "address_refused"),
        ("http://2130706433/a.mp3", 422, "address_refused"),
        ("http://0177.0.0.1/a.mp3", 422, "address_refused"),
        ("http://0x7f.1/a.mp3", 422, "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", 422, "address_refused"),
        ("http://user:word@example.org/a.mp3", 422, "address_refused"),
        ("http://example.org:6379/", 422, "address_refused"),
        ("http://example.org/\0", 400, "invalid_request"),
        ("", 400, "invalid_request"),
        ("http://example.org/" + "a" * 2000, 400, "invalid_request"),
    ],
)
def test_an_address_that_is_never_asked_leaves_no_trace(api, address, status, code):
    answer = api("/get-transcript", url=address)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert not ForeignTranscript.objects.exists()


def test_a_name_that_leads_into_our_network_is_refused(api, impatient):
    # The machine's own resolver knows this one.
    api("/get-transcript", url="http://localhost/a.mp3")
    assert work().reason == "address_refused"
    assert api("/get-transcript", url="http://localhost/a.mp3").status_code == 422


def test_agents_have_nothing_transcribed(client, ada):
    client.force_login(ada)
    answer = client.get("/get-transcript", {"url": "http://example.org/a.mp3"})
    assert answer.status_code == 403
    assert not ForeignTranscript.objects.exists()
