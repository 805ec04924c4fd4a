"""The integrator's API over the played Twilio: each call once, repeated, and with everything wrong."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from calls import telephone
from calls.models import (
    Call,
    Customer,
    Dial,
    IdempotentRequest,
    Message,
    Queue,
    User,
    Utterance,
)
from calls.services import idempotency, tokens
from calls.tests.leads import assistant
from vendors.tests.conftest import (  # noqa: F401
    Outside,
    _simulators,
    closed_port,
    outside,
)

pytestmark = pytest.mark.django_db
CLEO = "+15550107788"
SID = "CA" + "1" * 32


@pytest.fixture
def shop(db: None) -> User:
    return User.objects.create_user("shop", role=User.Role.INTEGRATOR)


@pytest.fixture
def key(shop: User) -> str:
    return tokens.create(user=shop, name="shop")[1]


@pytest.fixture
def vendor(settings: Any, outside: Outside) -> Any:  # noqa: F811
    """Twilio, played."""
    settings.TWILIO_API_URL = outside.url
    for made in (telephone.twilio_config, telephone.telephone):
        made.cache_clear()
    yield outside
    for made in (telephone.twilio_config, telephone.telephone):
        made.cache_clear()


@pytest.fixture
def api(client, key, settings):
    """Asks with the shop's key."""
    settings.API_PATIENCE_SECONDS = 0.0
    cache.clear()

    class Api:
        def get(self, path: str, **query: str):
            return client.get(path, query, headers=self.headers())

        def post(self, path: str, body: object, **headers: str):
            return client.post(
                path,
                body if isinstance(body, bytes) else json.dumps(body),
                content_type=headers.pop("content_type", "application/json"),
                headers=self.headers(**headers),
            )

        def headers(self, **more: str) -> dict[str, str]:
            named = {name.replace("_", "-"): value for name, value in more.items()}
            return {"Authorization": f"Bearer {key}", **named}

    return Api()


@pytest.fixture
def call(db: None, ada: User) -> Call:
    return Call.objects.create(
        sid=SID,
        direction="inbound",
        status="in-progress",
        from_number=CLEO,
        to_number="+15550100000",
        agent=ada,
        created_at=timezone.now(),
        answered_at=timezone.now(),
    )


def code(answer: Any) -> str:
    """The error's code; its shape is checked on the way."""
    error = answer.json()["error"]
    assert answer["Content-Type"] == "application/json"
    assert set(error) <= {"code", "message", "details"}
    assert error["message"]
    return error["code"]


def nothing_done() -> bool:
    return not (
        Dial.objects.exists()
        or Message.objects.exists()
        or IdempotentRequest.objects.exists()
    )


