"""What a call's copilot does about what happens: events in, decisions out.

It has no clock, no socket and no task of its own; times come with the events.
"""

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from copilot.pressure import NO_SUGGESTIONS, NO_WORDS, NOTHING, Level
from copilot.replies import Replies
from copilot.rescue import Rescue
from copilot.transcript import Transcript
from copilot.turns import LEAD_IN, SHORTEST, Outcome, Turn, TurnTaking
from copilot.vocabulary import (
    AgentJoined,
    AgentLeft,
    Announced,
    Decision,
    Discard,
    EndTrouble,
    FinalText,
    Happening,
    Heard,
    HoldEnded,
    HoldStarted,
    Interrupted,
    Line,
    Listen,
    LoadChanged,
    NoText,
    Part,
    PartialText,
    PartLost,
    PartRestored,
    RecordingPaused,
    RecordingResumed,
    ShowPartial,
    Side,
    SpeechStarted,
    SpeechStopped,
    StartTrouble,
    StopListening,
    StoreUtterance,
    StreamEnded,
    SuggestionDone,
    SuggestionFailed,
    SuggestionGrew,
    SuggestionSettled,
)

SIDES: tuple[Side, Side] = ("caller", "agent")
# What is left out from which level of load on, and how the desk is told why.
_LEFT_OUT: dict[Part, Level] = {
    "suggestions": NO_SUGGESTIONS,
    "transcription": NO_WORDS,
}
_LOAD = "busy"


