"""Callbacks: retries, faults, and messages that report how far they came."""

import json
from pathlib import Path

import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException

from simulators import accounts
from simulators.tests.twilio_product import CLEO, Speaker, Stage, stage
from simulators.twilio import templates
from simulators.twilio.messages import Writer

WHATSAPP = f"whatsapp:{accounts.TWILIO_WHATSAPP_NUMBER}"
TO_CLEO = {"from_": WHATSAPP, "to": f"whatsapp:{CLEO}"}
TEMPLATE = templates.AFTER_THE_CALL
PLUMBER = "+15550102222"
EVENTS = ["initiated", "ringing", "answered", "completed"]


class Faults:
    def __init__(self, *kinds: str) -> None:
        self.kinds = list(kinds)

    def callbacks(self) -> list[str]:
        return [self.kinds.pop(0)] if self.kinds else []

    def stream(self, _kind: str) -> bool:
        return False


async def call_out(on: Stage) -> list[str]:
    """Dial out to somebody who hangs up; the statuses in the order they came."""
    plumber = Speaker()
    on.engine.register_number(PLUMBER, lambda _: plumber)
    await on.sdk(
        lambda c: c.calls.create(
            to=PLUMBER,
            from_=accounts.TWILIO_NUMBER,
            twiml="<Response><Hangup/></Response>",
            status_callback=f"{on.product.url}/status",
            status_callback_event=EVENTS,
        )
    )
    await plumber.over.wait()
    await on.product.until(lambda: on.product.told("/status", SequenceNumber="3"))
    await on.product.until(lambda: on.product.told("/status", SequenceNumber="0"))
    return [told["SequenceNumber"] for told in on.product.told("/status")]


async def test_callbacks_of_a_call_come_in_order(tmp_path: Path):
    async with stage(tmp_path) as on:
        assert await call_out(on) == ["0", "1", "2", "3"]


async def test_a_callback_can_come_twice(tmp_path: Path):
    async with stage(tmp_path, faults=Faults("duplicate")) as on:
        assert await call_out(on) == ["0", "0", "1", "2", "3"]


async def test_a_callback_can_come_after_a_later_one(tmp_path: Path):
    async with stage(tmp_path, faults=Faults("reorder")) as on:
        came = await call_out(on)
        assert sorted(came) == ["0", "1", "2", "3"]
        assert came[0] != "0"