# Who may come in


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer ccp_wrong",
        "Basic c2hvcDp4",
        "Bearer \xff",
    ],
)
def test_without_a_good_key_nobody_comes_in(client, header):
    headers = {} if header is None else {"Authorization": header}
    for path in ("/call-status", "/call-details", "/get-transcript"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
    for path in (
        *("/start-call", "/end-call", "/take-over", "/hand-back"),
        "/send-whatsapp",
    ):
        answer = client.post(
            path, {"to": CLEO}, content_type="application/json", headers=headers
        )
        assert answer.status_code == 401
        assert code(answer) in ("not_authenticated", "invalid_token")
    assert nothing_done()


def test_a_revoked_key_is_refused(api, shop):
    assert api.get("/call-status").status_code == 404
    tokens.revoke(token=shop.api_tokens.get())
    answer = api.get("/call-status")
    assert (answer.status_code, code(answer)) == (401, "invalid_token")


def test_a_supervisor_comes_in_with_the_login_and_its_token(client, sam, call):
    client.force_login(sam)
    assert client.get("/call-status").json()["sid"] == SID


def test_a_login_without_its_csrf_token_changes_nothing(sam, call):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(sam)
    answer = browser.post("/end-call", {"sid": SID}, content_type="application/json")
    assert (answer.status_code, code(answer)) == (403, "csrf_failed")


def test_an_agent_reads_own_calls_and_does_nothing_else(client, ada, ben, call):
    client.force_login(ada)
    assert client.get("/call-status", {"sid": SID}).status_code == 200
    answer = client.post("/start-call", {"to": CLEO}, content_type="application/json")
    assert (answer.status_code, code(answer)) == (403, "not_allowed")
    client.force_login(ben)
    assert code(client.get("/call-status", {"sid": SID})) == "unknown_call"
    assert code(client.get("/call-status")) == "no_current_call"
    assert nothing_done()


# What is sent


@pytest.mark.parametrize(
    "path", ["/start-call", "/end-call", "/take-over", "/hand-back", "/send-whatsapp"]
)
@pytest.mark.parametrize(
    ("body", "kind", "status", "expected"),
    [
        (b"to=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"--x--", "multipart/form-data; boundary=x", 415, "unsupported_media_type"),
        (b"{", "application/json", 400, "malformed_json"),
        (b" ", "application/json", 400, "malformed_json"),
        (b"\xff\xfe", "application/json", 400, "malformed_json"),
        (b'{"to": NaN}', "application/json", 400, "malformed_json"),
        (b"[" * 60_000, "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 400, "invalid_request"),
        (b"7", "application/json", 400, "invalid_request"),
        (b"null", "application/json", 400, "invalid_request"),
        (b'"to"', "application/json", 400, "invalid_request"),
        (b"{}", "application/json", 400, "invalid_request"),
        (b'{"to": "' + b"1" * 70_000 + b'"}', "application/json", 413, "too_large"),
    ],
)
def test_what_is_no_request_is_refused(api, path, body, kind, status, expected):
    answer = api.post(path, body, content_type=kind, Idempotency_Key="a")
    assert (answer.status_code, code(answer)) == (status, expected)
    assert nothing_done()


@pytest.mark.parametrize(
    "number",
    [
        "",
        "hello",
        "+",
        "123",
        "+1",
        "+1555010778812345678",
        "\u0661\u0662\u0663\u0664",
        "1-800-LAMPS",
        "+1555\x00010",
        "+\ud800",
        15550107788,
        None,
        True,
        [],
        {},
        "+15550107788;ext=5",
        "sip:a@b",
        "5550107788",
    ],
)
@pytest.mark.parametrize("path", ["/start-call", "/send-whatsapp"])
def test_what_is_no_number_is_refused(api, path, number):
    answer = api.post(
        path, {"to": number, **({} if path == "/start-call" else {"message": "x"})}
    )
    assert answer.status_code == 400
    assert code(answer) in ("invalid_number", "invalid_request")
    assert answer.json()["error"]["details"]["to"]
    assert nothing_done()


def test_a_number_of_the_own_country_needs_no_code(api, vendor, settings):
    settings.DEFAULT_REGION = "US"
    answer = api.post("/start-call", {"to": "(555) 010-7788"})
    assert answer.json()["to"] == CLEO


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/start-call", {"to": CLEO, "form": "x"}, "form"),
        ("/start-call", {"to": CLEO, "detect_machine": "yes"}, "detect_machine"),
        ("/start-call", {"to": CLEO, "on_machine": "sing"}, "on_machine"),
        ("/start-call", {"to": CLEO, "agent": 1.5}, "agent"),
        ("/start-call", {"to": CLEO, "agent": 10**30}, "agent"),
        ("/start-call", {"to": CLEO, "agent": None}, "agent"),
        ("/start-call", {"to": CLEO, "queue": {}}, "queue"),
        ("/start-call", {"to": CLEO, "from": "x"}, "from"),
        ("/start-call", {"to": CLEO, "assistant": 1.5}, "assistant"),
        (
            "/start-call",
            {"to": CLEO, "assistant": "Robin", "agent": "ada"},
            "assistant",
        ),
        ("/take-over", {"agent": "ada"}, "sid"),
        ("/take-over", {"sid": SID, "agent": []}, "agent"),
        ("/take-over", {"sid": SID, "mode": "auto"}, "mode"),
        ("/hand-back", {"sid": SID, "mode": "human"}, "mode"),
        ("/hand-back", {"sid": SID, "mode": None}, "mode"),
        ("/hand-back", {"sid": SID, "agent": "ada"}, "agent"),
        ("/end-call", {"sid": 7}, "sid"),
        ("/end-call", {"sid": ""}, "sid"),
        ("/end-call", {"sid": "a" * 100}, "sid"),
        ("/end-call", {"sid": "CA\x00"}, "sid"),
        ("/end-call", {"sid": SID, "\ud800": 1}, "\\ud800"),
        ("/send-whatsapp", {"to": CLEO}, "request"),
        ("/send-whatsapp", {"to": CLEO, "message": "a", "template": "b"}, "request"),
        ("/send-whatsapp", {"to": CLEO, "message": "\x00"}, "message"),
        ("/send-whatsapp", {"to": CLEO, "message": "a", "variables": {}}, "variables"),
        ("/send-whatsapp", {"to": CLEO, "template": "b", "variables": []}, "variables"),
        (
            "/send-whatsapp",
            {"to": CLEO, "template": "b", "variables": {"a": 1}},
            "variables.a",
        ),
    ],
)
def test_a_field_at_fault_is_named(api, path, body, field):
    answer = api.post(path, body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["details"]
    assert nothing_done()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/start-call", "POST"),
        ("put", "/start-call", "POST"),
        ("delete", "/end-call", "POST"),
        ("get", "/send-whatsapp", "POST"),
        ("post", "/call-details", "GET"),
        ("patch", "/get-transcript", "GET"),
        ("put", "/call-status", "GET, POST"),
        ("delete", "/call-status", "GET, POST"),
        ("options", "/start-call", "POST"),
    ],
)
def test_another_method_is_refused(client, api, method, path, allowed):
    answer = getattr(client, method)(path, headers=api.headers())
    assert (answer.status_code, code(answer)) == (405, "method_not_allowed")
    assert answer["Allow"] == allowed


