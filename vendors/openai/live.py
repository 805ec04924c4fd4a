"""One track's words, live: a transcription session that outlives its connections.

It does not decide where a turn begins or ends; that is told to it.
"""

import asyncio
import contextlib
import json
from binascii import b2a_base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from random import random
from typing import Any

from vendors.errors import VendorError
from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.failures import failure, from_event, translated
from vendors.openai.ledger import Append, Clear, Commit, Ledger, Outgoing
from vendors.openai.socket import Socket, connected

_SESSION = "session"
_WORDS = "conversation.item.input_audio_transcription."
# Models that take lists of languages and keywords; the others take one language.
_GUIDED = frozenset({"gpt-live-transcribe", "gpt-transcribe"})


@dataclass(frozen=True, slots=True)
class Partial:
    """The whole text of an item so far."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """The text of an item, once and for ever; empty where nothing was said."""

    item: str
    text: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """An item will have no text."""

    item: str
    code: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The vendor is away; what is said meanwhile is kept."""

    code: str


@dataclass(frozen=True, slots=True)
class Restored:
    """The vendor is back, and has been sent all that was kept."""


TranscriberEvent = Partial | Final | Failed | Lost | Restored


class Transcriber:
    """A mono µ-law stream of 8 kHz in, text per item out.

    `run` keeps a connection for as long as the transcriber is open, and never raises;
    `append`, `commit` and `discard` never wait; iterating yields events until `close`.
    Items are named by the caller. Per item there is one `Final` or `Failed`, whatever
    happens to the connections in between.
    """

    def __init__(
        self,
        config: OpenAIConfig,
        *,
        languages: Sequence[str] = (),
        keywords: Sequence[str] = (),
        kept_seconds: float = 60.0,
        stalled_after: float = 10.0,
        longest_pause: float = 8.0,
    ) -> None:
        self._config = config
        self._session = _session(config.live_model, languages, keywords)
        self._ledger = Ledger(seconds=kept_seconds)
        self._stalled_after = stalled_after
        self._longest_pause = longest_pause
        self._events: asyncio.Queue[TranscriberEvent | None] = asyncio.Queue()
        self._socket: Socket | None = None
        self._closing = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._lost = False
        self._failures = 0
        self._progress = 0.0

    def append(self, item: str, mulaw: bytes) -> None:
        """Add sound to an item; the first sound begins it."""
        for given_up in self._ledger.append(item, mulaw):
            self._emit(Failed(given_up, "too_much_waiting"))
            self._note_settled()
        self._speak()

    def commit(self, item: str) -> None:
        """The item is complete and may be written down."""
        self._ledger.commit(item)
        self._note_settled()
        self._speak()

    def discard(self, item: str) -> None:
        """The item was a mistake."""
        self._ledger.discard(item)
        self._speak()

    async def settled(self) -> None:
        """Wait until every committed item has its `Final` or `Failed`."""
        await self._settled.wait()

    def close(self) -> None:
        """End `run` and the iteration; what has no text yet will have none."""
        self._closing.set()

    async def __aiter__(self) -> AsyncIterator[TranscriberEvent]:
        while (event := await self._events.get()) is not None:
            yield event

    async def run(self) -> None:
        """Connect, and connect again, until closed."""
        while not self._closing.is_set():
            try:
                await self._converse()
            except* VendorError as group:
                self._report_loss(_first(group))
                await self._pause()
        self._events.put_nowait(None)

    async def _converse(self) -> None:
        """One connection's life; returns when closed, raises when lost."""
        client = clients.for_this_loop(self._config)
        address = f"{client.base_url}realtime?intent=transcription"
        headers = {**client.auth_headers, "User-Agent": client.user_agent}
        with translated():
            async with connected(
                address,
                headers,
                within=self._config.connect_timeout,
                on_writable=self._speak,
            ) as socket:
                await self._talk(socket)

    async def _talk(self, socket: Socket) -> None:
        self._ledger.rewind()
        self._progress = asyncio.get_running_loop().time()
        socket.send(json.dumps({**self._session, "event_id": _SESSION}).encode())
        self._socket = socket
        self._speak()
        try:
            async with asyncio.TaskGroup() as tasks:
                duties = [
                    tasks.create_task(self._listen(socket)),
                    tasks.create_task(self._watch()),
                ]
                await self._closing.wait()
                for duty in duties:
                    duty.cancel()
        finally:
            self._socket = None

    def _speak(self) -> None:
        """Send what there is to be sent, as far as the vendor takes it."""
        socket = self._socket
        while socket is not None and socket.is_writable:
            message = self._ledger.next()
            if message is None:
                return
            if isinstance(message, Commit) and not self._ledger.owed:
                self._progress = asyncio.get_running_loop().time()
            socket.send(_encoded(message))

    async def _listen(self, socket: Socket) -> None:
        with translated():
            while True:
                event = json.loads(await socket.receive())
                self._progress = asyncio.get_running_loop().time()
                if isinstance(event, dict):
                    self._take(event)

    async def _watch(self) -> None:
        """A socket that is open and says nothing is as bad as one that is closed."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._stalled_after / 4)
            silent_for = loop.time() - self._progress
            if self._ledger.owed and silent_for > self._stalled_after:
                raise failure("stalled", "OpenAI went silent.", retryable=True)

    def _take(self, event: dict[str, Any]) -> None:
        """One event of the vendor's. New kinds come without notice and are let by."""
        kind = str(event.get("type"))
        item = str(event.get("item_id"))
        if kind.startswith(_WORDS):
            self._failures = 0
            self._take_words(kind.removeprefix(_WORDS), item, event)
        elif kind == "input_audio_buffer.committed":
            self._ledger.acknowledged(item)
        elif kind == "session.updated":
            self._report_return()
        elif kind == "error":
            self._take_error(event.get("error"))
        self._note_settled()

    def _take_words(self, kind: str, item: str, event: dict[str, Any]) -> None:
        match kind:
            case "delta":
                if heard := self._ledger.heard(item, str(event.get("delta", ""))):
                    self._emit(Partial(*heard))
            case "completed":
                if ours := self._ledger.completed(item):
                    self._emit(_final(ours, event))
            case "failed":
                if ours := self._ledger.failed(item):
                    self._emit(Failed(ours, from_event(event.get("error")).code))
                self._speak()

    def _take_error(self, error: object) -> None:
        cause = error.get("event_id") if isinstance(error, dict) else None
        if cause == _SESSION:
            raise from_event(error)
        if cause and self._ledger.refused(str(cause)):
            self._emit(Failed(str(cause), from_event(error).code))

    def _emit(self, event: TranscriberEvent) -> None:
        self._events.put_nowait(event)

    def _note_settled(self) -> None:
        if self._ledger.settled:
            self._settled.set()
        else:
            self._settled.clear()

    def _report_loss(self, error: VendorError) -> None:
        if not self._lost:
            self._lost = True
            self._emit(Lost(error.code))

    def _report_return(self) -> None:
        if self._lost:
            self._lost = False
            self._emit(Restored())

    async def _pause(self) -> None:
        """Wait before the next attempt: at first hardly, then longer, never in step."""
        longest = min(self._longest_pause, 0.1 * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest * (0.5 + random() / 2)):  # noqa: S311  no secret
                await self._closing.wait()


