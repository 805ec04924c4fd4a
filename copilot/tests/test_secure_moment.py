"""A secure moment: whatever is said in it is not written down, sent on or shown, wherever it begins and ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import mulaw
from calls.models import Call, CallEvent
from calls.services import lifecycle
from copilot import services
from copilot.conversation import Conversation
from copilot.hearing import Ear
from copilot.tests.test_hearing import Vendor, silence, voice
from copilot.vocabulary import (
    AskSuggestion,
    Commit,
    Decision,
    Discard,
    FinalText,
    Happening,
    Listen,
    Open,
    PartialText,
    RecordingPaused,
    RecordingResumed,
    ShowPartial,
    Side,
    StopListening,
    StoreUtterance,
    StreamEnded,
    WithdrawSuggestion,
)

LENGTH = 12.0
BATCH = 800
SAMPLE = 1 / mulaw.RATE
VOICE = np.frombuffer(voice(LENGTH), np.uint8)


def marked(speech: list[tuple[float, float]], start: float, end: float) -> bytes:
    """Speech in these stretches; in the secure one every sample is odd, elsewhere none."""
    sound = np.frombuffer(silence(LENGTH), np.uint8).copy()
    for begin, over in speech:
        part = slice(int(begin * mulaw.RATE), int(over * mulaw.RATE))
        sound[part] = VOICE[part]
    sound &= 0xFE
    sound[int(start * mulaw.RATE) : int(end * mulaw.RATE)] |= 1
    return sound.tobytes()


def secret(sound: bytes) -> int:
    """How many samples of the secure stretch are in it."""
    return int((np.frombuffer(sound, np.uint8) & 1).sum())


class Line:
    """Both sides of a call, heard as the session hears them."""

    def __init__(self) -> None:
        self.conversation = Conversation(prefix="MZ1", agent_connected=True)
        self.vendors: dict[Side, Vendor] = {"caller": Vendor(), "agent": Vendor()}
        self.ears = {
            side: Ear(side, vendor, offset=0.0) for side, vendor in self.vendors.items()
        }
        self.shown: dict[str, str] = {}
        self.open: list[str] = []
        self.stored: list[StoreUtterance] = []
        self.carry_out(self.conversation.begin(0.0))

    def take(self, happening: Happening) -> None:
        self.carry_out(self.conversation.take(happening))

    def carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            self.about_sound(decision)
            match decision:
                case ShowPartial(item=item, text=text):
                    self.shown[item] = text
                case StoreUtterance():
                    self.shown.pop(decision.item, None)
                    self.stored.append(decision)

    def about_sound(self, decision: Decision) -> None:
        match decision:
            case Listen(side, since):
                for found in self.ears[side].listen(since):
                    self.take(found)
            case StopListening(side):
                self.ears[side].stop_listening()
            case Open(item, side, since):
                self.open.append(item)
                self.ears[side].open(item, since)
            case Commit(item, side):
                self.ears[side].commit(item)
            case Discard(item, side):
                self.ears[side].discard(item)

    def hear(self, sounds: dict[Side, bytes], beat: int) -> None:
        for side, sound in sounds.items():
            ear = self.ears[side]
            part = sound[beat * BATCH : (beat + 1) * BATCH]
            ear.place(beat * 100, part)
            for found in ear.hear():
                self.take(found)
        for item in self.open:
            self.take(PartialText(item, f"words of {item}"))


stretches = st.lists(
    st.tuples(
        st.floats(0.3, LENGTH - 2, allow_nan=False), st.floats(0.3, 4, allow_nan=False)
    ),
    max_size=3,
).map(lambda found: [(start, start + length) for start, length in found])


def play(
    line: Line,
    sounds: dict[Side, bytes],
    secure: tuple[float, float],
    *,
    late: int = 0,
) -> None:
    """The whole call; we learn of the pause `late` beats after it, of the end in its beat."""
    start, end = secure
    learnt, over = (
        int(start * 10) + late,
        max(int(start * 10) + late, int(end * 10)) + 1,
    )
    for beat in range(int(LENGTH * 10)):
        if beat == learnt:
            line.take(RecordingPaused(start))
        if beat == over:
            line.take(RecordingResumed(end))
        line.hear(sounds, beat)
    line.take(StreamEnded(LENGTH))
    for item in line.open:
        line.take(FinalText(item, "words"))
    line.carry_out(line.conversation.give_up_waiting())


@settings(max_examples=80, deadline=None)
@given(
    caller=stretches,
    agent=stretches,
    start=st.floats(0.5, 8),
    length=st.floats(0.2, 3),
)
def test_no_sound_of_it_is_sent_on(
    caller: list[tuple[float, float]],
    agent: list[tuple[float, float]],
    start: float,
    length: float,
) -> None:
    secure = (start, start + length)
    line = Line()
    sounds: dict[Side, bytes] = {
        "caller": marked(caller, *secure),
        "agent": marked(agent, *secure),
    }
    play(line, sounds, secure)
    for vendor in line.vendors.values():
        assert not any(secret(sound) for sound in vendor.items.values())


@settings(max_examples=80, deadline=None)
@given(
    caller=stretches,
    agent=stretches,
    start=st.floats(0.5, 8),
    length=st.floats(0.2, 3),
    late=st.integers(0, 8),
)
def test_no_word_of_it_is_stored_or_left_on_a_screen_however_late_we_learn(
    caller: list[tuple[float, float]],
    agent: list[tuple[float, float]],
    start: float,
    length: float,
    late: int,
) -> None:
    end = start + length
    line = Line()
    sounds: dict[Side, bytes] = {
        "caller": marked(caller, start, end),
        "agent": marked(agent, start, end),
    }
    play(line, sounds, (start, end), late=late)
    for utterance in line.stored:
        assert utterance.end <= start + SAMPLE or utterance.start >= end - SAMPLE
    assert not any(line.shown.values())


def test_what_was_said_before_it_is_kept() -> None:
    line = Line()
    sounds: dict[Side, bytes] = {
        "caller": marked([(1.0, 3.0), (8.0, 10.0)], 5.0, 7.0),
        "agent": marked([(5.2, 6.8)], 5.0, 7.0),
    }
    for beat in range(int(LENGTH * 10)):
        if beat == 50:
            line.take(RecordingPaused(5.0))
        if beat == 70:
            line.take(RecordingResumed(7.0))
        line.hear(sounds, beat)
        for vendor in line.vendors.values():
            for how, item in vendor.ended:
                if how == "commit":
                    line.take(FinalText(item, "words"))
    assert len(line.stored) == 2
    assert not line.vendors["agent"].items


def test_a_text_that_comes_late_is_not_of_the_stretch() -> None:
    conversation = Conversation(prefix="MZ1", agent_connected=True)
    conversation.begin(0.0)
    pause = conversation.take(RecordingPaused(5.0))
    assert set(pause) == {StopListening("caller"), StopListening("agent")}
    assert conversation.take(RecordingPaused(5.0)) == []
    assert conversation.take(FinalText("MZ1-9", "four two four two")) == []


def test_a_suggestion_is_withdrawn_and_none_is_asked_for() -> None:
    line = Line()
    sounds: dict[Side, bytes] = {
        "caller": marked([(1.0, 3.0)], 5.0, 7.0),
        "agent": marked([], 5.0, 7.0),
    }
    for beat in range(45):
        line.hear(sounds, beat)
    ((_, item),) = [one for one in line.vendors["caller"].ended if one[0] == "commit"]
    asked = line.conversation.take(FinalText(item, "Where is my lamp?"))
    assert any(isinstance(one, AskSuggestion) for one in asked)
    paused = line.conversation.take(RecordingPaused(5.0))
    assert any(isinstance(one, WithdrawSuggestion) for one in paused)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [(1, 4.9, True), (4, 6, False), (6, 7, False), (7, 9, False), (8, 9, True)],
)
def test_a_row_of_the_stretch_is_never_written(
    start: float,
    end: float,
    kept: bool,  # noqa: FBT001
) -> None:
    call = lifecycle.register_call(
        sid="CA" + "5" * 32, from_number="+1", to_number="+2"
    )
    call = lifecycle.answer_call(call=call)
    between(call, 5.0, 8.0)
    stored = services.add_utterance(
        call_id=call.pk, item="1", speaker="caller", start=start, end=end, text="words"
    )
    assert (stored is not None) == kept


def between(call: Call, *moments: float) -> None:
    """The recording was paused and resumed at these seconds of the call's clock."""
    for name, second in zip(
        ("recording.paused", "recording.resumed"), moments, strict=False
    ):
        call.refresh_from_db()
        call.last_number += 1
        call.save(update_fields=["last_number"])
        at = call.answered_at.timestamp() + second
        CallEvent.objects.create(
            call=call,
            number=call.last_number,
            name=name,
            at=call.answered_at.fromtimestamp(at, tz=call.answered_at.tzinfo),
        )