def test_what_is_posted_to_call_status_is_twilios(client, api, twilio, call):
    assert api.post("/call-status", {"sid": SID}).status_code == 403
    answer = twilio("/call-status", CallSid=SID, CallStatus="completed")
    assert answer.status_code == 204
    assert api.get("/call-status", sid=SID).json()["status"] == "completed"


# Placing a call


def test_a_call_is_placed(api, vendor):
    answer = api.post("/start-call", {"to": "+1 (555) 010-7788"})
    assert answer.status_code == 200, answer.content
    placed = answer.json()
    call = Call.objects.get(sid=placed["sid"])
    assert (placed["direction"], placed["to"]) == ("outbound", CLEO)
    assert placed["status"] == call.status
    assert Dial.objects.get().call == call


def test_who_handles_it_is_named_by_name_or_id(api, vendor, ada):
    User.objects.update(presence="available", desk_seen_at=timezone.now())
    answer = api.post("/start-call", {"to": CLEO, "agent": "ada"})
    assert answer.status_code == 200, answer.content
    assert Dial.objects.get().agent == ada
    queue = Queue.objects.create(name="Sales")
    for named in (queue.pk, "Sales"):
        api.post("/start-call", {"to": CLEO, "queue": named})
        assert Dial.objects.latest("asked_at").queue == queue


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"agent": "nobody"}, "unknown_agent"),
        ({"agent": 999_999}, "unknown_agent"),
        ({"agent": "shop"}, "unknown_agent"),
        ({"queue": "nowhere"}, "unknown_queue"),
        ({"from": "+15550109999"}, "unknown_line"),
    ],
)
def test_what_does_not_exist_is_refused(api, vendor, wish, expected):
    answer = api.post("/start-call", {"to": CLEO, **wish})
    assert (answer.status_code, code(answer)) == (422, expected)
    assert nothing_done()


@pytest.mark.parametrize("number", ["+19005550123", "+4490912345", "+88216123456"])
def test_a_denied_number_is_not_called(api, vendor, number):
    answer = api.post("/start-call", {"to": number}, Idempotency_Key="a")
    assert code(answer) in ("denied_number", "invalid_number")
    assert answer.status_code in (400, 422)
    assert nothing_done()


def test_who_does_not_want_to_be_called_is_not(api, vendor):
    Customer.objects.create(number=CLEO, do_not_call=True)
    answer = api.post("/start-call", {"to": CLEO})
    assert (answer.status_code, code(answer)) == (422, "do_not_call")
    assert nothing_done()


def test_a_day_has_a_last_call(api, vendor, settings):
    settings.CALLS_PER_USER_PER_DAY = 1
    assert api.post("/start-call", {"to": CLEO}).status_code == 200
    answer = api.post("/start-call", {"to": CLEO})
    assert (answer.status_code, code(answer)) == (429, "daily_limit")
    assert int(answer["Retry-After"]) > 0
    assert Dial.objects.count() == 1


def test_a_telephone_service_that_is_away_places_nothing(api, vendor):
    vendor.fault("twilio", "429")
    answer = api.post("/start-call", {"to": CLEO}, Idempotency_Key="a")
    assert (answer.status_code, code(answer)) == (503, "telephone_unavailable")
    vendor.heal()
    # Nothing was done, so the same key may try again.
    again = api.post("/start-call", {"to": CLEO}, Idempotency_Key="a")
    assert again.status_code == 200
    assert "Idempotency-Replayed" not in again


# Once for each key


