"""What follows from what happens on a call, in virtual time."""

from collections.abc import Iterable
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.conversation import Conversation
from copilot.vocabulary import (
    AgentJoined,
    AgentLeft,
    AskSuggestion,
    Commit,
    Decision,
    Discard,
    EndTrouble,
    FinalText,
    Happening,
    Heard,
    HoldEnded,
    HoldStarted,
    Line,
    Listen,
    LoadChanged,
    NoText,
    OfferSuggestion,
    Open,
    PartialText,
    PartLost,
    PartRestored,
    RecordingPaused,
    RecordingResumed,
    ShowPartial,
    ShowSuggestion,
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
    WithdrawSuggestion,
)


class Call:
    """A call played to a conversation: Cleo is the caller, Ada the agent.

    `cleo` and `ada` are the times at which they speak. Sound is heard in steps of a
    tenth of a second; an end of speech is noticed 0.2 s late, as by the real detector.
    """

    def __init__(self, *, agent_connected: bool = True, **given: object) -> None:
        self.conversation = Conversation(
            prefix="MZ1", agent_connected=agent_connected, **given
        )
        self.now = 0.0
        self.decisions: list[Decision] = list(self.conversation.begin(0.0))
        self.voices: dict[Side, list[tuple[float, float]]] = {"caller": [], "agent": []}

    def cleo(self, start: float, end: float) -> None:
        self.voices["caller"].append((start, end))

    def ada(self, start: float, end: float) -> None:
        self.voices["agent"].append((start, end))

    def happen(self, *happenings: Happening) -> list[Decision]:
        new: list[Decision] = []
        for happening in happenings:
            new += self.conversation.take(happening)
        self.decisions += new
        return new

    def until(self, end: float) -> list[Decision]:
        """Let time pass; what was decided in it."""
        new: list[Decision] = []
        while self.now < end - 0.001:
            then, self.now = self.now, round(min(self.now + 0.1, end), 3)
            for side, voices in self.voices.items():
                for started, stopped in voices:
                    if then < started + 0.04 <= self.now:
                        new += self.happen(SpeechStarted(side, started))
                    if then < stopped + 0.2 <= self.now:
                        new += self.happen(SpeechStopped(side, stopped))
                new += self.happen(Heard(side, self.now))
        return new

    def say(self, side: Side, start: float, end: float, text: str) -> list[Decision]:
        """A turn whose text comes as soon as it is complete."""
        self.voices[side].append((start, end))
        before = self.until(end + 1)
        item = only(Commit, before).item
        return [*before, *self.happen(FinalText(item, text))]

    def all(self, kind: type[Decision]) -> list[Decision]:
        return of(kind, self.decisions)


def of(kind: type[Decision], decisions: Iterable[Decision]) -> list[Decision]:
    return [decision for decision in decisions if isinstance(decision, kind)]


def only(kind: type[Decision], decisions: Iterable[Decision]) -> Decision:
    found = of(kind, decisions)
    assert len(found) == 1, found
    return found[0]


# Who is listened to.


def test_a_caller_who_waits_is_heard_and_the_music_is_not() -> None:
    call = Call(agent_connected=False)
    assert call.decisions == [Listen("caller", 0.0)]
    call.ada(1, 3)
    assert call.until(5) == []


def test_the_agent_is_heard_from_the_moment_of_joining() -> None:
    call = Call(agent_connected=False)
    assert call.happen(AgentJoined(4.2)) == [Listen("agent", 4.2)]


def test_nobody_is_heard_on_hold() -> None:
    call = Call()
    assert set(call.happen(HoldStarted(5.0))) == {
        StopListening("caller"),
        StopListening("agent"),
    }
    call.cleo(6, 8)
    call.ada(6, 8)
    assert call.until(10) == []
    assert set(call.happen(HoldEnded(10.0))) == {
        Listen("caller", 10.0),
        Listen("agent", 10.0),
    }


def test_facts_that_are_told_twice_change_nothing() -> None:
    call = Call()
    assert call.happen(AgentJoined(1.0), HoldEnded(1.0)) == []
    call.happen(HoldStarted(2.0))
    assert call.happen(HoldStarted(2.5), AgentJoined(3.0)) == []