class Conversation:
    """One stream of one call.

    `prefix` makes item names unique among the streams of the call; `lines` is what was
    said before this stream began. An agent who is silent for `holding_after` seconds
    while the caller waits is offered a rescue; 0: never. Call `begin` first and `take`
    with everything after.
    """

    def __init__(
        self,
        *,
        prefix: str,
        agent_connected: bool = False,
        on_hold: bool = False,
        recording_paused: bool = False,
        lines: Iterable[Line] = (),
        holding_after: float = 0.0,
    ) -> None:
        numbers = count(1)
        self._turns: dict[Side, TurnTaking] = {
            side: TurnTaking(side, lambda: f"{prefix}-{next(numbers)}")
            for side in SIDES
        }
        self._transcript = Transcript(tuple(lines))
        self._replies = Replies()
        self._rescue = Rescue(holding_after)
        self._agent_connected = agent_connected
        self._on_hold = on_hold
        self._recording_paused = recording_paused
        self._load: Level = NOTHING
        self._announced_until: float | None = None
        self._listening: set[Side] = set()
        self._now = 0.0
        self._trouble: dict[Part, set[str]] = {}
        self._handlers: dict[type[Happening], Callable[[Any], list[Decision]]] = {
            SpeechStarted: self._speech_started,
            SpeechStopped: self._speech_stopped,
            Interrupted: self._interrupted,
            Heard: self._heard,
            PartialText: self._partial,
            FinalText: self._final,
            NoText: self._no_text,
            AgentJoined: self._agent_joined,
            AgentLeft: self._agent_left,
            HoldStarted: self._hold_started,
            HoldEnded: self._hold_ended,
            Announced: self._announced,
            RecordingPaused: self._pause,
            RecordingResumed: self._resume,
            SuggestionGrew: self._about_reply,
            SuggestionDone: self._about_reply,
            SuggestionFailed: self._about_reply,
            SuggestionSettled: self._about_reply,
            PartLost: self._part_lost,
            PartRestored: self._part_restored,
            LoadChanged: self._load_changed,
            StreamEnded: self._stream_ended,
        }

    def begin(self, at: float) -> list[Decision]:
        """The stream begins at this time of the call's clock."""
        self._now = at
        return self._attend(at)

    def take(self, happening: Happening) -> list[Decision]:
        """What follows from one event."""
        decisions = self._handlers[type(happening)](happening)
        return [*decisions, *self._ask()]

    @property
    def caller_is_quiet(self) -> bool:
        """Whether the caller is in no turn, and no words of theirs are to come."""
        speaking = self._turns["caller"].speaking
        return not speaking and not self._transcript.awaits("caller")

    # Voices.

    def _speech_started(self, event: SpeechStarted) -> list[Decision]:
        if event.side not in self._listening:
            return []
        if event.side == "agent":
            self._replies.agent_speaks()
            withdrawn: list[Decision] = []
        else:
            withdrawn = self._replies.caller_goes_on()
        outcome = self._turns[event.side].started(event.at)
        return [*withdrawn, *self._rescue.over(), *self._follow(outcome)]

    def _speech_stopped(self, event: SpeechStopped) -> list[Decision]:
        return self._follow(self._turns[event.side].stopped(event.at))

    def _interrupted(self, event: Interrupted) -> list[Decision]:
        """The caller's turn begins here, whatever was taken for it before."""
        turns = self._turns["caller"]
        since = turns.since
        if since is None or event.at - since < LEAD_IN:
            return []
        dropped = self._follow(turns.forgotten())
        turns.listen(event.at)
        return [*dropped, Listen("caller", event.at)]

    def _heard(self, event: Heard) -> list[Decision]:
        self._now = max(self._now, event.at)
        outcome = self._turns[event.side].heard(event.at)
        decisions = [] if outcome is None else self._follow(outcome)
        decisions += self._announcement_over()
        decisions += self._store()
        decisions += self._replies.passed(self._now)
        decisions += self._rescue.passed(self._now)
        return decisions

    def _follow(self, outcome: Outcome) -> list[Decision]:
        for piece in outcome.pieces:
            self._transcript.expect(piece)
        taken_away: list[Decision] = [
            ShowPartial(decision.item, decision.side, self._now, "")
            for decision in outcome.decisions
            if isinstance(decision, Discard) and self._transcript.forget(decision.item)
        ]
        turn = outcome.turn
        if turn is not None and turn.side == "agent":
            self._replies.agent_spoke(turn)
        elif turn is not None and self._agent_owes_an_answer(turn):
            self._rescue.caller_waits(turn.end)
        return [*outcome.decisions, *taken_away]

    def _agent_owes_an_answer(self, turn: Turn) -> bool:
        """Whether the caller, whose turn is over, waits for the agent; a cough asks nothing."""
        silent = not self._turns["agent"].speaking
        return self._agent_connected and silent and turn.spoken >= SHORTEST

    # Words.

    def _partial(self, event: PartialText) -> list[Decision]:
        place = self._place(event.item)
        if place is None or not self._transcript.show(event.item, event.text):
            return []
        side, start = place
        return [ShowPartial(event.item, side, start, event.text)]

    def _place(self, item: str) -> tuple[Side, float] | None:
        """Whose item this is and when it began, while its text is to come."""
        if piece := self._transcript.awaited(item):
            return piece.side, piece.start
        for side, turns in self._turns.items():
            start = turns.start_of(item)
            if start is not None:
                return side, start
        return None

    def _final(self, event: FinalText) -> list[Decision]:
        return self._write(event.item, event.text)

    def _no_text(self, event: NoText) -> list[Decision]:
        return self._write(event.item, None)

    def _write(self, item: str, text: str | None) -> list[Decision]:
        nothing = self._transcript.write(item, text, self._now)
        taken_away: list[Decision] = (
            [ShowPartial(item, nothing.side, nothing.start, "")] if nothing else []
        )
        return [*taken_away, *self._store()]

    def _store(self, *, all_of_them: bool = False) -> list[StoreUtterance]:
        stored = self._transcript.ready(self._now, all_of_them=all_of_them)
        for utterance in stored:
            if utterance.side == "caller":
                self._replies.caller_said(utterance.item)
        return stored

    # Who is there.

    def _agent_joined(self, event: AgentJoined) -> list[Decision]:
        self._agent_connected = True
        return self._attend(event.at)

    def _agent_left(self, event: AgentLeft) -> list[Decision]:
        self._agent_connected = False
        return [*self._attend(event.at), *self._nobody_answers()]

    def _nobody_answers(self) -> list[Decision]:
        return [*self._replies.nobody_reads(), *self._rescue.over()]

    def _hold_started(self, event: HoldStarted) -> list[Decision]:
        self._on_hold = True
        return [*self._attend(event.at), *self._rescue.over()]

    def _hold_ended(self, event: HoldEnded) -> list[Decision]:
        self._on_hold = False
        return self._attend(event.at)

    def _announced(self, event: Announced) -> list[Decision]:
        """What is heard of it are not the agent's words."""
        self._announced_until = event.until
        return self._attend(event.at)

    def _announcement_over(self) -> list[Decision]:
        until = self._announced_until
        if until is None or self._now < until:
            return []
        self._announced_until = None
        return self._attend(until)

    def _pause(self, event: RecordingPaused) -> list[Decision]:
        """A secure moment: what is not yet complete is dropped, whatever part of it came before."""
        if self._recording_paused:
            return []
        self._recording_paused = True
        dropped: list[Decision] = []
        for turns in self._turns.values():
            dropped += self._follow(turns.forgotten())
        dropped += [
            ShowPartial(piece.item, piece.side, piece.start, "")
            for piece in self._transcript.forget_after(event.at)
        ]
        return [*dropped, *self._attend(event.at), *self._nobody_answers()]

    def _resume(self, event: RecordingResumed) -> list[Decision]:
        self._recording_paused = False
        return self._attend(event.at)

    def _attend(self, at: float) -> list[Decision]:
        """Listen to those, and only those, who can be speaking to each other."""
        wanted: set[Side] = set()
        silenced = self._on_hold or self._recording_paused or self._load >= NO_WORDS
        if not silenced:
            agent_speaks = self._agent_connected and self._announced_until is None
            wanted = {"caller", "agent"} if agent_speaks else {"caller"}
        decisions: list[Decision] = []
        for side in SIDES:
            if side in wanted - self._listening:
                self._turns[side].listen(at)
                decisions.append(Listen(side, at))
            elif side in self._listening - wanted:
                decisions += self._follow(self._turns[side].ended(at))
                decisions.append(StopListening(side))
        self._listening = wanted
        return decisions

    def _stream_ended(self, event: StreamEnded) -> list[Decision]:
        self._now = max(self._now, event.at)
        self._on_hold = True
        return [*self._attend(event.at), *self._nobody_answers()]

    def give_up_waiting(self) -> list[Decision]:
        """No more texts will come: keep those that wait for others."""
        return list(self._store(all_of_them=True))

    # Suggestions.

    def _ask(self) -> list[Decision]:
        undisturbed = (
            self._replies.unanswered
            and self._agent_connected
            and not self._on_hold
            and not self._recording_paused
            and self._load < NO_SUGGESTIONS
            and self.caller_is_quiet
        )
        return self._replies.ask(tuple(self._transcript.lines)) if undisturbed else []

    def _about_reply(self, event: Happening) -> list[Decision]:
        decisions: list[Decision] = []
        for decision in self._replies.take(event):
            match decision:
                case StartTrouble(part, code):
                    decisions += self._part_lost(PartLost(part, "writer", code))
                case EndTrouble(part):
                    decisions += self._part_restored(PartRestored(part, "writer"))
                case _:
                    decisions.append(decision)
        return decisions

    # Troubles.

    def _load_changed(self, event: LoadChanged) -> list[Decision]:
        """The call goes on without what the process cannot do as well, and then with it."""
        self._load = event.level
        told: list[Decision] = []
        for part, left_out_from in _LEFT_OUT.items():
            if event.level >= left_out_from:
                told += self._part_lost(PartLost(part, _LOAD, _LOAD))
            else:
                told += self._part_restored(PartRestored(part, _LOAD))
        silent = self._rescue.over() if event.level >= NO_WORDS else []
        return [*told, *self._attend(event.at), *silent]

    def _part_lost(self, event: PartLost) -> list[Decision]:
        causes = self._trouble.setdefault(event.part, set())
        is_first = not causes
        causes.add(event.cause)
        return [StartTrouble(event.part, event.code)] if is_first else []

    def _part_restored(self, event: PartRestored) -> list[Decision]:
        causes = self._trouble.get(event.part, set())
        if event.cause not in causes:
            return []
        causes.remove(event.cause)
        return [] if causes else [EndTrouble(event.part)]