def test_the_same_key_is_acted_upon_once(api, vendor):
    first = api.post("/start-call", {"to": CLEO}, Idempotency_Key="order 7")
    again = api.post("/start-call", {"to": CLEO}, Idempotency_Key="order 7")
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Dial.objects.count() == 1


def test_another_body_with_the_same_key_is_a_mistake(api, vendor):
    api.post("/start-call", {"to": CLEO}, Idempotency_Key="a")
    answer = api.post("/start-call", {"to": "+15550107789"}, Idempotency_Key="a")
    assert (answer.status_code, code(answer)) == (422, "idempotency_key_reused")
    assert Dial.objects.count() == 1


def unfinished(shop: User, body: object) -> IdempotentRequest:
    """The row of a request whose worker has not come back."""
    idempotency.begin(user=shop, path="/start-call", key="a", body=body)
    return IdempotentRequest.objects.get()


def test_a_request_that_still_runs_is_not_begun_again(api, vendor, shop):
    unfinished(shop, {"to": CLEO})
    answer = api.post("/start-call", {"to": CLEO}, Idempotency_Key="a")
    assert (answer.status_code, code(answer)) == (409, "request_in_progress")
    assert not Dial.objects.exists()


def test_a_request_whose_process_died_is_never_done_again(api, vendor, shop):
    unfinished(shop, {"to": CLEO})
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    answer = api.post("/start-call", {"to": CLEO}, Idempotency_Key="a")
    assert (answer.status_code, code(answer)) == (504, "outcome_unknown")
    assert not Dial.objects.exists()


@pytest.mark.parametrize("bad", ["", "a" * 256, "\xe4", "a\tb"])
def test_a_key_is_printable_and_not_too_long(api, vendor, bad):
    answer = api.post("/start-call", {"to": CLEO}, Idempotency_Key=bad)
    assert (answer.status_code, code(answer)) == (400, "invalid_idempotency_key")
    assert nothing_done()


def test_keys_of_two_users_are_two_keys(api, client, vendor, sam):
    api.post("/start-call", {"to": CLEO}, Idempotency_Key="a")
    client.force_login(sam)
    answer = client.post(
        "/start-call",
        {"to": CLEO},
        content_type="application/json",
        headers={"Idempotency-Key": "a"},
    )
    assert "Idempotency-Replayed" not in answer
    assert Dial.objects.count() == 2


@pytest.mark.parametrize("path", ["/start-call/", "/api/nothing"])
def test_an_address_beside_is_not_found_in_the_same_shape(client, path):
    answer = client.get(path)
    assert (answer.status_code, code(answer)) == (404, "not_found")


# Ending and watching


def test_an_integrator_ends_any_call(api, vendor):
    sid = api.post("/start-call", {"to": CLEO}).json()["sid"]
    answer = api.post("/end-call", {"sid": sid})
    assert answer.status_code == 200, answer.content
    assert answer.json()["sid"] == sid


def test_a_call_that_is_over_cannot_be_ended(api, call):
    Call.objects.update(status="completed")
    answer = api.post("/end-call", {"sid": SID})
    assert (answer.status_code, code(answer)) == (409, "call_ended")


@pytest.mark.parametrize("sid", ["CA" + "9" * 32, "CA", "' or 1=1 --"])
def test_an_unknown_call_is_unknown(api, call, sid):
    assert code(api.post("/end-call", {"sid": sid})) == "unknown_call"
    answer = api.get("/call-status", sid=sid)
    assert (answer.status_code, code(answer)) == (404, "unknown_call")


def say(call: Call, *lines: tuple[str, str], source: str = "live") -> None:
    for number, (speaker, text) in enumerate(lines):
        Utterance.objects.create(
            call=call,
            source=source,
            item=f"{source}{number}",
            speaker=speaker,
            start=number,
            end=number + 1,
            text=text,
        )


def test_the_status_of_a_call_comes_with_its_words(api, call):
    say(call, ("caller", "Where is my lamp?"), ("agent", "Let me look."))
    assert api.get("/call-status", sid=SID).json() == {
        "sid": SID,
        "status": "in-progress",
        "mode": "human",
        "transcript": "Caller: Where is my lamp?\nAgent: Let me look.",
    }
    say(call, ("caller", "Where is my lamp, please?"), source="final")
    answer = api.get("/call-status", sid=SID).json()
    assert answer["transcript"] == "Caller: Where is my lamp, please?"


