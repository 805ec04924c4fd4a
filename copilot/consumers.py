"""The desk's socket: who may, what they see, which command they give; it decides nothing itself."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.models import User
from calls.services import control, leash, outbound, presence, routing, transfers
from calls.services.refusals import Refused
from copilot import desk, figures, lines, services
from copilot.hub import Message as Told
from copilot.hub import Overrun, hub
from copilot.lookout import Here, lookout
from copilot.pulse import pulse

logger = logging.getLogger(__name__)

Message = dict[str, Any]

BEACON_SECONDS = 3.0
# A page that has not said anything for so long may be frozen, or its network gone.
SILENCE_SECONDS = 16.0
# A page that is being loaded again comes back within this time and loses no call.
RELOAD_SECONDS = 5.0
# Close code: whoever works here may not any more, or not by this login.
SIGNED_OUT = 4401
_SID = re.compile(r"CA[0-9a-zA-Z]{32}\Z")
# What every desk hears of a call that somebody else has: enough to stop ringing.
_FOR_ALL = frozenset(
    {
        "call.accepted",
        "call.ended",
        "call.mode",
        "call.released",
        "offer.ended",
        "transfer.completed",
        "transfer.ended",
    }
)
# What concerns people and customers rather than a call: every desk shows it.
_OF_NO_CALL = frozenset({"presence", "thread"})


class DeskConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # no types
    """One browser tab of one agent or supervisor."""

    channel_layer_alias = "none"  # the hub listens for the whole process
    user: User
    work: asyncio.Task[None] | None = None
    heard_at = 0.0

    async def __call__(self, *args: Any) -> None:
        """With a thread of its own for the database: one desk waits for no other's query."""
        async with ThreadSensitiveContext():
            await super().__call__(*args)

    async def connect(self) -> None:
        if not await self._is_let_in():
            await self.close()
            return
        await self.accept()
        self.heard_at = time.monotonic()
        self.work = asyncio.create_task(self._attend())  # noqa: TID251  ends in disconnect

    async def disconnect(self, code: int) -> None:
        if self.work is not None:
            self.work.cancel()
            await asyncio.wait([self.work])
            # Another desk of the same person, still open, says otherwise in a moment.
            away = timedelta(seconds=settings.DESK_SECONDS - RELOAD_SECONDS)
            await self._seen(timezone.now() - away)

    async def dispatch(self, message: Message) -> None:
        """What is said goes straight on: Channels' way takes a thread hop for each heartbeat."""
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def send_json(self, content: Message, **_: Any) -> None:
        """As what comes from the hub is sent, past the framing of each server."""
        await self.base_send(Told(content).sending)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any
    ) -> None:
        if text_data is None:
            await self.close(code=1003)
        else:
            await super().receive(text_data)

    async def receive_json(self, content: object, **_kwargs: Any) -> None:
        self.heard_at = time.monotonic()
        message: Message = content if isinstance(content, dict) else {}
        kind = message.get("type")
        if kind == "command":
            # The socket may have been open for hours: who commands is looked up each time.
            if await self._is_let_in():
                await self.send_json(await self._carried_out(message))
            else:
                await self.close(code=SIGNED_OUT)
        elif kind == "sync":
            await self._catch_up(message)
        elif kind != "heartbeat":
            await self.close(code=1003)

    @classmethod
    async def decode_json(cls, text_data: str) -> object:
        try:
            return await super().decode_json(text_data)
        # Python's own limit on nesting speaks up as RecursionError.
        except (ValueError, RecursionError):
            return None

    async def _is_let_in(self) -> bool:
        """Whether login and permission are good now; the user's record is looked up with them."""
        user = await database_sync_to_async(self._user_now)()
        if user is not None:
            # Not the scope's, which looks itself up again at each of a million questions.
            self.user = user
        return user is not None

    async def _attend(self) -> None:
        """Work; where that breaks, the desk is closed and comes again, not left without news."""
        try:
            await self._work()
        except Exception:
            await self.close(code=1011)
            raise

    async def _work(self) -> None:
        """Subscribe first and look second, so that nothing falls between."""
        try:
            with (
                pulse.felt(),
                figures.DESKS.track_inprogress(),
                lookout.attended(self._here),
                hub.subscribe(self._wants) as subscription,
            ):
                await self.send_json(
                    await database_sync_to_async(desk.snapshot)(user=self.user)
                )
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._beacon())
                    async for message in subscription:
                        await self.base_send(message.sending)
        except* Overrun:
            logger.info("a slow desk is closed; it will catch up")
            await self.close(code=1013)

    def _wants(self, message: Told) -> bool:
        if message["type"] in _OF_NO_CALL:
            return True
        also = message.get("also", ())
        if self.user.may_see(message.get("agent_id"), also):
            return True
        return message.get("name") in _FOR_ALL

    async def _beacon(self) -> None:
        """Say every few seconds what the newest numbers are: whoever missed one asks."""
        await self._seen(timezone.now())
        while True:
            await asyncio.sleep(BEACON_SECONDS)
            if time.monotonic() - self.heard_at < SILENCE_SECONDS:
                lookout.seen(self.user)
            view = await lookout.look()
            newest, now = view.numbers(self.user), timezone.now().timestamp()
            await self.send_json({"type": "beacon", "now": now, "calls": newest})
            # A session that was ended or a permission that was taken closes the desk.
            if not view.is_unchanged(self._here) and not await self._is_let_in():
                await self.close(code=SIGNED_OUT)

    @property
    def _here(self) -> Here:
        return Here(self.user, self.scope["session"].session_key or "")

    async def _seen(self, moment: datetime) -> None:
        """Whose desk shows life can be rung; see calls.services.presence."""
        await database_sync_to_async(presence.desk_seen)(
            user_id=self.user.pk, moment=moment
        )

    def _user_now(self) -> User | None:
        known = self.scope["session"]
        # Asked for anew: the one in the scope remembers what it once was.
        request = _Request(known.__class__(known.session_key))
        user = get_user(request)  # type: ignore[arg-type]  # duck-typed
        if isinstance(user, User) and user.has_perm("calls.use_desk"):
            return user
        return None

    async def _catch_up(self, content: Message) -> None:
        after = content.get("after")
        missed = await database_sync_to_async(desk.events_after)(
            user=self.user,
            sid=_sid(content),
            number=after if isinstance(after, int) else 0,
        )
        for message in missed:
            await self.send_json(message)

    async def _carried_out(self, content: Message) -> Message:
        result: Message = {"type": "result", "id": content.get("id")}
        try:
            data = await database_sync_to_async(_carry_out)(self.user, content)
        except Refused as refusal:
            error = {"code": refusal.code, "message": refusal.message}
            return result | {"ok": False, "error": error}
        return result | {"ok": True} | ({} if data is None else {"data": data})


