"""The writer of a session in which the assistant speaks; what is written is decided elsewhere."""

from typing import Any

from channels.db import database_sync_to_async
from django.utils.translation import gettext as _

from copilot import lines, services
from copilot.notebook import Notebook
from copilot.voice.vocabulary import (
    ShowLine,
    ShowSpoken,
    ShowWords,
    StoreKeys,
    StoreSaid,
    VoiceBack,
    VoiceLost,
)


class VoiceNotebook(Notebook):
    """Takes what the voice decides as well."""

    def __init__(self, *, call_id: int, sid: str, version_id: int) -> None:
        super().__init__(call_id=call_id, sid=sid)
        self._version_id = version_id
        self._lines: dict[str, int] = {}
        self._spoken: dict[str, str] = {}
        self._newest: dict[str, ShowLine] = {}
        own: dict[type[Any], Any] = {
            ShowLine: self._show_line,
            StoreSaid: self._store_said,
            StoreKeys: self._store_keys,
            VoiceLost: self._voice_lost,
            VoiceBack: self._voice_back,
        }
        self._writers.update(own)

    def take(self, decision: object) -> None:
        """Write it down later, or whisper it soon."""
        match decision:
            case ShowWords(key, text):
                self._show_draft(key, text)
            case ShowSpoken(key, start, text):
                self._show_spoken(key, start, text)
            case StoreSaid(key):
                self._forget(key)
            case ShowLine(key):
                self._newest[key] = decision
        super().take(decision)

    def row_of(self, key: str) -> int | None:
        """The line's row, once it is written."""
        return self._lines.get(key)

    def _show_draft(self, key: str, text: str) -> None:
        known = self._lines.get(key)
        if known is not None:
            self._whisper(
                ("draft", key), {"type": "line_partial", "id": known, "text": text}
            )

    def _show_spoken(self, key: str, start: float, text: str) -> None:
        """What has been heard of it; told when it has grown by a word."""
        if not text or self._spoken.get(key) == text:
            return
        self._spoken[key] = text
        message = {
            "type": "partial",
            "speaker": "assistant",
            "item": key,
            "start": round(start, 3),
            "text": text,
        }
        self._whisper(key, message)

    def _forget(self, key: str) -> None:
        """Words that came after their own final would stay on the screen."""
        self._spoken.pop(key, None)
        self._partials.pop(key, None)

    async def _show_line(self, line: ShowLine) -> None:
        # Each tells all of the line: one that is old already would only be in the way.
        if self._newest[line.key] is not line:
            return
        row = await database_sync_to_async(lines.show_line)(
            call_id=self._call_id, version_id=self._version_id, line=line
        )
        self._lines[line.key] = row.pk

    async def _store_said(self, said: StoreSaid) -> None:
        await database_sync_to_async(lines.store_said)(
            call_id=self._call_id,
            key=said.key,
            start=said.start,
            end=said.end,
            text=said.text,
        )

    async def _store_keys(self, keys: StoreKeys) -> None:
        await database_sync_to_async(lines.store_keys)(
            call_id=self._call_id, digits=keys.digits
        )

    async def _voice_lost(self, lost: VoiceLost) -> None:
        message = _("The assistant has trouble speaking.")
        await database_sync_to_async(services.report_trouble)(
            call_id=self._call_id, part="voice", message=f"{message} ({lost.code})"
        )

    async def _voice_back(self, _back: VoiceBack) -> None:
        await database_sync_to_async(services.end_trouble)(
            call_id=self._call_id, part="voice"
        )
