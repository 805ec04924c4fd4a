"""The desk's door to what customers sent along: Twilio's address and our credentials stay with us."""

import mimetypes
import uuid
from typing import Final

from django.http import HttpRequest, HttpResponse

from calls.roles import signed_in
from calls.services import attachments
from copilot.door import desk_json

# Shown in the thread; whatever else came is only handed over to be kept. No SVG: it can hold scripts.
_PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_SECONDS: Final = 300


@desk_json("GET")
def media(request: HttpRequest, message_id: uuid.UUID, number: int) -> HttpResponse:
    """The file as it came: a picture to look at, anything else to keep."""
    found = attachments.fetch(
        message_id=message_id, number=number, by=signed_in(request)
    )
    is_picture = found.content_type in _PICTURES
    kind = found.content_type if is_picture else "application/octet-stream"
    response = HttpResponse(found.content, content_type=kind)
    if not is_picture:
        ending = mimetypes.guess_extension(found.content_type) or ""
        name = f"whatsapp-{number + 1}{ending}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = f"private, max-age={_SECONDS}"
    return response