def test_without_a_sid_it_is_the_newest_live_call(api, call):
    answer = api.get("/call-status")
    assert answer.json()["sid"] == SID
    Call.objects.create(
        sid="CA" + "2" * 32,
        direction="inbound",
        status="ringing",
        from_number=CLEO,
        to_number="+15550100000",
        created_at=timezone.now(),
    )
    assert api.get("/call-status").json()["sid"] == "CA" + "2" * 32
    Call.objects.update(status="completed")
    answer = api.get("/call-status")
    assert (answer.status_code, code(answer)) == (404, "no_current_call")


def test_a_parameter_that_is_not_known_is_refused(api, call):
    answer = api.get("/call-status", side=SID)
    assert answer.status_code == 400
    assert "side" in answer.json()["error"]["details"]


# Messages


def test_a_message_is_written_down_and_sent(api, vendor):
    Customer.objects.create(number=CLEO, wrote_at=timezone.now())
    answer = api.post(
        "/send-whatsapp", {"to": CLEO, "message": "Hello"}, Idempotency_Key="a"
    )
    assert answer.status_code == 200, answer.content
    message = Message.objects.get()
    assert answer.json()["id"] == str(message.pk)
    assert set(answer.json()) == {"id", "sid", "status", "error_code", "error"}
    again = api.post(
        "/send-whatsapp", {"to": CLEO, "message": "Hello"}, Idempotency_Key="a"
    )
    assert again["Idempotency-Replayed"] == "true"
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"message": "Hello"}, "window_closed"),
        ({"message": "  "}, "empty"),
        ({"message": "a" * 2000}, "too_long"),
        ({"template": "Nothing"}, "unknown_template"),
        ({"template": 7}, "unknown_template"),
    ],
)
def test_a_message_that_whatsapp_would_not_take_is_refused(
    api, vendor, content, expected
):
    answer = api.post("/send-whatsapp", {"to": CLEO, **content})
    assert (answer.status_code, code(answer)) == (422, expected)
    assert nothing_done()


# How often, from where


def test_who_asks_too_often_waits(api, vendor, settings):
    settings.API_PER_MINUTE = {**settings.API_PER_MINUTE, "call": 2}
    for _ in range(2):
        assert api.post("/end-call", {"sid": SID}).status_code == 404
    answer = api.post("/end-call", {"sid": SID})
    assert (answer.status_code, code(answer)) == (429, "too_many_requests")
    assert 1 <= int(answer["Retry-After"]) <= 60
    # Reading is counted by itself.
    assert api.get("/call-status", sid=SID).status_code == 404


def test_without_redis_nobody_is_refused(api, settings, caplog, closed_port):  # noqa: F811
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "LOCATION": f"redis://127.0.0.1:{closed_port}",
        }
    }
    settings.API_PER_MINUTE = {**settings.API_PER_MINUTE, "read": 1}
    for _ in range(3):
        assert api.get("/call-status", sid=SID).status_code == 404
    assert caplog.text.count("Redis is away") <= 1


FRONT = "https://front.example"


def preflight(client, path: str, origin: str):
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        },
    )


def test_front_ends_are_let_in_when_they_are_named(client, api, settings):
    assert "Access-Control-Allow-Origin" not in preflight(client, "/start-call", FRONT)
    settings.CORS_ALLOWED_ORIGINS = [FRONT]
    answer = preflight(client, "/start-call", FRONT)
    assert answer["Access-Control-Allow-Origin"] == FRONT
    assert "idempotency-key" in answer["Access-Control-Allow-Headers"]
    # Never with a cookie of ours.
    assert "Access-Control-Allow-Credentials" not in answer
    other = preflight(client, "/start-call", "https://other.example")
    assert "Access-Control-Allow-Origin" not in other
    for path in ("/desk/", "/voice", "/admin/"):
        assert "Access-Control-Allow-Origin" not in preflight(client, path, FRONT)


# The document


def test_the_document_shows_every_call_and_how_it_fails(client):
    answer = client.get("/api/schema")
    assert answer["Content-Type"] == "application/json"
    paths = answer.json()["paths"]
    assert {path: sorted(operations) for path, operations in paths.items()} == {
        "/start-call": ["post"],
        "/end-call": ["post"],
        "/take-over": ["post"],
        "/hand-back": ["post"],
        "/voice": ["post"],
        "/call-status": ["get", "post"],
        "/recording-status": ["post"],
        "/get-transcript": ["get"],
        "/call-details": ["get"],
        "/send-whatsapp": ["post"],
    }
    start = paths["/start-call"]["post"]
    assert {"200", "400", "401", "409", "422", "429", "504"} <= set(start["responses"])
    assert start["security"] == [{"key": []}, {"session": []}]


