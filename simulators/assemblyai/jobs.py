"""The transcripts under way and done: takes each through the vendor's states and tells
the webhook.
"""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from yarl import URL

from audio import wav
from simulators import faults
from simulators.assemblyai import recognition, redaction, results, webhooks
from simulators.assemblyai.parameters import Wanted
from simulators.assemblyai.recognition import UnusableAudioError
from simulators.assemblyai.words import Word

Json = dict[str, Any]
log = logging.getLogger(__name__)
UPLOADED = "https://cdn.assemblyai.com/upload/"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
QUEUED_SECONDS = 0.3
SHORTEST_WORK = 0.7
MOST_KEPT = 1000
MOST_SPEAKERS = 10


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(slots=True)
class Job:
    """One transcript."""

    wanted: Wanted
    host: str  # the address we were asked at, for links to our own files
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "queued"
    error: str | None = None
    fields: Json = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    redacted: Path | None = None
    webhook_status: int | None = None
    created: datetime = field(default_factory=_now)
    completed: datetime | None = None

    def as_json(self) -> Json:
        """The transcript object in its present state."""
        webhook = self.wanted.text("webhook_url")
        shown = dict(self.wanted.given)
        shown.pop("webhook_auth_header_value", None)
        return {
            "id": self.id,
            "language_code": None,
            "text": None,
            "words": None,
            "utterances": None,
            "confidence": None,
            "audio_duration": None,
            "entities": None,
            "sentiment_analysis_results": None,
            **shown,
            "webhook_auth": self.wanted.on("webhook_auth_header_name"),
            "webhook_status_code": self.webhook_status if webhook else None,
            **self.fields,
            "status": self.status,
            **({"error": self.error} if self.error else {}),
        }

    @property
    def redacted_url(self) -> str:
        name = self.redacted.name if self.redacted else ""
        return f"http://{self.host}/_sim/redacted/{name}"


class Jobs:
    """All transcripts of the played account, and the work on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """While inside, jobs can run; leaving cancels those that still do."""
        async with aiohttp.ClientSession() as self._http:
            yield
            for task in list(self._running):
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def get(self, key: str) -> Job | None:
        return self._jobs.get(key)

    def newest(self, most: int) -> list[Job]:
        return list(reversed(self._jobs.values()))[:most]

    def submit(self, wanted: Wanted, host: str) -> Job:
        job = Job(wanted, host)
        self._jobs[job.id] = job
        while len(self._jobs) > MOST_KEPT:
            self._jobs.popitem(last=False)
        self._start(self._run(job))
        return job

    def delete(self, job: Job) -> None:
        """Forget what was said; the vendor keeps the empty row."""
        job.fields = {"text": "Deleted by user.", "audio_url": "Deleted by user."}
        job.words = []
        if job.redacted:
            job.redacted.unlink(missing_ok=True)
            job.redacted = None

    def upload_path(self, key: str) -> Path:
        return self.folder / "uploads" / key

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        # A TaskGroup would end all jobs when one fails.
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, job: Job) -> None:
        await asyncio.sleep(QUEUED_SECONDS)
        job.status = "processing"
        began = asyncio.get_running_loop().time()
        try:
            source = await self._source(job)
            await asyncio.to_thread(work, job, source, self.folder)
        except UnusableAudioError as unusable:
            job.error = str(unusable)
        took = asyncio.get_running_loop().time() - began
        await asyncio.sleep(max(0.0, SHORTEST_WORK - took))
        job.status = "error" if job.error else "completed"
        job.completed = _now()
        log.info("transcript %s: %s", job.id, job.status)
        await self._tell(job)

    async def _source(self, job: Job) -> Path:
        """The recording as a file of ours."""
        if faults.board.take("assemblyai", "/v2/transcript", frozenset({"error"})):
            raise UnusableAudioError("Server error, developers have been alerted.")
        url = job.wanted.text("audio_url")
        if url.startswith(UPLOADED):
            path = self.upload_path(url.removeprefix(UPLOADED).replace("/", ""))
            if path.is_file():
                return path
        elif URL(url).host in LOOPBACK:
            return await self._download(url)
        raise _unreachable(url)

    async def _download(self, url: str) -> Path:
        path = self.upload_path(str(uuid4()))
        if self._http is None:
            raise _unreachable(url)
        try:
            async with self._http.get(url) as response:
                if response.status != 200:
                    raise _unreachable(url)
                with path.open("wb") as file:
                    async for chunk in response.content.iter_chunked(65536):
                        file.write(chunk)
        except aiohttp.ClientError:
            raise _unreachable(url) from None
        return path

    async def _tell(self, job: Job) -> None:
        url = job.wanted.text("webhook_url")
        if not url or self._http is None:
            return
        name = job.wanted.text("webhook_auth_header_name")
        headers = {name: job.wanted.text("webhook_auth_header_value")} if name else {}
        body = {"transcript_id": job.id, "status": job.status}
        job.webhook_status = await webhooks.deliver(self._http, url, body, headers)
        if job.redacted:
            body = {
                "redacted_audio_url": job.redacted_url,
                "status": "redacted_audio_ready",
            }
            await webhooks.deliver(self._http, url, body, headers)


def work(job: Job, source: Path, folder: Path) -> None:
    """Hear the recording and fill the job's fields; runs in a thread."""
    wanted = job.wanted
    speakers = None
    if wanted.on("speaker_labels"):
        speakers = int(wanted.given.get("speakers_expected", MOST_SPEAKERS))
    try:
        heard = recognition.recognise(
            source, per_channel=wanted.multichannel, speakers=speakers
        )
    except wav.UnreadableError as broken:
        raise UnusableAudioError(f"Transcoding failed. {broken}") from None
    job.fields, job.words, hidden = results.finished(wanted, heard)
    if wanted.on("redact_pii_audio"):
        quality = wanted.text("redact_pii_audio_quality") or "mp3"
        target = folder / "redacted" / f"{job.id}.{quality}"
        options = wanted.given.get("redact_pii_audio_options", {})
        silent = options.get("override_audio_redaction_method") == "silence"
        redaction.redact_audio(source, target, hidden, silent=silent)
        job.redacted = target


def _unreachable(url: str) -> UnusableAudioError:
    return UnusableAudioError(
        f"Download error, unable to download {url}. Please make sure the file exists and"
        " is accessible from the internet."
    )
