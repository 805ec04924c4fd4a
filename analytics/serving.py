"""A stored file as an HTTP answer in pieces, with byte ranges so that a player can seek; who may is decided before."""

import re
from collections.abc import AsyncIterator
from typing import Final

from asgiref.sync import sync_to_async
from django.db.models.fields.files import FieldFile
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)

_PIECE: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


def audio_response(request: HttpRequest, file: FieldFile) -> HttpResponseBase:
    """The file, or the one range that was asked for; 416 for a range outside it.

    Several ranges at once, or a unit that is not bytes, get the whole file.
    """
    size = file.size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    first, last = _bounds(asked, size) if asked else (0, size - 1)
    if asked and not 0 <= first <= last < size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(
        _pieces(file, first, last - first + 1),
        status=206 if asked else 200,
        content_type="audio/wav",
    )
    if asked:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=300"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


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