def test_the_documents_page_has_no_script_of_its_own(client):
    page = client.get("/api/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "<style" not in page
    assert not [tag for tag in page.split("<script")[1:] if " src=" not in tag[:200]]


# Who speaks


@pytest.fixture
def led(call: Call) -> Call:
    """The assistant has the call, and nobody watches."""
    call.assistant, call.mode, call.agent = assistant().current, "auto", None
    call.save()
    return call


def test_a_call_is_taken_over_for_an_agent_and_handed_back(
    api, vendor, led, ada
) -> None:
    for _ in range(2):
        answer = api.post("/take-over", {"sid": SID, "agent": "ada"})
        assert answer.json() == {"sid": SID, "status": "in-progress", "mode": "human"}
    led.refresh_from_db()
    assert led.agent == ada
    assert api.get("/call-status", sid=SID).json()["mode"] == "human"
    assert code(api.post("/hand-back", {"sid": SID})) == "not_connected"
    Call.objects.update(agent_joined_at=timezone.now())
    answer = api.post("/hand-back", {"sid": SID, "mode": "approve"})
    assert answer.json() == {"sid": SID, "status": "in-progress", "mode": "approve"}
    assert api.post("/hand-back", {"sid": SID}).json()["mode"] == "auto"
    led.refresh_from_db()
    assert led.agent == ada


def test_of_two_agents_one_is_told_who_has_it(api, vendor, led, ada, ben) -> None:
    api.post("/take-over", {"sid": SID, "agent": ada.pk})
    answer = api.post("/take-over", {"sid": SID, "agent": "ben"})
    assert (answer.status_code, code(answer)) == (409, "already_taken")
    assert "Ada" in answer.json()["error"]["message"]


def test_an_integrator_says_for_whom(api, vendor, led, shop) -> None:
    for wish in ({}, {"agent": "shop"}, {"agent": "nobody"}):
        answer = api.post("/take-over", {"sid": SID, **wish})
        assert (answer.status_code, code(answer)) == (422, "unknown_agent")


def test_a_supervisor_takes_it_over_in_person(client, vendor, led, sam) -> None:
    client.force_login(sam)
    answer = client.post("/take-over", {"sid": SID}, content_type="application/json")
    assert answer.json()["mode"] == "human"
    led.refresh_from_db()
    assert led.agent == sam


@pytest.mark.parametrize("path", ["/take-over", "/hand-back"])
def test_agents_do_it_at_their_desks(client, led, ada, path) -> None:
    client.force_login(ada)
    answer = client.post(path, {"sid": SID}, content_type="application/json")
    assert (answer.status_code, code(answer)) == (403, "not_allowed")


@pytest.mark.parametrize("path", ["/take-over", "/hand-back"])
def test_what_is_unknown_or_over_changes_nobody(api, led, ada, path) -> None:
    wish = {"agent": "ada"} if path == "/take-over" else {}
    answer = api.post(path, {"sid": "CA0", **wish})
    assert (answer.status_code, code(answer)) == (404, "unknown_call")
    Call.objects.update(status="completed")
    answer = api.post(path, {"sid": SID, **wish})
    assert (answer.status_code, code(answer)) == (409, "call_ended")


def test_a_takeover_with_a_key_is_answered_as_the_first_time(
    api, vendor, led, ada
) -> None:
    wish = {"sid": SID, "agent": "ada"}
    first = api.post("/take-over", wish, Idempotency_Key="take 1")
    Call.objects.update(mode="auto")
    again = api.post("/take-over", wish, Idempotency_Key="take 1")
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    led.refresh_from_db()
    assert led.mode == "auto"


@pytest.mark.parametrize("named", ["Robin", None])
def test_a_call_is_placed_for_an_assistant(api, vendor, named) -> None:
    robin = assistant()
    answer = api.post("/start-call", {"to": CLEO, "assistant": named or robin.pk})
    assert answer.status_code == 200
    assert Dial.objects.get().assistant == robin


def test_an_assistant_that_is_not_in_use_calls_nobody(api) -> None:
    type(assistant()).objects.update(active=False)
    answer = api.post("/start-call", {"to": CLEO, "assistant": "Robin"})
    assert (answer.status_code, code(answer)) == (422, "unknown_assistant")
    assert nothing_done()


def test_a_trial_is_not_the_current_call(api, led) -> None:
    Call.objects.update(trial=True)
    assert code(api.get("/call-status")) == "no_current_call"
