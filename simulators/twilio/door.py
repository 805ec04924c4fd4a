"""The door of the REST API: who comes in, how answers and pages look; it knows no resource."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDict

from simulators import accounts
from simulators.twilio.errors import ApiError, invalid, not_found, unauthorised
from simulators.twilio.exchange import Exchange
from simulators.twilio.forms import Form
from simulators.twilio.names import API_VERSION

Json = dict[str, Any]
Handler = Callable[[Exchange, web.Request], Awaitable[web.StreamResponse]]
Row = TypeVar("Row")

PREFIX = f"/{API_VERSION}/Accounts/{{account}}"
PAGING = ("PageSize", "Page", "PageToken")


def guarded(
    exchange: Exchange, handler: Handler
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler behind authentication, its refusals turned into Twilio's bodies."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            _authenticate(request)
            await _note(exchange, request)
            return await handler(exchange, request)
        except ApiError as error:
            headers = (
                {"WWW-Authenticate": 'Basic realm="Twilio API"'}
                if error.status == 401
                else None
            )
            return web.json_response(error.body(), status=error.status, headers=headers)

    return answer


async def _note(exchange: Exchange, request: web.Request) -> None:
    """Keep what was asked, for those who want to look at it: `GET /_sim/twilio/requests`."""
    posted = await request.post()
    account = PREFIX.format(account=accounts.TWILIO_ACCOUNT_SID)
    exchange.ledger.note(
        request.method,
        request.path.removeprefix(account),
        [
            (name, value)
            for name, value in (*request.query.items(), *posted.items())
            if isinstance(value, str)
        ],
    )


def _authenticate(request: web.Request) -> None:
    user, secret = _credentials(request.headers.get("Authorization", ""))
    known = {
        accounts.TWILIO_ACCOUNT_SID: accounts.TWILIO_AUTH_TOKEN,
        accounts.TWILIO_API_KEY_SID: accounts.TWILIO_API_KEY_SECRET,
    }
    right = known.get(user, "")
    if not right or not hmac.compare_digest(right.encode(), secret.encode()):
        raise unauthorised()
    if request.match_info.get("account") != accounts.TWILIO_ACCOUNT_SID:
        raise not_found(request.path)


def _credentials(header: str) -> tuple[str, str]:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        raise unauthorised()
    try:
        user, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise unauthorised() from error
    return user, secret


async def form_of(request: web.Request, allowed: str) -> Form:
    """The POST parameters; `allowed` names them all, separated by spaces."""
    posted = await request.post()
    given = MultiDict((k, v) for k, v in posted.items() if isinstance(v, str))
    return Form(given, allowed.split())


def query_of(request: web.Request, allowed: str = "") -> Form:
    return Form(request.query, (*allowed.split(), *PAGING))


def answered(body: Json, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)


def listed(
    request: web.Request,
    key: str,
    rows: Sequence[Row],
    show: Callable[[Row], Json],
) -> web.Response:
    """One page of a list, the newest first, with links to its neighbours."""
    query = Form(request.query, request.query)
    size = query.number("PageSize", 50, 1, 1000)
    page = query.number("Page", 0, 0, 1_000_000)
    newest = list(reversed(rows))
    shown = newest[page * size : (page + 1) * size]
    if page and not shown:
        raise invalid("Page number out of range", 20006)
    is_last = (page + 1) * size >= len(newest)

    def link(number: int) -> str:
        filters = [(k, v) for k, v in request.query.items() if k not in PAGING]
        paging = [("PageSize", str(size)), ("Page", str(number))]
        return f"{request.path}?{urlencode([*filters, *paging])}"

    return answered(
        {
            key: [show(row) for row in shown],
            "end": page * size + max(0, len(shown) - 1),
            "first_page_uri": link(0),
            "next_page_uri": None if is_last else link(page + 1),
            "page": page,
            "page_size": size,
            "previous_page_uri": link(page - 1) if page else None,
            "start": page * size,
            "uri": request.path_qs,
        }
    )
