"""The transcript of a finished recording: asked for, and fetched when it is ready.

The vendor tells our webhook when that is; a lost webhook is made up for by asking.
Blocking: for workers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import assemblyai
import pydantic
import stamina

from vendors.assemblyai.config import AssemblyAIConfig
from vendors.assemblyai.failures import (
    failure,
    from_status,
    may_pass,
    translated,
    was_not_accepted,
)
from vendors.assemblyai.transcript import Transcript, read
from vendors.errors import VendorError, retry_after

WEBHOOK_HEADER = "X-Webhook-Secret"
# Ten hours of two people who never pause are about half of it, in bytes.
LARGEST_ANSWER = 100_000_000
_LONGEST_ID = 64


def submit(
    config: AssemblyAIConfig,
    *,
    path: Path,
    multichannel: bool,
    webhook_url: str | None = None,
    webhook_secret: str | None = None,
    keywords: Sequence[str] = (),
) -> str:
    """Upload a recording, streamed from disk, and ask for its transcript; the job's id.

    The webhook carries the secret in the header `WEBHOOK_HEADER`. Raises VendorError.
    """
    wanted = assemblyai.TranscriptionConfig(
        speech_models=list(config.speech_models),
        language_code=config.language or None,
        language_detection=None if config.language else True,
        multichannel=multichannel or None,
        speaker_labels=None if multichannel else True,
        sentiment_analysis=config.sentiment or None,
        entity_detection=config.entities or None,
        keyterms_prompt=list(keywords) or None,
    )
    if webhook_url:
        wanted.set_webhook(webhook_url, WEBHOOK_HEADER, webhook_secret)
    return _order(config, _upload(config, path), wanted)


@stamina.retry(on=may_pass, attempts=3, timeout=60.0, wait_max=5.0)
def fetch(config: AssemblyAIConfig, transcript_id: str) -> Transcript:
    """The job as it stands: look at `status` and `error`. Raises VendorError."""
    with _client(config) as client, translated():
        response = client.http_client.get(f"/v2/transcript/{transcript_id}")
        if response.status_code != 200:
            raise from_status(
                response.status_code,
                "The transcript was not given.",
                retry_after(response.headers.get("Retry-After")),
            )
        if len(response.content) > LARGEST_ANSWER:
            raise failure("too_large", "The transcript is too large.")
        return read(response.json())


@stamina.retry(on=may_pass, attempts=3, timeout=300.0, wait_max=5.0)
def _upload(config: AssemblyAIConfig, path: Path) -> str:
    with _client(config) as client, translated():
        try:
            return assemblyai.Transcriber(client=client).upload_file(str(path))
        except assemblyai.types.AssemblyAIError as error:
            raise _refused(client, error) from error


@stamina.retry(on=was_not_accepted, attempts=3, timeout=60.0, wait_max=5.0)
def _order(
    config: AssemblyAIConfig, upload_url: str, wanted: assemblyai.TranscriptionConfig
) -> str:
    with _client(config) as client, translated():
        try:
            job = assemblyai.Transcriber(client=client).submit(upload_url, wanted)
        except pydantic.ValidationError:
            if client.last_response is None:
                raise
            # The job exists; only the SDK's reading of it failed, on a newer value.
            return _id(client.last_response.json()["id"])
        except assemblyai.types.AssemblyAIError as error:
            raise _refused(client, error) from error
        return _id(job.id)


def _id(given: object) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_ID:
        raise failure("garbled", "AssemblyAI named no transcript.")
    return given


def _refused(
    client: assemblyai.Client, error: assemblyai.types.AssemblyAIError
) -> VendorError:
    """With the pause that the answer asks for, which the SDK's error does not have."""
    answer = client.last_response
    pause = None if answer is None else answer.headers.get("Retry-After")
    return from_status(error.status_code or 0, str(error), retry_after(pause))


@contextmanager
def _client(config: AssemblyAIConfig) -> Iterator[assemblyai.Client]:
    # Not shared: `last_response` above must be the answer to our own request.
    if not config.api_key:
        raise failure("not_configured", "No AssemblyAI key is set.")
    client = assemblyai.Client(
        settings=assemblyai.Settings(
            api_key=config.api_key,
            base_url=config.base_url,
            http_timeout=config.timeout,
        )
    )
    try:
        yield client
    finally:
        client.http_client.close()
