"""The paths /v2/upload and /v2/transcript of the played AssemblyAI: doors only, the
work is done by the jobs.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from aiohttp import web

from simulators import faults
from simulators.assemblyai import oddities, parameters
from simulators.assemblyai.errors import RefusedError
from simulators.assemblyai.jobs import UPLOADED, Job, Jobs
from simulators.assemblyai.words import Group, Word, mean, paragraphs, sentences

JOBS: web.AppKey[Jobs] = web.AppKey("transcripts", Jobs)
FETCHING = frozenset({"stuck", "garbage", "odd"})
LARGEST_UPLOAD = 2_200_000_000


async def upload(request: web.Request) -> web.Response:
    """Stream the body to disk; the address it gets is opaque, as the vendor's is."""
    key = uuid4().hex
    path = request.app[JOBS].upload_path(key)
    size = 0
    with path.open("wb") as file:
        async for chunk in request.content.iter_chunked(65536):
            size += len(chunk)
            if size > LARGEST_UPLOAD:
                path.unlink()
                raise RefusedError("Upload failed, the file is larger than 2.2 GB", 413)
            file.write(chunk)
    if size == 0:
        path.unlink()
        raise RefusedError("Upload failed, please try again. The body was empty", 422)
    return web.json_response({"upload_url": f"{UPLOADED}{key}"})


async def create(request: web.Request) -> web.Response:
    try:
        body = await request.json()
    except ValueError:
        raise RefusedError("Invalid JSON in the body of the request") from None
    job = request.app[JOBS].submit(parameters.check(body), request.host)
    return web.json_response(job.as_json())


async def fetch(request: web.Request) -> web.Response:
    job = _job(request)
    fault = faults.board.take("assemblyai", request.path, FETCHING)
    match fault and fault.kind:
        case "stuck":
            return web.json_response(job.as_json() | {"status": "processing"})
        case "garbage":
            return web.Response(text="<html>Bad gateway</html>")
        case "odd" if job.status == "completed":
            return web.json_response(oddities.odd(job.as_json()))
    return web.json_response(job.as_json())


async def delete(request: web.Request) -> web.Response:
    job = _job(request)
    if job.status not in {"completed", "error"}:
        raise RefusedError("Cannot delete a transcript that is still being processed")
    request.app[JOBS].delete(job)
    return web.json_response(job.as_json())


async def listed(request: web.Request) -> web.Response:
    most = min(int(request.query.get("limit", 10)), 200)
    jobs = request.app[JOBS].newest(most)
    return web.json_response(
        {
            "page_details": {
                "limit": most,
                "result_count": len(jobs),
                "current_url": str(request.url),
                "prev_url": None,
                "next_url": None,
            },
            "transcripts": [
                {
                    "id": job.id,
                    "resource_url": f"/v2/transcript/{job.id}",
                    "status": job.status,
                    "created": _told(job.created),
                    "completed": job.completed and _told(job.completed),
                    "audio_url": job.wanted.text("audio_url"),
                    "error": job.error,
                }
                for job in jobs
            ],
        }
    )


async def by_sentence(request: web.Request) -> web.Response:
    return _groups(request, "sentences", sentences)


async def by_paragraph(request: web.Request) -> web.Response:
    return _groups(request, "paragraphs", paragraphs)


def _groups(
    request: web.Request, name: str, group: Callable[[list[Word]], list[Group]]
) -> web.Response:
    job = _job(request)
    if job.status != "completed":
        raise RefusedError("This transcript has a status of " + job.status)
    return web.json_response(
        {
            "id": job.id,
            name: [part.as_json() for part in group(job.words)],
            "confidence": mean(word.confidence for word in job.words),
            "audio_duration": job.fields["audio_duration"],
            "speech_model_used": job.wanted.model,
        }
    )


async def redacted_audio(request: web.Request) -> web.Response:
    job = _job(request)
    if not job.wanted.on("redact_pii_audio"):
        raise RefusedError("Redacted audio was not requested for this transcript")
    if job.status in {"queued", "processing"}:
        return web.json_response({"status": "processing"}, status=202)
    if job.redacted is None:
        raise RefusedError("Redacted audio is no longer available")
    return web.json_response(
        {"status": "redacted_audio_ready", "redacted_audio_url": job.redacted_url}
    )


async def redacted_file(request: web.Request) -> web.StreamResponse:
    """The redacted recording itself; its unguessable name is the permission."""
    name = request.match_info["name"]
    job = request.app[JOBS].get(name.partition(".")[0])
    if job is None or job.redacted is None or job.redacted.name != name:
        raise web.HTTPNotFound
    return web.FileResponse(job.redacted)


def _told(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def _job(request: web.Request) -> Job:
    job = request.app[JOBS].get(request.match_info["id"])
    if job is None:
        raise RefusedError("Transcript lookup error, transcript id not found", 404)
    return job
