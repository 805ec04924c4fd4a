"""Messages, SMS and WhatsApp: accepted, then delivered or failed by callback, as REST wants."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from simulators.twilio.errors import ApiError, invalid
from simulators.twilio.exchange import Exchange
from simulators.twilio.names import API_VERSION, E164, WHATSAPP, now, sid
from simulators.twilio.templates import filled
from simulators.twilio.webhooks import Callback

# A customer's message opens WhatsApp's window for free text for so long.
WINDOW = timedelta(hours=24)
# Between one status and the next.
STEP = 0.05
LONGEST = 1600
SEGMENT = 153
SINGLE = 160
EVENTS = frozenset({"queued", "sent", "delivered", "read", "failed", "undelivered"})
MEANINGS = {
    63016: "Failed to send freeform message because you are outside the allowed window. "
    "If you are using WhatsApp, please use a Message Template.",
    30003: "Unreachable destination handset",
}
# How long somebody who answers takes to read and to write.
TYPING = 4.0
# A number that nobody can reach, so that a failed delivery can be tried.
UNREACHABLE = "+15550109999"


@dataclass(slots=True)
class Message:
    """A message in either direction and how far it has come."""

    from_: str
    to: str
    body: str
    direction: str
    status: str
    callback: Callback | None = None
    content_sid: str = ""
    media: tuple[str, ...] = ()
    attached: dict[str, str] = field(default_factory=dict)  # SID to content type
    error: int | None = None
    sid: str = field(default_factory=lambda: sid("SM"))
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    sent: datetime | None = None

    @property
    def is_whatsapp(self) -> bool:
        return self.from_.startswith("whatsapp:")

    @property
    def segments(self) -> int:
        size = len(self.body)
        return 1 if size <= SINGLE else -(-size // SEGMENT)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as REST asks for it."""

    from_: str
    to: str
    body: str = ""
    content_sid: str = ""
    content_variables: str = ""
    media: tuple[str, ...] = ()
    status_callback: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who answers a template: by which name, with which words."""

    name: str
    reply: str


class Mailroom:
    """The messages of the account and their ways."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.messages: dict[str, Message] = {}
        self.writers: dict[str, Writer] = {}
        self.typing = TYPING
        self._last_heard: dict[tuple[str, str], datetime] = {}

    def send(self, draft: Draft) -> Message:
        """Accept a message, or refuse it with ApiError; the rest comes by callback."""
        self._check(draft)
        callback = Callback(draft.status_callback, EVENTS)
        message = Message(
            from_=draft.from_,
            to=draft.to,
            body=draft.body or _text(draft),
            direction="outbound-api",
            status="queued",
            callback=callback if draft.status_callback else None,
            content_sid=draft.content_sid,
            media=draft.media,
        )
        self.messages[message.sid] = message
        self._exchange.tasks.start(self._deliver(message), f"message {message.sid}")
        return message

    def receive(
        self,
        *,
        from_: str,
        to: str,
        body: str,
        profile: str = "",
        media: tuple[str, ...] = (),
        now_: datetime | None = None,
    ) -> Message:
        """Somebody writes to one of our numbers, with media of these types: its message URL is asked."""
        number = self._exchange.numbers.get(to.removeprefix("whatsapp:"))
        if number is None:
            raise LookupError("this number does not belong to the account")
        message = Message(from_, to, body, direction="inbound", status="received")
        message.attached = {sid("ME"): kind for kind in media}
        self.messages[message.sid] = message
        self._last_heard[(from_, to)] = now_ or now()
        if number.sms_url:
            callback = Callback(number.sms_url, frozenset(), number.sms_method)
            params = self._inbound_params(message, profile)
            self._exchange.report(message.sid, callback, params)
        return message

    def _check(self, draft: Draft) -> None:
        whatsapp = draft.from_.startswith("whatsapp:")
        pattern = WHATSAPP if whatsapp else E164
        if not draft.to:
            raise invalid("A 'To' phone number is required.", 21604)
        if not pattern.match(draft.to):
            raise invalid("The 'To' number is not a valid phone number.", 21211)
        if not pattern.match(draft.from_):
            raise invalid("The 'From' number is not a valid phone number.", 21212)
        if draft.from_.removeprefix("whatsapp:") not in self._exchange.numbers:
            code = 63007 if whatsapp else 21606
            raise invalid("The 'From' number is not a sender of this account.", code)
        self._check_content(draft)

    def _check_content(self, draft: Draft) -> None:
        if draft.content_sid:
            if draft.body or draft.media:
                raise invalid(
                    "Content and Body or Media cannot be given together", 21655
                )
            filled(draft.content_sid, draft.content_variables)
        elif draft.content_variables:
            raise invalid("ContentSid required", 21654)
        elif not draft.body and not draft.media:
            raise invalid("Message body is required.", 21602)
        if len(draft.body) > LONGEST:
            raise ApiError(400, 21617, "The message body exceeds 1600 characters.")
        if any(not urlsplit(url).hostname for url in draft.media):
            raise invalid("The media URL is invalid", 21620)

    async def _deliver(self, message: Message) -> None:
        """Walk through the statuses, each told to the product."""
        if self._is_outside_window(message):
            await self._become(message, "failed", 63016)
            return
        await self._become(message, "sent")
        if message.to.removeprefix("whatsapp:") == UNREACHABLE:
            await self._become(message, "undelivered", 30003)
            return
        await self._become(message, "delivered")
        if message.is_whatsapp:
            await self._become(message, "read")
            await self._answer(message)

    async def _answer(self, message: Message) -> None:
        """Whoever answers writes back, and so opens the window for free text."""
        writer = self.writers.get(message.to.removeprefix("whatsapp:"))
        if writer is None or not message.content_sid:
            return
        await asyncio.sleep(self.typing)
        self.receive(
            from_=message.to,
            to=message.from_,
            body=writer.reply,
            profile=writer.name,
        )

    def _is_outside_window(self, message: Message) -> bool:
        if not message.is_whatsapp or message.content_sid:
            return False
        heard = self._last_heard.get((message.to, message.from_))
        return heard is None or now() - heard > WINDOW

    async def _become(
        self, message: Message, status: str, error: int | None = None
    ) -> None:
        await asyncio.sleep(STEP)
        message.status, message.error, message.updated = status, error, now()
        if status == "sent":
            message.sent = now()
        if message.callback is not None:
            params = self._status_params(message)
            self._exchange.report(message.sid, message.callback, params)

    def _status_params(self, message: Message) -> dict[str, str]:
        params = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": message.status,
            "SmsStatus": message.status,
            "AccountSid": self._exchange.account_sid,
            "From": message.from_,
            "To": message.to,
            "ApiVersion": API_VERSION,
        }
        if message.is_whatsapp:
            params |= {
                "ChannelPrefix": "whatsapp",
                "ChannelInstallSid": "XE00000000000000000000000000000001",
                "ChannelToAddress": re.sub(r"\d{4}$", "XXXX", message.to),
                "StructuredMessage": "true" if message.content_sid else "false",
            }
            if message.status == "read":
                params["EventType"] = "READ"
        if message.error is not None:
            params["ErrorCode"] = str(message.error)
            params["ErrorMessage"] = MEANINGS[message.error]
        return params

    def _inbound_params(self, message: Message, profile: str) -> dict[str, str]:
        params = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "SmsStatus": "received",
            "AccountSid": self._exchange.account_sid,
            "From": message.from_,
            "To": message.to,
            "Body": message.body,
            "NumMedia": str(len(message.attached)),
            "NumSegments": str(message.segments),
            "ApiVersion": API_VERSION,
        }
        if message.is_whatsapp:
            params |= {
                "ProfileName": profile,
                "WaId": message.from_.removeprefix("whatsapp:+"),
                "MessageType": _type_of(message),
            }
        for place, (key, kind) in enumerate(message.attached.items()):
            path = f"/{API_VERSION}/Accounts/{self._exchange.account_sid}"
            params[f"MediaContentType{place}"] = kind
            params[f"MediaUrl{place}"] = (
                f"{self._exchange.api_url}{path}/Messages/{message.sid}/Media/{key}"
            )
        return params


def _type_of(message: Message) -> str:
    kind = next(iter(message.attached.values()), "text/plain").partition("/")[0]
    return "document" if kind == "application" else kind


def _text(draft: Draft) -> str:
    if not draft.content_sid:
        return ""
    return filled(draft.content_sid, draft.content_variables)