def test_an_agent_who_leaves_is_no_longer_heard() -> None:
    call = Call()
    assert call.happen(AgentLeft(3.0)) == [StopListening("agent")]


def test_a_turn_that_a_hold_cuts_ends_with_it() -> None:
    call = Call()
    call.ada(1, 9)
    call.until(4)
    decisions = call.happen(HoldStarted(4.0))
    item = only(Commit, decisions).item
    stored = only(StoreUtterance, call.happen(FinalText(item, "One moment please.")))
    assert (stored.start, stored.end) == (1, 4.0)


# Turns.


def test_a_turn_is_sent_from_before_its_onset_until_a_silence() -> None:
    call = Call()
    call.cleo(1.0, 3.0)
    decisions = call.until(3.5)
    assert decisions == [Open("MZ1-1", "caller", 0.7)]
    assert call.until(3.7) == [Commit("MZ1-1", "caller")]


def test_the_times_of_an_utterance_are_those_of_the_voice() -> None:
    call = Call()
    decisions = call.say("caller", 1.02, 3.04, "Hello.")
    assert only(StoreUtterance, decisions) == StoreUtterance(
        "MZ1-1", "caller", 1.02, 3.04, "Hello."
    )


def test_a_short_pause_does_not_end_a_turn() -> None:
    call = Call()
    call.cleo(1, 2)
    call.cleo(2.5, 4)
    decisions = call.until(6)
    assert len(of(Open, decisions)) == 1
    item = only(Commit, decisions).item
    stored = only(StoreUtterance, call.happen(FinalText(item, "Well, yes.")))
    assert (stored.start, stored.end) == (1, 4)


def test_a_click_is_no_turn() -> None:
    call = Call()
    call.cleo(1.0, 1.05)
    decisions = call.until(3)
    assert of(Commit, decisions) == []
    assert only(Discard, decisions).item == "MZ1-1"


def test_a_sound_that_turned_out_not_to_be_a_voice_is_no_turn() -> None:
    call = Call()
    call.happen(SpeechStarted("caller", 1.0))
    call.until(2)
    call.happen(SpeechStopped("caller", 1.0))
    assert only(Discard, call.until(3)).item == "MZ1-1"


def test_such_a_sound_after_a_turn_does_not_lengthen_it() -> None:
    call = Call()
    call.cleo(1, 2)
    call.until(2.4)
    call.happen(SpeechStarted("caller", 2.3))
    call.until(2.5)
    call.happen(SpeechStopped("caller", 2.3))
    item = only(Commit, call.until(3)).item
    assert only(StoreUtterance, call.happen(FinalText(item, "Yes."))).end == 2


def test_the_rest_of_the_music_does_not_begin_the_agents_first_turn() -> None:
    call = Call(agent_connected=False)
    call.until(5)
    call.happen(AgentJoined(5.0))
    call.ada(5.0, 5.2)
    call.ada(5.6, 8)
    item = only(Commit, call.until(9)).item
    stored = only(StoreUtterance, call.happen(FinalText(item, "Hello.")))
    assert (stored.start, stored.end) == (5.6, 8)


def test_the_rest_of_the_music_alone_is_no_turn() -> None:
    call = Call()
    call.happen(HoldStarted(1.0))
    call.until(5)
    call.happen(HoldEnded(5.0))
    call.cleo(5.0, 5.3)
    decisions = call.until(7)
    assert of(Commit, decisions) == []
    assert only(Discard, decisions)


def test_who_is_already_speaking_when_one_begins_to_listen_is_heard() -> None:
    call = Call(agent_connected=False)
    call.until(5)
    call.happen(AgentJoined(5.0))
    call.ada(5.0, 5.5)
    assert only(Commit, call.until(7))


def test_both_may_speak_at_once() -> None:
    call = Call()
    call.cleo(1, 3)
    call.ada(2, 4)
    decisions = call.until(6)
    assert [commit.side for commit in of(Commit, decisions)] == ["caller", "agent"]


