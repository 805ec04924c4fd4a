"""All calls that match as lines of a CSV file, a few at a time; who may have it is decided before."""

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

from asgiref.sync import sync_to_async

from analytics import find
from calls.models import User

_LINES: Final = 500
# By the names under which the measures are published, and where each is found.
COLUMNS: Final = {
    "sid": "sid",
    "created_at": "created_at",
    "direction": "direction",
    "status": "status",
    "outcome": "outcome",
    "from": "from_number",
    "to": "to_number",
    "customer": "customer__name",
    "queue": "queue__name",
    "agent": "agent__username",
    "disposition": "disposition__name",
    "result": "document__conclusion",
    "score": "document__score",
    "needs_human": "document__needs_human",
    "duration": "document__duration",
    "wait_time": "document__wait_time",
    "hold_time": "document__hold_time",
    "handle_time": "document__handle_time",
    "dead_air_time": "document__dead_air_time",
    "longest_dead_air": "document__longest_dead_air",
    "agent_talk_share": "document__agent_talk_share",
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """A spreadsheet takes what begins like this for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


async def lines(asked: find.Asked, user: User) -> AsyncIterator[bytes]:
    """The file in pieces, the names first.

    Asynchronous, since Django reads a plain iterator to its end before it sends it.
    """
    made = pieces(asked, user)
    while piece := await sync_to_async(lambda: next(made, b""))():
        yield piece


def pieces(asked: find.Asked, user: User) -> Iterator[bytes]:
    """The same, one after the other, for whoever may wait in between."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    rows = find.matching(asked, user).values_list(*COLUMNS.values())
    piece: list[bytes] = []
    # A cursor of the server's: neither side has all rows at once.
    for row in rows.iterator(chunk_size=_LINES):
        piece.append(writer.writerow(_values(row)))
        if len(piece) == _LINES:
            yield b"".join(piece)
            piece = []
    yield b"".join(piece)


def _values(row: Sequence[Any]) -> Iterator[Any]:
    for value in row:
        if hasattr(value, "isoformat"):
            yield value.isoformat(timespec="seconds")
        else:
            yield harmless(value) if isinstance(value, str) else value


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> bytes:
        return text.encode()
