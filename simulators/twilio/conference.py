"""Conferences: who is in, who hears whom, what is reported; legs and REST stay outside."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from simulators.twilio.errors import ApiError
from simulators.twilio.legs import Leg
from simulators.twilio.mixing import mix
from simulators.twilio.names import now, rfc2822, sid
from simulators.twilio.player import SILENT, Player
from simulators.twilio.webhooks import Callback

EVENTS_OF = {
    "start": {"conference-start"},
    "end": {"conference-end"},
    "join": {"participant-join"},
    "leave": {"participant-leave"},
    "mute": {"participant-mute", "participant-unmute"},
    "hold": {"participant-hold", "participant-unhold"},
    "modify": {"participant-modify"},
    "speaker": {"participant-speech-start", "participant-speech-stop"},
    "announcement": {"announcement-end", "announcement-fail"},
}


def events_of(words: frozenset[str]) -> frozenset[str]:
    """The events behind the words of `statusCallbackEvent`."""
    return frozenset(e for word in words for e in EVENTS_OF.get(word, set()))


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody enters a conference: the attributes of <Conference>, or REST's."""

    label: str = ""
    muted: bool = False
    beep: str = "true"
    start_on_enter: bool = True
    end_on_exit: bool = False
    wait_url: str | None = None
    wait_method: str = "POST"
    coach: str = ""
    coaching: bool = False
    max_participants: int = 250
    callback: Callback | None = None


@dataclass(slots=True, eq=False)
class Participant:
    """One leg in a conference. `player` is what it hears while it waits or is held."""

    leg: Leg
    entry: Entry
    label: str
    muted: bool
    coaching: bool
    coach: str
    end_on_exit: bool
    hold: bool = False
    joined: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    player: Player = field(default_factory=Player)
    announcer: Player = field(default_factory=Player)
    music: asyncio.Task[Any] | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, leg: Leg, entry: Entry) -> "Participant":
        return cls(
            leg=leg,
            entry=entry,
            label=entry.label,
            muted=entry.muted,
            coaching=entry.coaching,
            coach=entry.coach,
            end_on_exit=entry.end_on_exit,
        )

    def may_be_heard_by(self, other: "Participant") -> bool:
        if self is other or self.muted or self.hold:
            return False
        return not self.coaching or self.coach == other.leg.sid

    def stop_music(self) -> None:
        if self.music is not None:
            self.music.cancel()
            self.music = None
        self.player.clear()


class Host(Protocol):
    """What a conference needs of the exchange around it."""

    def conference_event(self, room: "Conference", params: dict[str, str]) -> None: ...

    def entertain(
        self, room: "Conference", who: Participant, url: str | None, method: str
    ) -> asyncio.Task[Any]: ...

    def beep(self) -> bytes: ...


class Ear(Protocol):
    """A recording of the whole room."""

    def tap(self, said: bytes, heard: bytes) -> None: ...