def test_a_monologue_is_cut_at_a_small_pause_after_fifteen_seconds() -> None:
    call = Call()
    call.cleo(1, 16.5)
    call.cleo(16.8, 20)
    decisions = call.until(22)
    assert [type(d) for d in decisions if isinstance(d, Open | Commit)] == [
        *(Open, Commit),
        *(Open, Commit),
    ]
    first, second = (commit.item for commit in of(Commit, decisions))
    call.happen(FinalText(first, "Once upon a time."), FinalText(second, "The end."))
    assert [(u.start, u.end) for u in call.all(StoreUtterance)] == [
        (1, 16.5),
        (16.8, 20),
    ]


def test_a_monologue_without_a_pause_is_cut_after_twenty_seconds() -> None:
    call = Call()
    call.cleo(1, 30)
    decisions = call.until(21.05)
    assert [type(d) for d in decisions] == [Open, Commit, Open]
    assert decisions[2].since == pytest.approx(21, abs=0.11)


def test_the_parts_of_a_monologue_are_one_turn_for_the_suggestion() -> None:
    call = Call()
    call.cleo(1, 30)
    call.until(25)
    call.happen(FinalText("MZ1-1", "First this,"))
    assert call.all(AskSuggestion) == []
    call.until(31)
    call.happen(FinalText("MZ1-2", "then that."))
    asked = only(AskSuggestion, call.decisions)
    assert asked.lines == (Line("caller", "First this,"), Line("caller", "then that."))


# Words.


def test_words_are_shown_while_they_are_spoken() -> None:
    call = Call()
    call.cleo(1, 5)
    call.until(2)
    assert call.happen(PartialText("MZ1-1", "Good")) == [
        ShowPartial("MZ1-1", "caller", 1, "Good")
    ]
    assert call.happen(PartialText("MZ1-1", "Good")) == []
    call.until(6)
    assert call.happen(PartialText("MZ1-1", "Good day")) == [
        ShowPartial("MZ1-1", "caller", 1, "Good day")
    ]


def test_words_of_an_item_that_is_done_or_unknown_are_not_shown() -> None:
    call = Call()
    call.say("caller", 1, 2, "Yes.")
    assert call.happen(PartialText("MZ1-1", "Yes")) == []
    assert call.happen(PartialText("MZ9-9", "Yes"), FinalText("MZ9-9", "Yes")) == []


def test_a_text_is_stored_once() -> None:
    call = Call()
    call.say("caller", 1, 2, "Yes.")
    call.happen(FinalText("MZ1-1", "Yes."), NoText("MZ1-1"))
    assert len(call.all(StoreUtterance)) == 1


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_text_is_dropped_and_its_words_are_taken_away(text: str) -> None:
    call = Call()
    call.cleo(1, 2)
    call.until(3)
    call.happen(PartialText("MZ1-1", "Hm"))
    assert call.happen(FinalText("MZ1-1", text)) == [
        ShowPartial("MZ1-1", "caller", 1, "")
    ]
    assert call.all(StoreUtterance) == []


def test_what_was_understood_of_a_failed_item_is_kept() -> None:
    call = Call()
    call.cleo(1, 2)
    call.until(3)
    call.happen(PartialText("MZ1-1", "My name is"))
    stored = only(StoreUtterance, call.happen(NoText("MZ1-1")))
    assert stored.text == "My name is"


def test_the_words_of_a_click_are_taken_away() -> None:
    call = Call()
    call.cleo(1.0, 1.05)
    call.until(1.2)
    call.happen(PartialText("MZ1-1", "Uh"))
    assert only(ShowPartial, call.until(3)).text == ""


def test_texts_are_stored_in_the_order_of_the_voices() -> None:
    call = Call()
    call.cleo(1, 3)
    call.ada(3.2, 5)
    call.until(6)
    assert call.happen(FinalText("MZ1-2", "Hello Cleo.")) == []
    stored = call.happen(FinalText("MZ1-1", "I am Cleo."))
    assert [u.text for u in of(StoreUtterance, stored)] == ["I am Cleo.", "Hello Cleo."]