class Flaky:
    """Refuses requests as told; a listener of its own beside the product."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.tokens: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers["I-Twilio-Idempotency-Token"])
        status = self.statuses.pop(0)
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status or 500)


@pytest.mark.parametrize(
    ("fragment", "statuses", "tries"),
    [
        ("", (0, 204), 2),
        ("", (500, 204), 1),
        ("#rc=2&rp=5xx", (500, 503, 204), 3),
        ("#rc=0", (0, 204), 1),
    ],
)
async def test_a_callback_is_tried_again_by_the_rules(
    tmp_path: Path, fragment: str, statuses: tuple[int, ...], tries: int
):
    flaky = Flaky(*statuses)
    app = web.Application()
    app.router.add_post("/flaky", flaky.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/flaky{fragment}"
    async with stage(tmp_path) as on:
        await on.engine.exchange.postman.report("CA1", "POST", url, {"a": "b"})
        assert len(flaky.tokens) == tries
        assert len(set(flaky.tokens)) == 1
        assert len(on.engine.warnings) == (statuses[tries - 1] != 204)
    await runner.cleanup()


async def send(on: Stage, **wish: str) -> str:
    sent = await on.sdk(
        lambda c: c.messages.create(status_callback=f"{on.product.url}/message", **wish)
    )
    assert sent.status == "queued"
    return str(sent.sid)


async def statuses(on: Stage, sid: str, last: str) -> list[str]:
    await on.product.until(
        lambda: on.product.told("/message", MessageSid=sid, MessageStatus=last)
    )
    return [t["MessageStatus"] for t in on.product.told("/message", MessageSid=sid)]


async def test_an_sms_is_sent_and_delivered(tmp_path: Path):
    async with stage(tmp_path) as on:
        sid = await send(on, from_=accounts.TWILIO_NUMBER, to=CLEO, body="Hello")
        assert await statuses(on, sid, "delivered") == ["sent", "delivered"]
        fetched = await on.sdk(lambda c: c.messages(sid).fetch())
        assert (fetched.status, fetched.body) == ("delivered", "Hello")
        assert len(await on.sdk(lambda c: c.messages.list(to=CLEO))) == 1


async def test_free_text_on_whatsapp_needs_an_open_window(tmp_path: Path):
    async with stage(tmp_path) as on:
        cleo = f"whatsapp:{CLEO}"
        closed = await send(on, from_=WHATSAPP, to=cleo, body="Hello")
        assert await statuses(on, closed, "failed") == ["failed"]
        (told,) = on.product.told("/message", MessageSid=closed)
        assert (told["ErrorCode"], told["ChannelPrefix"]) == ("63016", "whatsapp")

        template = await send(
            on,
            from_=WHATSAPP,
            to=cleo,
            content_sid=TEMPLATE,
            content_variables=json.dumps({"1": "Cleo"}),
        )
        assert await statuses(on, template, "read") == ["sent", "delivered", "read"]

        number = on.engine.exchange.numbers[accounts.TWILIO_WHATSAPP_NUMBER]
        number.sms_url = f"{on.product.url}/inbox"
        on.engine.mailroom.receive(from_=cleo, to=WHATSAPP, body="Hi", profile="Cleo")
        (inbox,) = await on.product.until(lambda: on.product.told("/inbox"))
        assert (inbox["Body"], inbox["WaId"], inbox["ProfileName"]) == (
            "Hi",
            CLEO[1:],
            "Cleo",
        )
        opened = await send(on, from_=WHATSAPP, to=cleo, body="Hello")
        assert await statuses(on, opened, "read") == ["sent", "delivered", "read"]
        assert on.product.bad_signatures == []


async def test_a_template_is_read_with_its_places_filled(tmp_path: Path):
    async with stage(tmp_path) as on:
        sent = await on.sdk(
            lambda c: c.messages.create(
                content_sid=TEMPLATE,
                content_variables='{"2": "All is well."}',
                **TO_CLEO,
            )
        )
        assert sent.body.startswith("Hello there, thank you for calling")
        assert "All is well." in sent.body


async def test_whoever_answers_a_template_opens_the_window(tmp_path: Path):
    async with stage(tmp_path) as on:
        on.engine.mailroom.typing = 0.1
        on.engine.mailroom.writers[CLEO] = Writer("Cleo", "Thank you!")
        sid = await send(on, content_sid=TEMPLATE, **TO_CLEO)
        assert await statuses(on, sid, "read") == ["sent", "delivered", "read"]
        (said,) = await on.product.until(lambda: on.product.told("/whatsapp"))
        assert (said["Body"], said["ProfileName"]) == ("Thank you!", "Cleo")
        opened = await send(on, body="You are welcome.", **TO_CLEO)
        assert await statuses(on, opened, "read") == ["sent", "delivered", "read"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"from_": accounts.TWILIO_NUMBER, "to": "12", "body": "x"}, 21211),
        ({"from_": accounts.TWILIO_NUMBER, "to": CLEO}, 21602),
        ({"from_": PLUMBER, "to": CLEO, "body": "x"}, 21606),
        ({"from_": WHATSAPP, "to": CLEO, "body": "x"}, 21211),
        ({"from_": accounts.TWILIO_NUMBER, "to": CLEO, "body": "x" * 1601}, 21617),
        (TO_CLEO | {"content_sid": "HX1"}, 21655),
        (TO_CLEO | {"content_sid": "HX" + "1" * 32}, 21655),
        (TO_CLEO | {"content_sid": TEMPLATE, "content_variables": "Cleo"}, 21656),
        (TO_CLEO | {"content_sid": TEMPLATE, "content_variables": '{"1": ""}'}, 21656),
        (
            TO_CLEO | {"content_sid": TEMPLATE, "content_variables": '{"1": "a\\nb"}'},
            21656,
        ),
        (TO_CLEO | {"body": "Hi", "content_variables": '{"1": "Cleo"}'}, 21654),
    ],
)
async def test_a_wrong_message_is_refused(
    tmp_path: Path, wish: dict[str, str], code: int
):
    async with stage(tmp_path) as on:
        with pytest.raises(TwilioRestException) as refused:
            await on.sdk(lambda c: c.messages.create(**wish))
        assert (refused.value.status, refused.value.code) == (400, code)