class _Request:
    """The part of a request that django.contrib.auth.get_user looks at."""

    def __init__(self, session: SessionBase) -> None:
        self.session = session


def _sid(content: Message) -> str:
    """The call that is meant; empty for what is no name of a call."""
    sid = content.get("sid")
    return sid if isinstance(sid, str) and _SID.match(sid) else ""


def _carry_out(user: User, content: Message) -> Message | None:
    """Give one command; what its result carries, if anything."""
    command = _COMMANDS.get(str(content.get("name")))
    data = content.get("data")
    if command is None:
        raise Refused("unknown_command", _("The desk asked for something unknown."))
    outcome = command(user, _sid(content), data if isinstance(data, dict) else {})
    return outcome if isinstance(outcome, dict) else None


def _suggestion(data: Message) -> int:
    wanted = data.get("suggestion")
    if not isinstance(wanted, int):
        raise Refused("unknown_suggestion", _("There is no such suggestion."))
    return wanted


def _line(data: Message) -> int:
    wanted = _number(data, "line")
    if wanted is None:
        raise Refused("unknown_line", _("There is no such line."))
    return wanted


def _number(data: Message, name: str) -> int | None:
    """An id; None where there is none."""
    value = data.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Refused("bad_request", _("The desk asked for something unknown."))