def test_a_text_waits_only_so_long_for_an_earlier_one() -> None:
    call = Call()
    call.cleo(1, 3)
    call.ada(3.2, 5)
    call.until(6)
    call.happen(FinalText("MZ1-2", "Hello Cleo."))
    assert only(StoreUtterance, call.until(8.5)).text == "Hello Cleo."
    late = call.happen(FinalText("MZ1-1", "I am Cleo."))
    assert only(StoreUtterance, late).text == "I am Cleo."


def test_a_text_does_not_wait_for_somebody_who_is_still_speaking() -> None:
    call = Call()
    call.cleo(1, 15)
    call.ada(3, 4)
    call.until(6)
    assert only(StoreUtterance, call.happen(FinalText("MZ1-2", "I see.")))


def test_what_is_being_said_when_the_stream_ends_is_complete() -> None:
    call = Call()
    call.cleo(1, 9)
    call.until(5)
    decisions = call.happen(StreamEnded(5.0))
    assert only(Commit, decisions).item == "MZ1-1"
    stored = only(StoreUtterance, call.happen(FinalText("MZ1-1", "I was")))
    assert stored.end == 5.0


def test_texts_that_wait_for_one_that_never_comes_are_kept_at_the_end() -> None:
    call = Call()
    call.cleo(1, 3)
    call.ada(3.2, 5)
    call.until(6)
    call.happen(FinalText("MZ1-2", "Hello Cleo."), StreamEnded(6.0))
    rest = call.conversation.give_up_waiting()
    assert only(StoreUtterance, rest).text == "Hello Cleo."


# Suggestions.


def test_a_reply_is_suggested_after_the_callers_turn_and_its_text() -> None:
    call = Call(lines=[Line("agent", "How can I help?")])
    decisions = call.say("caller", 1, 3, "My order is late.")
    assert only(AskSuggestion, decisions) == AskSuggestion(
        1,
        "MZ1-1",
        (Line("agent", "How can I help?"), Line("caller", "My order is late.")),
    )
    # The desk must know the words before it hears of a reply to them.
    kinds = [type(decision) for decision in decisions]
    assert kinds.index(StoreUtterance) < kinds.index(AskSuggestion)


def test_the_agents_turn_is_not_answered() -> None:
    call = Call()
    assert of(AskSuggestion, call.say("agent", 1, 3, "How can I help?")) == []


def test_a_suggestion_is_shown_as_it_grows_and_offered_when_it_is_done() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    assert call.happen(SuggestionGrew(1, "I am"), SuggestionDone(1, "I am sorry.")) == [
        ShowSuggestion(1, "I am"),
        OfferSuggestion(1, "I am sorry."),
    ]


def test_nothing_is_suggested_while_nobody_could_read_it() -> None:
    call = Call(agent_connected=False)
    decisions = call.say("caller", 1, 3, "Hello, is anybody there?")
    assert of(AskSuggestion, decisions) == []


def test_an_agent_who_joins_finds_a_reply_to_what_was_said_before() -> None:
    call = Call(agent_connected=False)
    call.say("caller", 1, 3, "My order is late.")
    assert only(AskSuggestion, call.happen(AgentJoined(5.0))).after == "MZ1-1"


def test_a_newer_turn_withdraws_a_stale_suggestion() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    decisions = call.say("caller", 5, 7, "And it is the wrong colour.")
    assert of(WithdrawSuggestion, decisions) == [WithdrawSuggestion(1)]
    assert only(AskSuggestion, decisions).key == 2


def test_what_a_withdrawn_suggestion_still_says_is_ignored() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    call.say("caller", 5, 7, "And it is the wrong colour.")
    late = [SuggestionGrew(1, "I"), SuggestionDone(1, "I"), SuggestionFailed(1, "500")]
    assert call.happen(*late) == []


def test_a_cough_does_not_withdraw_anything() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    assert of(WithdrawSuggestion, call.say("caller", 5, 5.5, "")) == []


