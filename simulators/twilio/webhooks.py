"""Twilio's requests to the product, signed and patient; no body is understood here."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from yarl import URL

from simulators.twilio.errors import ApplicationError
from simulators.twilio.names import sid
from simulators.twilio.signing import signature, unfragmented

PATIENCE = 15.0
# How long a reordered callback waits for a later one to overtake it.
OVERTAKING = 2.0
DELAY = 2.0


class Faults(Protocol):
    """What shall go wrong."""

    def callbacks(self) -> Sequence[str] | frozenset[str]:
        """With the next callback: any of duplicate, reorder, delay."""

    def stream(self, kind: str) -> bool:
        """With a two-way stream, now: marks_lost, marks_twice or cut_on_clear."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Where to report which events."""

    url: str
    events: frozenset[str]
    method: str = "POST"

    def wants(self, event: str) -> bool:
        return bool(self.url) and event in self.events


@dataclass(frozen=True, slots=True)
class Answer:
    """What the product answered: `url` is where the answer came from in the end."""

    url: str
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The wishes in a URL's fragment, as in `#rc=2&rp=5xx,ct`."""

    count: int = 1
    reasons: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> "RetryPolicy":
        wishes = parse_qs(urlsplit(url).fragment)
        count = wishes.get("rc", ["1"])[0]
        reasons = wishes.get("rp", ["ct"])[0]
        return cls(
            min(int(count), 5) if count.isdigit() else 1, frozenset(reasons.split(","))
        )

    def allows(self, reason: str) -> bool:
        return reason in self.reasons or "all" in self.reasons


class Postman:
    """Sends what Twilio sends; callbacks of one subject keep their order unless told otherwise."""

    def __init__(
        self,
        *,
        token: str,
        session: Callable[[], aiohttp.ClientSession],
        faults: Faults | None,
        complain: Callable[[int, str, str], None],
    ) -> None:
        self._token = token
        self.session = session
        self.faults = faults
        self._complain = complain
        self._last: dict[str, asyncio.Event] = {}
        self._reordering = 0
        self._overtaken = asyncio.Event()

    async def ask(self, method: str, url: str, params: Mapping[str, str]) -> Answer:
        """The answer to one signed request; ApplicationError when there is none."""
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ApplicationError(11100, "Invalid URL format")
        policy = RetryPolicy.of(url)
        headers = {"I-Twilio-Idempotency-Token": sid("").lower()}
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._tries(method, url, params, headers, policy)
        except TimeoutError as late:
            raise ApplicationError(11205, f"No answer in {PATIENCE:g} s") from late
        except (aiohttp.ClientError, ValueError) as broken:
            raise ApplicationError(11200, f"HTTP failure: {broken}") from broken

    async def report(
        self, subject: str, method: str, url: str, params: Mapping[str, str]
    ) -> None:
        """Deliver a callback, after those of the same subject that came before it."""
        faults = self.faults.callbacks() if self.faults else ()
        before = self._last.get(subject)
        mine = self._last[subject] = asyncio.Event()
        try:
            await self._deliver(subject, faults, before, (method, url, params))
        finally:
            mine.set()
            if self._last.get(subject) is mine:
                del self._last[subject]

    async def _deliver(
        self,
        subject: str,
        faults: Sequence[str] | frozenset[str],
        before: asyncio.Event | None,
        letter: tuple[str, str, Mapping[str, str]],
    ) -> None:
        if "delay" in faults:
            await asyncio.sleep(DELAY)
        if "reorder" in faults:
            await self._wait_to_be_overtaken()
        elif before and not self._reordering:
            await before.wait()
        for _ in range(2 if "duplicate" in faults else 1):
            await self._try_to_report(subject, *letter)
        if "reorder" not in faults:
            self._overtaken.set()
            self._overtaken = asyncio.Event()

    async def _wait_to_be_overtaken(self) -> None:
        self._reordering += 1
        try:
            async with asyncio.timeout(OVERTAKING):
                await self._overtaken.wait()
        except TimeoutError:
            return
        finally:
            self._reordering -= 1

    async def _try_to_report(
        self, subject: str, method: str, url: str, params: Mapping[str, str]
    ) -> None:
        try:
            answer = await self.ask(method, url, params)
        except ApplicationError as error:
            self._complain(error.code, f"Callback: {error.message}", subject)
            return
        if answer.status >= 400:
            message = f"Callback: HTTP {answer.status} response"
            self._complain(11200, message, subject)

    async def _tries(
        self,
        method: str,
        url: str,
        params: Mapping[str, str],
        headers: dict[str, str],
        policy: RetryPolicy,
    ) -> Answer:
        for left in range(policy.count, -1, -1):
            try:
                answer = await self._once(method, url, params, headers)
            except aiohttp.ClientConnectionError:
                if not left or not policy.allows("ct"):
                    raise
                continue
            kind = f"{answer.status // 100}xx"
            if answer.status < 400 or not left or not policy.allows(kind):
                return answer
        raise AssertionError("a try either answers or raises")

    async def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, str],
        headers: dict[str, str],
    ) -> Answer:
        target = unfragmented(url)
        if method == "GET" and params:
            joint = "&" if "?" in target else "?"
            target = f"{target}{joint}{urlencode(params)}"
        body = urlencode(params) if method == "POST" else None
        signed = dict(params) if method == "POST" else {}
        sent = headers | {
            "X-Twilio-Signature": signature(self._token, target, signed),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        # `encoded=True`: the signature is over these bytes, so nobody may tidy them.
        async with self.session().request(
            method, URL(target, encoded=True), data=body, headers=sent
        ) as response:
            return Answer(
                url=str(response.url),
                status=response.status,
                content_type=response.content_type,
                body=await response.read(),
            )