def _text(data: Message, name: str) -> str:
    value = data.get(name)
    return value.replace("\0", "") if isinstance(value, str) else ""


def _release_line(user: User, sid: str, data: Message) -> None:
    """As it is written, or in other words where there is a text."""
    text = _text(data, "text") if "text" in data else None
    lines.release_line(sid=sid, line_id=_line(data), by=user, text=text)


def _start_transfer(user: User, sid: str, data: Message) -> None:
    transfers.start(
        sid=sid,
        by=user,
        kind=_text(data, "kind"),
        agent=_number(data, "agent"),
        queue=_number(data, "queue"),
        number=_text(data, "number") or None,
    )


def _start_call(user: User, _sid: str, data: Message) -> Message:
    dial = outbound.start_call(
        to=_text(data, "to"),
        by=user,
        agent=user,
        from_number=_text(data, "from") or None,
        callback_request=_number(data, "callback"),
    )
    return {"sid": "" if dial.call is None else dial.call.sid}


def _wrap_up(user: User, sid: str, data: Message) -> None:
    presence.wrap_up(
        sid=sid,
        by=user,
        disposition=_number(data, "disposition"),
        notes=_text(data, "notes"),
    )


_COMMANDS: dict[str, Callable[[User, str, Message], object]] = {
    "accept": lambda user, sid, _data: routing.accept_call(sid=sid, agent=user),
    "decline": lambda user, sid, _data: routing.decline_call(sid=sid, agent=user),
    "end": lambda user, sid, _data: control.end_call(sid=sid, by=user),
    "hold": lambda user, sid, _data: control.hold_call(sid=sid, by=user),
    "resume": lambda user, sid, _data: control.resume_call(sid=sid, by=user),
    "use_suggestion": lambda user, sid, data: services.use_suggestion(
        sid=sid, suggestion_id=_suggestion(data), by=user
    ),
    "dismiss_suggestion": lambda user, sid, data: services.dismiss_suggestion(
        sid=sid, suggestion_id=_suggestion(data), by=user
    ),
    "set_presence": lambda user, _sid, data: presence.set_presence(
        user=user, presence=_text(data, "presence")
    ),
    "leave": lambda user, sid, _data: control.leave_call(sid=sid, by=user),
    "mute": lambda user, sid, data: control.mute_call(
        sid=sid, by=user, on=data.get("on") is True
    ),
    "digits": lambda user, sid, data: control.send_digits(
        sid=sid, by=user, digits=_text(data, "digits")
    ),
    "pause_recording": lambda user, sid, _data: control.pause_recording(
        sid=sid, by=user
    ),
    "resume_recording": lambda user, sid, _data: control.resume_recording(
        sid=sid, by=user
    ),
    "transfer": _start_transfer,
    "complete_transfer": lambda user, sid, _data: transfers.complete(sid=sid, by=user),
    "merge_transfer": lambda user, sid, _data: transfers.merge(sid=sid, by=user),
    "cancel_transfer": lambda user, sid, _data: transfers.cancel(sid=sid, by=user),
    "take_over": lambda user, sid, _data: leash.take_over(sid=sid, by=user),
    "hand_back": lambda user, sid, data: leash.hand_back(
        sid=sid, by=user, mode=_text(data, "mode")
    ),
    "set_mode": lambda user, sid, data: leash.set_mode(
        sid=sid, by=user, mode=_text(data, "mode")
    ),
    "release_line": _release_line,
    "drop_line": lambda user, sid, data: lines.drop_line(
        sid=sid, line_id=_line(data), by=user
    ),
    "guide": lambda user, sid, data: lines.give_guidance(
        sid=sid, by=user, text=_text(data, "text")
    ),
    "start_call": _start_call,
    "wrap_up": _wrap_up,
    "save_notes": lambda user, sid, data: presence.save_notes(
        sid=sid, by=user, notes=_text(data, "notes")
    ),
}
