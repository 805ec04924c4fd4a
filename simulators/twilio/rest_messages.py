"""REST: messages, and the numbers of the account."""

import asyncio
import functools
from collections.abc import Awaitable, Callable

from aiohttp import web

from simulators.twilio import attachments, resources
from simulators.twilio.door import answered, form_of, listed, query_of
from simulators.twilio.errors import invalid, not_found
from simulators.twilio.exchange import Exchange
from simulators.twilio.messages import Draft, Mailroom
from simulators.twilio.names import now
from simulators.twilio.numbers import Number

CREATE = (
    "To From Body MediaUrl ContentSid ContentVariables StatusCallback MessagingServiceSid "
    "ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery "
    "ContentRetention AddressRetention SmartEncoded PersistentAction TrafficType "
    "ShortenUrls SendAsMms RiskCheck MessageIntent"
)
NUMBER = (
    "AccountSid ApiVersion FriendlyName SmsApplicationSid SmsFallbackMethod "
    "SmsFallbackUrl SmsMethod SmsUrl StatusCallback StatusCallbackMethod "
    "VoiceApplicationSid VoiceCallerIdLookup VoiceFallbackMethod VoiceFallbackUrl "
    "VoiceMethod VoiceUrl VoiceReceiveMode"
)
URLS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
}
METHODS = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallbackMethod": "status_callback_method",
    "SmsMethod": "sms_method",
    "SmsFallbackMethod": "sms_fallback_method",
}

Handler = Callable[[Exchange, web.Request], Awaitable[web.StreamResponse]]
OfMail = Callable[[Mailroom, Exchange, web.Request], Awaitable[web.StreamResponse]]


def of(mailroom: Mailroom, handler: OfMail) -> Handler:
    """The handler of messages as a handler like all others."""
    return functools.partial(handler, mailroom)


async def create(
    mailroom: Mailroom, exchange: Exchange, request: web.Request
) -> web.Response:
    form = await form_of(request, CREATE)
    if form.text("MessagingServiceSid"):
        raise invalid("The Messaging Service does not exist", 21701)
    message = mailroom.send(
        Draft(
            from_=form.required("From", 21603),
            to=form.text("To"),
            body=form.text("Body"),
            content_sid=form.text("ContentSid"),
            content_variables=form.text("ContentVariables"),
            media=form.every("MediaUrl"),
            status_callback=form.url("StatusCallback", 21609),
        )
    )
    return answered(resources.message(exchange, message), 201)


async def fetch(
    mailroom: Mailroom, exchange: Exchange, request: web.Request
) -> web.Response:
    message = mailroom.messages.get(request.match_info["message"])
    if message is None:
        raise not_found(request.path)
    return answered(resources.message(exchange, message))


async def media(
    mailroom: Mailroom, exchange: Exchange, request: web.Request
) -> web.Response:
    """What somebody sent along with a message."""
    message = mailroom.messages.get(request.match_info["message"])
    kind = message.attached.get(request.match_info["media"]) if message else None
    if kind is None:
        raise not_found(request.path)
    content = await asyncio.to_thread(attachments.content, kind)
    return web.Response(body=content, content_type=kind)


async def listing(
    mailroom: Mailroom, exchange: Exchange, request: web.Request
) -> web.Response:
    query = query_of(request, "To From DateSent DateSent< DateSent>")
    to, from_ = query.text("To"), query.text("From")
    rows = [
        message
        for message in mailroom.messages.values()
        if to in {"", message.to} and from_ in {"", message.from_}
    ]
    return listed(
        request, "messages", rows, lambda found: resources.message(exchange, found)
    )


# -- numbers ----------------------------------------------------------------------


async def list_numbers(exchange: Exchange, request: web.Request) -> web.Response:
    query = query_of(request, "PhoneNumber FriendlyName Beta Origin")
    wanted, name = query.text("PhoneNumber"), query.text("FriendlyName")
    rows = [
        number
        for number in exchange.numbers.values()
        if wanted in number.number and name in {"", number.friendly_name}
    ]
    return listed(
        request,
        "incoming_phone_numbers",
        rows,
        lambda found: resources.number(exchange, found),
    )


async def fetch_number(exchange: Exchange, request: web.Request) -> web.Response:
    return answered(resources.number(exchange, _number(exchange, request)))


async def update_number(exchange: Exchange, request: web.Request) -> web.Response:
    """Point a number at other URLs; only what was named changes."""
    number = _number(exchange, request)
    form = await form_of(request, NUMBER)
    for name, field in URLS.items():
        if name in form:
            setattr(number, field, form.url(name, 21502))
    for name, field in METHODS.items():
        if name in form:
            setattr(number, field, form.method(name))
    number.friendly_name = form.text("FriendlyName", number.friendly_name)
    number.updated = now()
    return answered(resources.number(exchange, number))


def _number(exchange: Exchange, request: web.Request) -> Number:
    key = request.match_info["number"]
    for number in exchange.numbers.values():
        if number.sid == key:
            return number
    raise not_found(request.path)
