"""The desk's doors to the inbox and the directory."""

from django.http import HttpRequest

from calls.roles import signed_in
from calls.services import callbacks, voicemail
from copilot import inbox as inbox_reads
from copilot.door import Json, desk_json


@desk_json("GET")
def directory(_request: HttpRequest) -> Json:
    """Agents, queues and lines."""
    return inbox_reads.directory()


@desk_json("GET")
def inbox(request: HttpRequest) -> Json:
    """Missed calls, messages, callbacks and unread threads."""
    return inbox_reads.inbox(signed_in(request))


@desk_json("POST")
def handle_voicemail(request: HttpRequest, voicemail_id: int) -> Json:
    """The message is done with; repeating it changes nothing."""
    done = voicemail.handle(voicemail_id=voicemail_id, by=signed_in(request))
    return {"id": done.pk, "handled_by": done.handled_by_id}


@desk_json("POST")
def handle_callback(request: HttpRequest, request_id: int) -> Json:
    """The request is done with; repeating it changes nothing."""
    done = callbacks.handle(request_id=request_id, by=signed_in(request))
    return {"id": done.pk, "handled_by": done.handled_by_id}
