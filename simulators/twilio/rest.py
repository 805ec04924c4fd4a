"""Twilio's REST paths and who answers them; the answers are in the rest_ modules."""

from aiohttp import web

from simulators.twilio import (
    rest_calls,
    rest_conferences,
    rest_messages,
    rest_recordings,
)
from simulators.twilio.door import PREFIX, Handler, guarded
from simulators.twilio.errors import not_found
from simulators.twilio.exchange import Exchange, Trouble
from simulators.twilio.messages import Mailroom
from simulators.twilio.names import API_VERSION, rfc2822
from simulators.twilio.rest_messages import of

CALL = "/Calls/{call}"
CONFERENCE = "/Conferences/{conference}"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/Calls.json", rest_calls.create),
    ("GET", "/Calls.json", rest_calls.listing),
    ("POST", f"{CALL}/Streams.json", rest_calls.create_stream),
    ("POST", f"{CALL}/Streams/{{stream}}.json", rest_calls.update_stream),
    ("POST", f"{CALL}/Recordings.json", rest_recordings.create),
    ("GET", f"{CALL}/Recordings.json", rest_recordings.list_of_call),
    ("GET", f"{CALL}/Recordings/{{recording}}.json", rest_recordings.fetch_of_call),
    ("POST", f"{CALL}/Recordings/{{recording}}.json", rest_recordings.update),
    ("DELETE", f"{CALL}/Recordings/{{recording}}.json", rest_recordings.delete_of_call),
    ("GET", f"{CALL}.json", rest_calls.fetch),
    ("POST", f"{CALL}.json", rest_calls.update),
    ("DELETE", f"{CALL}.json", rest_calls.delete),
    ("GET", "/Recordings.json", rest_recordings.listing),
    ("GET", "/Recordings/{recording}.json", rest_recordings.fetch),
    ("DELETE", "/Recordings/{recording}.json", rest_recordings.delete),
    (
        "GET",
        r"/Recordings/{recording:RE[0-9a-fA-F]+}{extension:(\.wav|\.mp3)?}",
        rest_recordings.media,
    ),
    ("GET", "/Conferences.json", rest_conferences.listing),
    ("POST", f"{CONFERENCE}/Participants.json", rest_conferences.create_participant),
    ("GET", f"{CONFERENCE}/Participants.json", rest_conferences.participants),
    (
        "GET",
        f"{CONFERENCE}/Participants/{{participant}}.json",
        rest_conferences.fetch_participant,
    ),
    (
        "POST",
        f"{CONFERENCE}/Participants/{{participant}}.json",
        rest_conferences.update_participant,
    ),
    (
        "DELETE",
        f"{CONFERENCE}/Participants/{{participant}}.json",
        rest_conferences.remove,
    ),
    ("GET", f"{CONFERENCE}.json", rest_conferences.fetch),
    ("POST", f"{CONFERENCE}.json", rest_conferences.update),
    ("GET", "/IncomingPhoneNumbers.json", rest_messages.list_numbers),
    ("GET", "/IncomingPhoneNumbers/{number}.json", rest_messages.fetch_number),
    ("POST", "/IncomingPhoneNumbers/{number}.json", rest_messages.update_number),
)


def add_routes(app: web.Application, exchange: Exchange, mailroom: Mailroom) -> None:
    messages: tuple[tuple[str, str, Handler], ...] = (
        ("POST", "/Messages.json", of(mailroom, rest_messages.create)),
        ("GET", "/Messages.json", of(mailroom, rest_messages.listing)),
        ("GET", "/Messages/{message}.json", of(mailroom, rest_messages.fetch)),
        ("GET", "/Messages/{message}/Media/{media}", of(mailroom, rest_messages.media)),
    )
    for method, path, handler in (*ROUTES, *messages):
        app.router.add_route(method, PREFIX + path, guarded(exchange, handler))
    app.router.add_route(
        "*", f"/{API_VERSION}/{{anything:.*}}", guarded(exchange, _nothing_there)
    )

    async def warnings(_: web.Request) -> web.Response:
        return web.json_response({"warnings": [_shown(w) for w in exchange.warnings]})

    async def write(request: web.Request) -> web.Response:
        """Somebody writes to us: `{"from", "to", "body", "profile", "media": [types]}`."""
        said = await request.json()
        try:
            message = mailroom.receive(
                from_=said["from"],
                to=said["to"],
                body=said.get("body", ""),
                profile=said.get("profile", ""),
                media=tuple(said.get("media", ())),
            )
        except LookupError as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        told = {"sid": message.sid, "media": list(message.attached)}
        return web.json_response(told, status=201)

    async def drop(_: web.Request) -> web.Response:
        """Every media socket breaks off."""
        return web.json_response({"dropped": exchange.drop_streams()})

    async def talks(request: web.Request) -> web.Response:
        """What the two-way streams of a call were told to play, and what they played."""
        streams = exchange.talks_of(request.match_info["call"])
        return web.json_response(
            {
                "streams": [
                    {"sid": stream.sid, "name": stream.name, "status": stream.status}
                    | stream.timeline.as_json()
                    for stream in streams
                ]
            }
        )

    async def requests(request: web.Request) -> web.Response:
        """What was asked of the REST API: `?after=NUMBER` for what came later."""
        after = request.query.get("after", "0")
        number = int(after) if after.isdecimal() else 0
        return web.json_response(exchange.ledger.after(number))

    app.router.add_get("/_sim/twilio/warnings", warnings)
    app.router.add_get("/_sim/twilio/requests", requests)
    app.router.add_get("/_sim/twilio/streams/{call}", talks)
    app.router.add_post("/_sim/twilio/drop", drop)
    app.router.add_post("/_sim/twilio/messages", write)


async def _nothing_there(_: Exchange, request: web.Request) -> web.Response:
    raise not_found(request.path)


def _shown(trouble: Trouble) -> dict[str, object]:
    return {
        "code": trouble.code,
        "message": trouble.message,
        "resource": trouble.resource,
        "at": rfc2822(trouble.at),
    }