def test_a_reply_waits_until_the_caller_has_finished() -> None:
    call = Call()
    call.cleo(1, 3)
    call.cleo(3.8, 6)
    call.until(4.5)
    assert of(AskSuggestion, call.happen(FinalText("MZ1-1", "My order"))) == []
    call.until(7)
    decisions = call.happen(FinalText("MZ1-2", "is late."))
    assert only(AskSuggestion, decisions).after == "MZ1-2"


def test_a_reply_is_asked_for_when_what_followed_was_only_a_cough() -> None:
    call = Call()
    call.cleo(1, 3)
    call.cleo(3.8, 4.2)
    call.until(4.1)
    call.happen(FinalText("MZ1-1", "My order is late."))
    call.until(5)
    assert only(AskSuggestion, call.happen(FinalText("MZ1-2", ""))).after == "MZ1-1"


def test_a_suggestion_stays_while_the_agent_answers_and_goes_afterwards() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    call.ada(5, 8)
    assert of(WithdrawSuggestion, call.until(9.9)) == []
    assert of(WithdrawSuggestion, call.until(10.2)) == [WithdrawSuggestion(1)]


def test_a_breath_between_two_sentences_is_not_the_end_of_the_answer() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    call.ada(5, 8)
    call.ada(9.5, 12)
    assert of(WithdrawSuggestion, call.until(13.9)) == []
    assert of(WithdrawSuggestion, call.until(14.2)) == [WithdrawSuggestion(1)]


def test_the_callers_next_words_end_the_answer_too() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    call.ada(5, 8)
    call.cleo(9, 11)
    assert of(WithdrawSuggestion, call.until(9.3)) == [WithdrawSuggestion(1)]


def test_a_murmur_of_the_agents_is_no_answer() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    call.ada(5, 5.4)
    assert of(WithdrawSuggestion, call.until(20)) == []


@pytest.mark.parametrize("happening", [AgentLeft(5.0), StreamEnded(5.0)])
def test_a_suggestion_goes_when_nobody_can_read_it(happening: Happening) -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    assert of(WithdrawSuggestion, call.happen(happening)) == [WithdrawSuggestion(1)]


def test_a_suggestion_survives_a_hold() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    assert of(WithdrawSuggestion, call.happen(HoldStarted(5.0), HoldEnded(9.0))) == []


def test_what_was_used_or_dismissed_is_never_withdrawn() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    call.happen(SuggestionDone(1, "I am sorry."), SuggestionSettled(1))
    call.say("caller", 5, 7, "And it is the wrong colour.")
    assert call.all(WithdrawSuggestion) == []


def test_a_suggestion_that_fails_is_a_trouble_until_one_succeeds() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    assert call.happen(SuggestionFailed(1, "timeout")) == [
        WithdrawSuggestion(1),
        StartTrouble("suggestions", "timeout"),
    ]
    call.say("caller", 5, 7, "Are you there?")
    assert call.happen(SuggestionDone(2, "Yes.")) == [
        OfferSuggestion(2, "Yes."),
        EndTrouble("suggestions"),
    ]


# Troubles.


def test_a_part_is_missing_from_its_first_loss_to_its_last_return() -> None:
    call = Call()
    assert call.happen(
        PartLost("transcription", "caller", "unreachable"),
        PartLost("transcription", "agent", "unreachable"),
        PartRestored("transcription", "caller"),
        PartRestored("transcription", "agent"),
        PartRestored("transcription", "agent"),
    ) == [StartTrouble("transcription", "unreachable"), EndTrouble("transcription")]


def test_parts_are_missing_independently() -> None:
    call = Call()
    call.happen(PartLost("media", "queue", "frames_dropped"))
    assert call.happen(PartRestored("transcription", "caller")) == []
    assert call.happen(PartRestored("media", "queue")) == [EndTrouble("media")]


# Whatever happens.

NUMBERS = [st.floats(0.05, 3), st.floats(0.05, 25), st.sampled_from(["cleo", "ada"])]


