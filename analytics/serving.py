"""Recordings on their way to an ear: links that expire, and files in pieces with byte ranges for a player to seek."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import datetime
from email.utils import format_datetime
from pathlib import PurePath
from typing import Final

from asgiref.sync import sync_to_async
from django.core.signing import BadSignature, Signer
from django.db.models.fields.files import FieldFile
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.utils.translation import gettext as _

from calls.models import Recording, User

# How long a link to a recording is good; a player asks for another one in time.
LINK_SECONDS: Final = 300

_PIECE: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
_SIGNER: Final = Signer(salt="analytics.serving")
_TYPES: Final = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
}


class LinkError(Exception):
    """The link is not ours, is somebody else's, is too old, or its file has been replaced."""


def signed(recording: Recording, file: FieldFile, user: User, *, at: datetime) -> str:
    """A token for this file of the recording, this user, and `LINK_SECONDS` from `at` on."""
    until = int(at.timestamp()) + LINK_SECONDS
    return _SIGNER.sign_object([recording.pk, user.pk, str(file.name), until])


def check(
    token: str, recording: Recording, file: FieldFile, user: User, *, at: datetime
) -> None:
    """Whether the token is for this file and this user, and still good. Raises `LinkError`."""
    try:
        *named, until = _SIGNER.unsign_object(token)
    except BadSignature as error:
        raise LinkError from error
    if named != [recording.pk, user.pk, str(file.name)] or at.timestamp() > until:
        raise LinkError


def link_response(address: str) -> JsonResponse:
    """Such a link, and for how long it is good, as JSON; no cache keeps it."""
    answer = JsonResponse({"url": address, "seconds": LINK_SECONDS})
    answer["Cache-Control"] = "private, no-store"
    return answer


def refused(code: str, message: str) -> JsonResponse:
    """Why there is no sound, for a player; it may be there later."""
    error = {"code": code, "message": message}
    headers = {"Cache-Control": "private, no-store"}
    return JsonResponse({"error": error}, status=404, headers=headers)


def gone() -> JsonResponse:
    """Because its file is not there any more."""
    return refused("gone", _("The recording is no longer stored."))


def audio_response(request: HttpRequest, file: FieldFile) -> HttpResponseBase:
    """The file, or the one range that was asked for; 416 for a range outside it.

    Several ranges at once, a unit that is not bytes, or a range of what the file was
    before (If-Range) get the whole file. A storage elsewhere (S3) is asked for a signed
    address of its own, which knows ranges by itself.
    """
    if not is_here(file):
        elsewhere = HttpResponseRedirect(file.url)
        elsewhere["Cache-Control"] = "private, no-store"
        return elsewhere
    size = file.size
    version = _version(file, size)
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked and request.headers.get("If-Range", version[0]) not in version:
        asked = None
    first, last = _bounds(asked, size) if asked else (0, size - 1)
    if asked and not 0 <= first <= last < size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {
        "Content-Type": _TYPES.get(
            PurePath(str(file.name)).suffix.lower(), "application/octet-stream"
        ),
        "Content-Length": str(last - first + 1),
        "Accept-Ranges": "bytes",
        "ETag": version[0],
        "Last-Modified": version[1],
        "Cache-Control": f"private, max-age={LINK_SECONDS}",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline",
    }
    if asked:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    status = 206 if asked else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    return StreamingHttpResponse(
        _pieces(file, first, last - first + 1), status=status, headers=headers
    )


def is_here(file: FieldFile) -> bool:
    """Whether the file lies on a disk of ours."""
    try:
        return bool(file.path)
    except NotImplementedError:
        return False


def _version(file: FieldFile, size: int) -> tuple[str, str]:
    """A strong ETag and the date of the last change, as If-Range may name them."""
    changed = file.storage.get_modified_time(str(file.name))
    known = f"{file.name} {size} {changed.timestamp()}"
    tag = hashlib.sha256(known.encode()).hexdigest()[:32]
    return f'"{tag}"', format_datetime(changed, usegmt=True)


def _bounds(asked: "re.Match[str]", size: int) -> tuple[int, int]:
    """First and last byte, as RFC 9110 reads them; (0, -1) where that is none."""
    first, last = asked.groups()
    if first:
        return int(first), min(int(last), size - 1) if last else size - 1
    if not last or int(last) == 0:
        return 0, -1
    return max(0, size - int(last)), size - 1


async def _pieces(file: FieldFile, first: int, length: int) -> AsyncIterator[bytes]:
    """Asynchronous, since Django reads a plain iterator to its end before it sends it."""
    opened = await sync_to_async(file.open)("rb")
    try:
        await sync_to_async(opened.seek)(first)
        while length > 0:
            piece = await sync_to_async(opened.read)(min(_PIECE, length))
            if not piece:
                return
            length -= len(piece)
            yield piece
    finally:
        await sync_to_async(opened.close)()
