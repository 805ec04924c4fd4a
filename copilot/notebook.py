"""The one writer of a session: decisions become rows and messages, strictly in order.

What is written is decided elsewhere. A database that is away delays it and loses
nothing, as long as the call lasts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from calls import discretion
from calls.events import whisper
from copilot import services
from copilot.vocabulary import (
    AskSuggestion,
    EndTrouble,
    OfferHolding,
    OfferSuggestion,
    Part,
    ShowPartial,
    ShowSuggestion,
    StartTrouble,
    StoreUtterance,
    WithdrawHolding,
    WithdrawSuggestion,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

logger = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 5.0

_MESSAGES: dict[Part, "StrPromise"] = {
    "transcription": _("Words are not written down now; they will follow."),
    "suggestions": _("No replies are suggested now."),
    "media": _("Some of the sound was lost."),
}

Message = dict[str, Any]


class Notebook:
    """Takes decisions without waiting; `write` and `whisper` are tasks of the session."""

    def __init__(self, *, call_id: int, sid: str) -> None:
        self.agent_id: int | None = None
        self.also: list[int] = []
        self._call_id = call_id
        self._sid = sid
        self._pages: asyncio.Queue[Any] = asyncio.Queue()
        self._partials: dict[object, Message] = {}
        self._partial_came = asyncio.Event()
        self._utterances: dict[str, int] = {}
        self._suggestions: dict[int, int] = {}
        self._holding: int | None = None
        self._writers: dict[type[Any], Callable[[Any], Awaitable[None]]] = {
            StoreUtterance: self._store,
            AskSuggestion: self._start_suggestion,
            OfferSuggestion: self._offer_suggestion,
            WithdrawSuggestion: self._withdraw_suggestion,
            OfferHolding: self._offer_holding,
            WithdrawHolding: self._withdraw_holding,
            StartTrouble: self._start_trouble,
            EndTrouble: self._end_trouble,
        }

    def take(self, decision: object) -> None:
        """Write it down later, or whisper it soon; decisions about sound are not ours."""
        match decision:
            case ShowPartial():
                self._show_words(decision)
            case ShowSuggestion():
                self._show_suggestion(decision)
            case StoreUtterance():
                # Words that come after their own final would stay on the screen.
                self._partials.pop(decision.item, None)
        if type(decision) in self._writers:
            self._pages.put_nowait(decision)

    def key_of(self, suggestion_id: int) -> int | None:
        """The key under which this suggestion was asked for here."""
        for key, known in self._suggestions.items():
            if known == suggestion_id:
                return key
        return None

    async def write(self) -> None:
        """Write what comes, for ever; for one task."""
        while True:
            decision = await self._pages.get()
            await self._insist(decision)
            self._pages.task_done()

    async def written(self) -> None:
        """Wait until everything taken so far is written."""
        await self._pages.join()

    async def whisper(self) -> None:
        """Send the newest of what is not stored, for ever; for one task.

        While one message is on its way, newer words replace older ones.
        """
        while True:
            await self._partial_came.wait()
            self._partial_came.clear()
            while self._partials:
                _, message = self._partials.popitem()
                whose = {"agent_id": self.agent_id, "also": self.also}
                await whisper({**message, "sid": self._sid, **whose})

    async def _insist(self, decision: object) -> None:
        pause = _RETRY_SECONDS
        while True:
            try:
                await self._writers[type(decision)](decision)
            except (OperationalError, InterfaceError):
                logger.warning("call %s: the database is away", self._sid)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_RETRY_SECONDS)
            else:
                return

    def _show_words(self, words: ShowPartial) -> None:
        message = {
            "type": "partial",
            "speaker": words.side,
            "item": words.item,
            "start": round(words.start, 3),
            "text": discretion.shown(words.text, growing=True),
        }
        self._whisper(words.item, message)

    def _show_suggestion(self, suggestion: ShowSuggestion) -> None:
        known = self._suggestions.get(suggestion.key)
        if known is not None:
            message = {
                "type": "suggestion_partial",
                "id": known,
                "text": suggestion.text,
            }
            self._whisper(suggestion.key, message)

    def _whisper(self, about: object, message: Message) -> None:
        """Soon; it replaces what was to be said about the same thing."""
        self._partials[about] = message
        self._partial_came.set()

    async def _store(self, utterance: StoreUtterance) -> None:
        stored = await database_sync_to_async(services.add_utterance)(
            call_id=self._call_id,
            item=utterance.item,
            speaker=utterance.side,
            start=round(utterance.start, 3),
            end=round(utterance.end, 3),
            text=utterance.text,
        )
        if stored is not None:
            self._utterances[utterance.item] = stored.pk

    async def _start_suggestion(self, asked: AskSuggestion) -> None:
        after = self._utterances.get(asked.after)
        if after is not None:
            started = await database_sync_to_async(services.start_suggestion)(
                call_id=self._call_id, after=after
            )
            self._suggestions[asked.key] = started.pk

    async def _offer_suggestion(self, offered: OfferSuggestion) -> None:
        known = self._suggestions.get(offered.key)
        if known is not None:
            self._partials.pop(offered.key, None)
            await database_sync_to_async(services.offer_suggestion)(
                suggestion_id=known, text=offered.text
            )

    async def _withdraw_suggestion(self, withdrawn: WithdrawSuggestion) -> None:
        known = self._suggestions.get(withdrawn.key)
        if known is not None:
            self._partials.pop(withdrawn.key, None)
            await database_sync_to_async(services.withdraw_suggestion)(
                suggestion_id=known
            )

    async def _offer_holding(self, offered: OfferHolding) -> None:
        holding = await database_sync_to_async(services.offer_holding)(
            call_id=self._call_id, waited=offered.waited
        )
        self._holding = None if holding is None else holding.pk

    async def _withdraw_holding(self, _withdrawn: WithdrawHolding) -> None:
        known, self._holding = self._holding, None
        if known is not None:
            await database_sync_to_async(services.withdraw_suggestion)(
                suggestion_id=known
            )

    async def _start_trouble(self, trouble: StartTrouble) -> None:
        await database_sync_to_async(services.report_trouble)(
            call_id=self._call_id,
            part=trouble.part,
            message=f"{_MESSAGES[trouble.part]} ({trouble.code})",
        )

    async def _end_trouble(self, trouble: EndTrouble) -> None:
        await database_sync_to_async(services.end_trouble)(
            call_id=self._call_id, part=trouble.part
        )
