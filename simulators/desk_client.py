"""The product's desk as a browser uses it: log in, socket, commands; decides nothing."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from yarl import URL

HEARTBEAT: Final = 5.0
ANSWER_WITHIN: Final = 10.0
_CSRF_FIELD: Final = re.compile(
    r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', re.ASCII
)
Message = dict[str, Any]


class DeskError(Exception):
    """The product did not let us in, or did not do what we asked."""


class LoginRefusedError(DeskError):
    """Wrong name or password: trying again at once would only lock the account."""


class CommandRefusedError(DeskError):
    """A command that the desk refused; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Desk:
    """An open desk; made by `open_desk`."""

    def __init__(
        self,
        web: str,
        session: aiohttp.ClientSession,
        socket: aiohttp.ClientWebSocketResponse,
    ) -> None:
        self._web = web
        self._session = session
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Message]] = {}

    async def messages(self) -> AsyncIterator[Message]:
        """What the desk is told, without the results of commands, until it closes."""
        async for frame in self._socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            if message.get("type") != "result":
                yield message
                continue
            waiting = self._waiting.pop(str(message.get("id")), None)
            if waiting and not waiting.done():  # else it was given up
                waiting.set_result(message)

    async def beat(self) -> None:
        """Say every few seconds that we are here."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._socket.send_json({"type": "heartbeat"})

    async def command(
        self, name: str, sid: str = "", data: Message | None = None
    ) -> None:
        """Give a command; CommandRefusedError or TimeoutError when it was not done."""
        number = str(next(self._ids))
        result = asyncio.get_running_loop().create_future()
        self._waiting[number] = result
        try:
            await self._socket.send_json(
                {
                    "type": "command",
                    "id": number,
                    "name": name,
                    "sid": sid,
                    "data": data or {},
                }
            )
            async with asyncio.timeout(ANSWER_WITHIN):
                answer = await result
        finally:
            self._waiting.pop(number, None)
        if not answer.get("ok"):
            error = answer.get("error") or {}
            raise CommandRefusedError(str(error.get("code", "unknown")))

    async def voice_token(self) -> str:
        """The access token of this agent's telephone; DeskError if there is none."""
        headers = {
            "X-CSRFToken": _cookie(self._session, self._web, "csrftoken"),
            "Referer": f"{self._web}/desk/",
            "Origin": self._web,
        }
        async with self._session.post(
            f"{self._web}/voice-token", headers=headers
        ) as answer:
            if answer.status != 200:
                raise DeskError(f"the voice token was refused with {answer.status}")
            token = (await answer.json()).get("token")
        if not isinstance(token, str):
            raise DeskError("the answer holds no voice token")
        return token

    async def dispositions(self) -> list[int]:
        """What may be said of the call that is to be wrapped up, by number."""
        async with self._session.get(f"{self._web}/desk/wrap-up") as answer:
            call = (await answer.json()).get("call") if answer.status == 200 else None
        return [choice["id"] for choice in (call or {}).get("dispositions", [])]


@asynccontextmanager
async def open_desk(web: str, username: str, password: str) -> AsyncIterator[Desk]:
    """Log in and open the desk's socket.

    Raises LoginRefusedError, DeskError, or aiohttp's errors when the product is away.
    """
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True),  # cookies of an IP address
        timeout=aiohttp.ClientTimeout(total=15),
    ) as session:
        await _log_in(session, web, username, password)
        async with (
            session.ws_connect(f"{web}/ws/desk/", origin=web) as socket,
            asyncio.TaskGroup() as group,
        ):
            desk = Desk(web, session, socket)
            beating = group.create_task(desk.beat())
            try:
                yield desk
            finally:
                beating.cancel()


async def _log_in(
    session: aiohttp.ClientSession, web: str, username: str, password: str
) -> None:
    page = f"{web}/login/"
    async with session.get(page) as answer:
        field = _CSRF_FIELD.search(await answer.text())
    if field is None:
        raise DeskError(f"the log-in page answered {answer.status} without a form")
    form = {
        "csrfmiddlewaretoken": field.group(1),
        "username": username,
        "password": password,
        "next": "/desk/",
    }
    async with session.post(
        page, data=form, headers={"Referer": page, "Origin": web}, allow_redirects=False
    ) as answer:
        if answer.status != 302:
            raise LoginRefusedError(f"the log-in was answered with {answer.status}")


def _cookie(session: aiohttp.ClientSession, web: str, name: str) -> str:
    cookies = session.cookie_jar.filter_cookies(URL(web))
    return next((c.value for key, c in cookies.items() if key.endswith(name)), "")