def _session(
    model: str, languages: Sequence[str], keywords: Sequence[str]
) -> dict[str, Any]:
    transcription: dict[str, Any] = {"model": model}
    if model in _GUIDED:
        # The vendor refuses empty lists.
        if languages:
            transcription["languages"] = list(languages)
        if keywords:
            transcription["keywords"] = list(keywords)
    elif len(languages) == 1:
        transcription["language"] = languages[0]
    heard = {
        "format": {"type": "audio/pcmu"},
        "transcription": transcription,
        "turn_detection": None,
    }
    return {
        "type": "session.update",
        "session": {"type": "transcription", "audio": {"input": heard}},
    }


def _encoded(message: Outgoing) -> bytes:
    match message:
        case Append(audio):
            sound = b2a_base64(audio, newline=False)
            return b'{"type":"input_audio_buffer.append","audio":"%b"}' % sound
        case Commit(item):
            commit = {"type": "input_audio_buffer.commit", "event_id": item}
            return json.dumps(commit).encode()
        case Clear():
            return b'{"type":"input_audio_buffer.clear"}'


def _final(item: str, event: dict[str, Any]) -> Final:
    languages = event.get("languages")
    codes = [
        str(language["code"])
        for language in (languages if isinstance(languages, list) else [])
        if isinstance(language, dict) and language.get("code")
    ]
    return Final(item, str(event.get("transcript") or "").strip(), tuple(codes))


def _first(group: ExceptionGroup[VendorError]) -> VendorError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