class Conference:
    """A named room. It starts when two are in and one of them may start it."""

    def __init__(self, host: Host, name: str) -> None:
        self.sid = sid("CF")
        self.name = name
        self.status = "init"
        self.created = self.updated = now()
        self.reason_ended: str | None = None
        self.ended_by: str | None = None
        self.people: dict[str, Participant] = {}
        # Who is being called and has not answered yet.
        self.expected: dict[str, Participant] = {}
        self.callback: Callback | None = None
        self.first: Leg | None = None
        self.is_recorded = False
        self.ears: list[Ear] = []
        self.when_over: list[Callable[[], object]] = []
        self.when_started: list[Callable[[], object]] = []
        self.common = Player()
        self._host = host
        self._sequence = 0
        self._common_frame = SILENT

    @property
    def is_open(self) -> bool:
        return self.status != "completed"

    @property
    def is_started(self) -> bool:
        return self.status == "in-progress"

    # -- sound --------------------------------------------------------------------

    def begin_tick(self) -> None:
        self._common_frame = self.common.frame()

    def frame_for(self, leg: Leg) -> bytes:
        """What a participant hears in this tick."""
        me = self.people.get(leg.sid)
        if me is None:
            return SILENT
        announcement = me.announcer.frame()
        if me.hold or not self.is_started:
            return mix((me.player.frame(), announcement))
        voices = [p.leg.said for p in self.people.values() if p.may_be_heard_by(me)]
        return mix((*voices, self._common_frame, announcement))

    def end_tick(self) -> None:
        if not self.ears or not self.is_started:
            return
        people = [p for p in self.people.values() if not p.muted and not p.hold]
        said = mix(p.leg.said for p in people if p.leg is self.first)
        rest = mix(p.leg.said for p in people if p.leg is not self.first)
        for ear in self.ears:
            ear.tap(said, rest)

    # -- coming and going -----------------------------------------------------------

    def find(self, key: str) -> Participant | None:
        """A participant by CallSid or by label."""
        if key in self.people:
            return self.people[key]
        return next((p for p in self.people.values() if key and p.label == key), None)

    def join(self, leg: Leg, entry: Entry) -> Participant:
        """Let a leg in; ApiError 16025 for a label in use, 13240 for a bad coach."""
        self.check(entry)
        if self.first is None:
            self.first = leg
            self.callback = entry.callback
        who = self.people[leg.sid] = Participant.of(leg, entry)
        leg.source = self
        self._tell("participant-join", who)
        if self._may_start():
            self._start()
        elif not self.is_started:
            who.music = self._host.entertain(
                self, who, entry.wait_url, entry.wait_method
            )
        if entry.beep in {"true", "onEnter"} and self.is_started:
            self.common.play(self._host.beep())
        return who

    def check(self, entry: Entry) -> None:
        labels = {who.label for who in self.expected.values()}
        if entry.label and (self.find(entry.label) or entry.label in labels):
            raise ApiError(400, 16025, "Participant label is already in use")
        if len(self.people) >= entry.max_participants:
            raise ApiError(400, 16020, "Conference is full")
        if entry.coaching and entry.coach not in self.people:
            raise ApiError(400, 13240, "Call to coach is not in the conference")

    def leave(self, leg: Leg, reason: str) -> None:
        """A participant goes; the conference may end by that."""
        who = self.people.pop(leg.sid, None)
        if who is None:
            return
        who.stop_music()
        who.gone.set()
        if leg.source is self:
            leg.source = None
        if who.entry.beep in {"true", "onExit"} and self.is_started:
            self.common.play(self._host.beep())
        self._tell(
            "participant-leave",
            who,
            ParticipantCallStatus=leg.status,
            ReasonParticipantLeft=reason,
        )
        kicked = reason == "participant_updated_via_api"
        if who.end_on_exit and self.is_open:
            self._end(
                "participant-with-end-conference-on-exit-"
                + ("kicked" if kicked else "left"),
                who,
            )
        elif not self.people and self.is_open:
            self._end("last-participant-" + ("kicked" if kicked else "left"), who)

    def close(self) -> None:
        """End the conference by REST."""
        if self.is_open:
            self._end("conference-ended-via-api", None)

    def modify(self, who: Participant, event: str) -> None:
        who.updated = self.updated = now()
        self._tell(event, who)

    def hold(self, who: Participant, *, on: bool, url: str | None, method: str) -> None:
        """Put a participant on hold, with music, or let it back."""
        who.stop_music()
        if who.hold != on:
            who.hold = on
            self.modify(who, "participant-hold" if on else "participant-unhold")
        if on:
            who.music = self._host.entertain(self, who, url, method)
        elif not self.is_started:
            who.music = self._host.entertain(
                self, who, who.entry.wait_url, who.entry.wait_method
            )

    # -- inside ---------------------------------------------------------------------

    def _may_start(self) -> bool:
        return (
            self.status == "init"
            and len(self.people) >= 2
            and any(p.entry.start_on_enter for p in self.people.values())
        )

    def _start(self) -> None:
        self.status = "in-progress"
        self.updated = now()
        for who in self.people.values():
            if not who.hold:
                who.stop_music()
        self._tell("conference-start", None)
        for hook in self.when_started:
            hook()

    def _end(self, reason: str, by: Participant | None) -> None:
        self.status = "completed"
        self.updated = now()
        self.reason_ended = reason
        self.ended_by = by.leg.sid if by else None
        why = "moderator_ended_conference" if by else "conference_ended_via_api"
        for who in list(self.people.values()):
            self.leave(who.leg, why)
        self._tell(
            "conference-end",
            None,
            ReasonConferenceEnded=reason,
            Reason=reason.replace("-", " "),
            **(
                {
                    "CallSidEndingConference": by.leg.sid,
                    "ParticipantLabelEndingConference": by.label,
                }
                if by
                else {}
            ),
        )
        for hook in self.when_over:
            hook()

    def _tell(self, event: str, who: Participant | None, **more: str) -> None:
        if self.callback is None or not self.callback.wants(event):
            return
        self._sequence += 1
        params = {
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "SequenceNumber": str(self._sequence),
            "Timestamp": rfc2822(now()) or "",
            "StatusCallbackEvent": event,
        }
        if who is not None:
            params |= {
                "CallSid": who.leg.sid,
                "Muted": _word(who.muted),
                "Hold": _word(who.hold),
                "Coaching": _word(who.coaching),
                "EndConferenceOnExit": _word(who.end_on_exit),
                "StartConferenceOnEnter": _word(who.entry.start_on_enter),
            }
            if who.label:
                params["ParticipantLabel"] = who.label
        self._host.conference_event(self, params | more)


def _word(value: bool) -> str:  # noqa: FBT001  a word for a flag
    return "true" if value else "false"