@given(
    st.lists(st.tuples(*NUMBERS), max_size=12),
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 20)), max_size=3),
    st.randoms(use_true_random=False),
)
def test_every_committed_item_becomes_one_utterance_of_its_side(
    talk: list[tuple[float, float, str]], holds: list[tuple[float, float]], chance
) -> None:
    call = Call()
    at = {"cleo": 0.0, "ada": 0.0}
    for pause, length, who in talk:
        start = at[who] + pause + 0.4
        at[who] = start + length
        getattr(call, who)(start, at[who])
    texts = (f"text {n}" for n in count())
    waiting: list[str] = []
    told = 0
    while call.now < max(at.values()) + 2:
        on_hold = any(start <= call.now < start + length for start, length in holds)
        call.happen((HoldStarted if on_hold else HoldEnded)(call.now))
        call.until(call.now + 0.5)
        waiting += [c.item for c in call.all(Commit)[told:]]
        told = len(call.all(Commit))
        chance.shuffle(waiting)
        while waiting and chance.random() < 0.5:
            call.happen(FinalText(waiting.pop(), next(texts)))
    waiting += [c.item for c in of(Commit, call.happen(StreamEnded(call.now)))]
    for item in waiting:
        call.happen(FinalText(item, next(texts)))
    call.decisions += call.conversation.give_up_waiting()

    opened = {o.item: o.side for o in call.all(Open)}
    committed = [c.item for c in call.all(Commit)]
    discarded = [d.item for d in call.all(Discard)]
    assert sorted(committed + discarded) == sorted(opened)
    stored = call.all(StoreUtterance)
    assert sorted(u.item for u in stored) == sorted(committed)
    for utterance in stored:
        assert utterance.side == opened[utterance.item]
        assert 0 <= utterance.start <= utterance.end <= call.now
        assert utterance.end - utterance.start <= 21
    for side in ("caller", "agent"):
        spans = sorted((u.start, u.end) for u in stored if u.side == side)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


# Load.


def test_under_load_no_replies_are_asked_for_and_the_last_words_get_one_afterwards() -> (
    None
):
    call = Call()
    assert call.happen(LoadChanged(0.5, 1)) == [StartTrouble("suggestions", "busy")]
    assert of(AskSuggestion, call.say("caller", 1, 3, "My order is late.")) == []
    eased = call.happen(LoadChanged(9.0, 0))
    assert eased[0] == EndTrouble("suggestions")
    assert len(of(AskSuggestion, eased)) == 1


def test_under_more_load_nobody_is_listened_to_and_what_was_said_is_kept() -> None:
    call = Call()
    call.happen(SpeechStarted("caller", 1.0), Heard("caller", 3.0))
    paused = call.happen(LoadChanged(3.0, 1), LoadChanged(3.0, 2))
    assert StartTrouble("transcription", "busy") in paused
    assert len(of(Commit, paused)) == 1
    assert {stopped.side for stopped in of(StopListening, paused)} == {
        "caller",
        "agent",
    }
    call.cleo(4, 5)
    assert call.until(7) == []


def test_words_come_back_before_replies() -> None:
    call = Call()
    call.happen(LoadChanged(3.0, 1), LoadChanged(4.0, 2))
    eased = call.happen(LoadChanged(9.0, 1))
    assert of(EndTrouble, eased) == [EndTrouble("transcription")]
    assert [listen.since for listen in of(Listen, eased)] == [9.0, 9.0]


def test_a_secure_moment_outlasts_the_load() -> None:
    call = Call()
    call.happen(LoadChanged(3.0, 2), RecordingPaused(4.0))
    assert of(Listen, call.happen(LoadChanged(9.0, 0))) == []
    assert len(of(Listen, call.happen(RecordingResumed(12.0)))) == 2


def test_a_vendor_that_fails_is_still_missing_after_the_load() -> None:
    call = Call()
    call.say("caller", 1, 3, "My order is late.")
    call.happen(SuggestionFailed(1, "timeout"), LoadChanged(4.0, 1))
    assert of(EndTrouble, call.happen(LoadChanged(9.0, 0))) == []
    call.say("caller", 10, 12, "Are you there?")
    assert EndTrouble("suggestions") in call.happen(SuggestionDone(2, "Yes."))
