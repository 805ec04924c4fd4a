"""The voice in virtual time: what it says, when it is silent, and what it remembers."""

from dataclasses import replace

import pytest

from copilot.tests.voice.stage import PROFILE, Failure, Never, Stage
from copilot.vocabulary import Line
from copilot.voice.dialogue import PREVIEW
from copilot.voice.patience import APPROVAL_PATIENCE, MODEL_PATIENCE, PATIENCE_ENDS
from copilot.voice.phrases import phrases
from copilot.voice.prompts import Guidance
from copilot.voice.vocabulary import (
    Ask,
    Dropped,
    Ended,
    FetchHuman,
    Guided,
    HangUp,
    Marked,
    ModeChanged,
    ModelFailed,
    Pressed,
    Released,
    Silence,
    Speak,
    StopAsking,
    StoreKeys,
    UseTool,
    VoiceBack,
    VoiceLost,
)

GREETING = PROFILE.greeting
OFFER = Guidance("Ada", "Offer a refund.")
LONG = (
    "Your parcel left our warehouse on Monday morning."
    " It is on its way to you now. You will have it tomorrow before noon."
)


def greeted(*answers, **more) -> Stage:
    """A call on which the greeting has been heard."""
    return Stage(*answers, **more).begin().run(3.0)


def speaking(*answers, after: float = 2.0, **more) -> Stage:
    """A call on which the caller has asked, and the voice has answered for `after` seconds."""
    stage = greeted(*answers, **more).caller("Where is my parcel?", 1.2)
    return stage.run(1.2 + 0.7 + 0.6 + after)


# Turns.


def test_the_greeting_is_said_first_and_remembered():
    stage = greeted()
    assert stage.said == [GREETING]
    assert stage.dialogue.lines == [Line("assistant", GREETING)]
    assert stage.states() == ["writing", "speaking", "said"]


def test_the_caller_is_answered_after_their_turn():
    stage = greeted("It is on its way.").caller("Where is my parcel?", 1.2).run(6.0)
    asked = stage.model.asked[0]
    assert asked.lines[-1] == Line("caller", "Where is my parcel?")
    assert stage.said[1:] == ["It is on its way."]


def test_nothing_is_asked_while_the_caller_goes_on():
    stage = greeted().caller("Where is my parcel?", 1.2)
    stage.run(1.5).caller("The blue one.", 3.0)
    stage.run(2.5)
    assert not stage.model.asked
    stage.run(3.0)
    assert [line.text for line in stage.model.asked[0].lines[1:]] == [
        "Where is my parcel?",
        "The blue one.",
    ]


def test_the_first_clause_is_spoken_before_the_last_is_written():
    stage = greeted(LONG).caller("Where is my parcel?", 1.2)
    stage.model.per_word = 0.2
    stage.run(1.2 + 0.7 + 2.6)
    first = next(
        at
        for at, one in stage.decisions
        if isinstance(one, Speak) and "parcel" in one.text
    )
    stage.run(8.0)
    written = [at for at, one in stage.decisions if isinstance(one, Speak)][-1]
    assert first < written - 1.0
    assert stage.said[1] == LONG


def test_new_words_replace_an_answer_that_nobody_has_heard():
    stage = greeted("First.", "Second.")
    stage.model.first_after = 2.0
    stage.caller("Where is my parcel?", 1.2).run(2.2)
    stage.caller("I mean the blue one.", 1.0).run(8.0)
    assert stage.said[1:] == ["Second."]
    assert stage.of(StopAsking)
    assert "First" not in stage.sounded


def test_an_answer_waits_for_a_caller_who_makes_a_noise():
    stage = greeted("It is on its way.").caller("Where is my parcel?", 1.2)
    stage.run(1.95).caller("", 0.4).run(0.9)
    assert "way" not in stage.sounded
    stage.run(4.0)
    assert stage.said[1:] == ["It is on its way."]
    assert len(stage.model.asked) == 1


# Interruptions.


def test_whoever_insists_interrupts_and_what_was_heard_is_remembered():
    stage = speaking(LONG, "Fine.").caller("No, wait, that is the wrong one.", 2.0)
    stage.run(0.9)
    cut = stage.last
    assert cut.state == "cut"
    assert cut.code == "interrupted"
    heard = stage.said[-1]
    assert heard == cut.heard
    assert LONG.startswith(heard)
    assert heard != LONG
    assert stage.dialogue.lines[-1] == Line("assistant", heard)


def test_after_an_interruption_nothing_more_is_heard():
    stage = speaking(LONG, Never()).caller("No, wait, that is the wrong one.", 2.0)
    stage.run(0.9)
    sounded = stage.sounded
    stage.run(3.0)
    assert stage.sounded == sounded
    assert stage.model.asked[-1].situation.cut_after == stage.said[-1]


@pytest.mark.parametrize("after", [n / 4 for n in range(1, 24)])
def test_interrupted_at_any_point_it_remembers_no_word_that_was_not_heard(after):
    stage = speaking(LONG, Never(), after=after)
    stage.caller("No, wait, that is the wrong one.", 2.0).run(5.0)
    remembered = " ".join(stage.said[1:])
    heard = stage.sounded.removeprefix(GREETING).strip()
    assert LONG.startswith(remembered)
    assert heard.startswith(remembered)
    # Not more than a word is lost either.
    assert len(heard) - len(remembered) < len("warehouse ") + 1


@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.6])
def test_a_cough_does_not_stop_it(seconds):
    stage = speaking(LONG).caller("", seconds).run(12.0)
    assert not stage.of(Silence)
    assert stage.said[1] == LONG


@pytest.mark.parametrize("word", ["Mhm.", "Yeah.", "Okay, sure.", "Genau."])
def test_a_sign_of_attention_does_not_stop_it_and_wants_no_answer(word):
    stage = speaking(LONG).caller(word, 0.4, words=word).run(14.0)
    assert not stage.of(Silence)
    assert stage.said[1] == LONG
    assert len(stage.model.asked) == 1


def test_a_short_word_that_means_something_stops_it():
    stage = speaking(LONG, "Yes?").caller("Stop, please.", 0.45, words="Stop")
    stage.run(0.6)
    assert stage.last.state == "cut"


def test_a_yes_at_the_end_of_a_question_is_its_answer():
    stage = greeted("Shall I send it again?", "I will.").caller("It is lost.", 1.0)
    stage.run(1.7 + 0.5 + 1.3).caller("Yes.", 0.4).run(6.0)
    assert stage.said[-1] == "I will."


def test_a_noise_that_interrupted_is_forgiven_and_the_rest_is_said():
    stage = speaking(LONG, after=4.5).caller("", 1.0).run(12.0)
    assert stage.of(Silence)
    together = " ".join(stage.said[1:])
    assert together.endswith("You will have it tomorrow before noon.")
    assert len(stage.model.asked) == 1


def test_marks_that_come_back_for_what_was_thrown_away_change_nothing():
    stage = speaking(LONG, Never()).caller("No, wait, that is the wrong one.", 2.0)
    stage.run(0.9)
    said = list(stage.said)
    for clause in range(4):
        stage.tell(Marked(stage.model.asked[0].key, clause, stage.now))
    assert stage.said == said


def test_marks_that_never_come_delay_and_do_not_stop_the_talk():
    stage = greeted()
    stage.marks = False
    stage.caller("Where is my parcel?", 1.2).run(6.0)
    assert stage.said[1:] == ["I see."]


def test_a_mark_that_comes_twice_or_of_nothing_changes_nothing():
    stage = speaking(LONG)
    key = stage.model.asked[0].key
    stage.tell(Marked(key, 0, stage.now)).tell(Marked(key, 0, stage.now))
    stage.tell(Marked("nonsense", 3, stage.now)).tell(Marked(key, 99, stage.now))
    stage.run(14.0)
    assert stage.said[1] == LONG


# Silence.


def test_somebody_who_says_nothing_is_asked_twice_and_then_let_go():
    stage = greeted().run(60.0)
    kinds = [line.kind for line in stage.of(type(stage.last)) if line.state == "said"]
    assert kinds == ["greeting", "nudge", "nudge", "closing"]
    assert stage.of(HangUp)
    assert stage.said[-1] == PROFILE.goodbye


def test_whoever_answers_is_asked_anew():
    stage = greeted().run(10.0).caller("Yes, I am here.", 1.0).run(60.0)
    kinds = [line.kind for line in stage.of(type(stage.last)) if line.state == "said"]
    assert kinds == ["greeting", "nudge", "reply", "nudge", "nudge", "closing"]


# Languages.

BILINGUAL = replace(PROFILE, languages=("en-US", "de-DE"))
FRENCH = "Je peux vous aider avec votre commande et la livraison."


@pytest.mark.parametrize(
    ("asks", "answer"),
    [
        ("Wo ist denn mein Paket, bitte?", phrases("de").again),
        ("Where is my parcel, please?", phrases("en").again),
        ("Hm.", phrases("en").again),
    ],
)
def test_what_is_said_instead_is_in_the_callers_language(asks, answer):
    stage = greeted(FRENCH, FRENCH, profile=BILINGUAL).caller(asks, 1.2).run(8.0)
    assert stage.said[-1] == answer


def test_a_silent_caller_is_asked_in_the_language_they_spoke():
    stage = greeted("Gerne.", profile=BILINGUAL)
    stage.caller("Wo ist denn mein Paket, bitte?", 1.2).run(16.0)
    assert stage.said[-1] == phrases("de").nudges[0]


# Keys.


def test_keys_reach_the_model_and_are_kept():
    stage = greeted("Thank you.")
    for digit in "4711":
        stage.tell(Pressed(digit, stage.now)).run(0.2)
    stage.run(4.0)
    assert stage.of(StoreKeys)[0].digits == "4711"
    assert "4711" in stage.model.asked[0].lines[-1].text
    assert stage.said[-1] == "Thank you."


def test_a_hash_ends_the_keys_at_once():
    stage = greeted("Thank you.").tell(Pressed("1", 3.0)).tell(Pressed("#", 3.0))
    stage.run(0.2)
    assert stage.of(StoreKeys)[0].digits == "1#"


def test_a_key_interrupts():
    stage = speaking(LONG).tell(Pressed("1", 7.0))
    assert stage.last.state == "cut"


# Vendors.


def test_a_model_that_fails_is_bridged_and_asked_again():
    stage = greeted(Failure("500"), "Here I am.").caller("Hello?", 1.0).run(10.0)
    assert stage.said[1:] == [PROFILE.holding_line, "Here I am."]
    assert stage.of(VoiceLost)[0].code == "500"
    assert stage.of(VoiceBack)


def test_a_model_that_says_nothing_is_given_up():
    stage = greeted(Never(), "Here I am.").caller("Hello?", 1.0).run(15.0)
    assert stage.said[1:] == [PROFILE.holding_line, "Here I am."]
    assert stage.of(VoiceLost)[0].code == "timeout"


def test_what_comes_of_a_model_that_was_given_up_is_not_said():
    stage = greeted("Too late.", "In time.")
    stage.model.first_after = MODEL_PATIENCE + 1.0
    stage.caller("Hello?", 1.0).run(MODEL_PATIENCE + 4.0)
    stage.model.first_after = 0.2
    stage.run(10.0)
    assert "Too late" not in stage.sounded


def test_a_model_that_keeps_failing_makes_way_for_people():
    stage = greeted(*[Failure("500")] * PATIENCE_ENDS).caller("Hello?", 1.0).run(20.0)
    assert stage.of(FetchHuman)[0].code == "500"
    sounded = stage.sounded
    assert stage.run(30.0).sounded == sounded


def test_a_model_that_breaks_off_has_said_what_it_said():
    stage = greeted("It is on its way. You will have it tomorrow before noon.")
    stage.model.per_word = 0.3
    stage.caller("Where is my parcel?", 1.0).run(4.5)
    key = stage.model.asked[0].key
    stage.tell(ModelFailed(key, "unreachable", stage.now)).run(6.0)
    assert stage.said[-1] == "It is on its way."
    assert stage.last.code == "unreachable"


def test_a_clause_that_cannot_be_spoken_is_tried_again():
    stage = greeted(LONG, LONG)
    stage.speech_fails = ["empty"]
    stage.caller("Where is my parcel?", 1.2).run(15.0)
    assert " ".join(stage.said[1:]) == LONG
    assert stage.of(VoiceLost)[0].code == "empty"
    assert stage.of(VoiceBack)


def test_a_voice_that_never_sounds_makes_way_for_people():
    stage = Stage()
    stage.speech_fails = ["500"] * 10
    stage.begin().run(10.0)
    assert stage.of(FetchHuman)[0].code == "500"
    assert stage.sounded == ""


# Tools.


def test_a_tool_is_used_and_the_model_goes_on_with_what_came_of_it():
    wants = ("One moment.", [("look_up_customer", "{}")])
    stage = greeted(wants, "Hello Cleo.")
    stage.tools["look_up_customer"] = ("Her name is Cleo.", True)
    stage.caller("Do you know me?", 1.0).run(8.0)
    assert stage.model.asked[1].answers[0].output == "Her name is Cleo."
    assert stage.said[-1] == "One moment. Hello Cleo."


@pytest.mark.parametrize("breaks_off", [False, True])
@pytest.mark.parametrize("ends_after", [0.1, 0.5, 3.0])
def test_a_tool_may_answer_before_the_model_has_ended(ends_after, breaks_off):
    looks_up = ("One moment.", [("look_up_customer", "{}")])
    stage = greeted(looks_up, "It is on its way.")
    stage.model.ends_after, stage.model.breaks_off = ends_after, breaks_off
    stage.caller("Where is my parcel?", 1.2).run(12.0)
    assert stage.said[1:] == ["One moment. It is on its way."]
    assert len(stage.of(UseTool)) == 1
    assert len(stage.model.asked) == 2


def test_the_last_word_is_heard_before_the_call_ends():
    stage = greeted(("Goodbye and thank you.", [("end_call", "{}")]))
    stage.caller("That is all.", 1.0).run(3.0)
    assert not stage.of(UseTool)
    stage.run(4.0)
    assert stage.of(UseTool)[0].name == "end_call"
    assert stage.said[-1] == "Goodbye and thank you."


def test_a_transfer_without_a_word_is_announced():
    stage = greeted(("", [("transfer_to_queue", "{}")]))
    stage.caller("A human, please.", 1.0).run(6.0)
    assert stage.said[-1] == PROFILE.holding_line
    assert stage.of(UseTool)


def test_a_transfer_that_was_refused_lets_the_model_find_another_way():
    stage = greeted(
        ("I connect you.", [("transfer_to_queue", "{}")]), "Nobody is there."
    )
    stage.tools["transfer_to_queue"] = ("refused", False)
    stage.caller("A human, please.", 1.0).run(10.0)
    assert stage.said[-1] == "Nobody is there."


def test_whoever_interrupts_a_goodbye_is_not_hung_up_on():
    stage = greeted(
        ("Goodbye and thank you for calling us.", [("end_call", "{}")]), "Yes?"
    )
    stage.caller("That is all.", 1.0).run(3.5)
    stage.caller("Wait, one more thing.", 1.5).run(8.0)
    assert not stage.of(UseTool)
    assert stage.said[-1] == "Yes?"


def test_what_a_tool_did_is_known_when_its_line_was_overtaken():
    wants = ("", [("send_whatsapp", "{}")])
    stage = greeted(wants, "It is sent.", "It is sent, and we are open.")
    stage.model.first_after = 1.5
    stage.caller("Send me the link.", 1.0).run(1.0 + 0.7 + 1.5 + 0.4)
    assert len(stage.of(UseTool)) == 1
    stage.caller("And are you open?", 1.0).run(8.0)
    last = stage.model.asked[-1]
    assert [one.name for one in last.answers] == ["send_whatsapp"]
    assert stage.said[-1] == "It is sent, and we are open."


def test_nothing_is_asked_while_a_tool_is_in_use_whose_line_was_overtaken():
    wants = ("", [("send_whatsapp", "{}")])
    stage = greeted(wants, "It is sent.")
    stage.tool_after = 3.0
    stage.caller("Send me the link.", 1.0).run(2.2)
    stage.caller("Please.", 0.6).run(2.0)
    assert len(stage.model.asked) == 1
    stage.run(6.0)
    assert len(stage.of(UseTool)) == 1
    assert [one.name for one in stage.model.asked[-1].answers] == ["send_whatsapp"]


def test_a_caller_who_comes_back_to_it_is_not_greeted_and_not_kept_waiting():
    lines = [Line("caller", "Hello?"), Line("agent", "One moment.")]
    stage = Stage("I am back with you.", lines=lines).begin("call").run(3.0)
    assert stage.said == ["I am back with you."]


def test_a_model_that_only_uses_tools_is_stopped():
    again = ("", [("look_up_customer", "{}")])
    stage = greeted(*[again] * 20).caller("Hello?", 1.0).run(30.0)
    assert len(stage.of(UseTool)) < 20


# Approval.


def waiting(*answers, **more) -> Stage:
    """In mode approve, with an answer that waits."""
    stage = greeted(*answers, mode="approve", **more)
    return stage.caller("Where is my parcel?", 1.2).run(3.0)


def test_a_line_waits_until_it_is_released():
    stage = waiting("It is on its way.")
    assert stage.last.state == "waiting"
    assert "way" not in stage.sounded
    stage.tell(Released(stage.last.key, None, stage.now)).run(4.0)
    assert stage.said[-1] == "It is on its way."


def test_the_greeting_waits_for_nobody():
    assert greeted(mode="approve").said == [GREETING]


def test_a_line_is_spoken_in_other_words():
    stage = waiting("It is on its way.")
    stage.tell(Released(stage.last.key, "It comes today.", stage.now)).run(4.0)
    assert stage.said[-1] == "It comes today."
    assert "way" not in stage.sounded


def test_a_released_line_is_said_once():
    stage = waiting("It is on its way.")
    key = stage.last.key
    for _ in range(3):
        stage.tell(Released(key, None, stage.now)).run(0.5)
    stage.run(4.0)
    assert stage.said.count("It is on its way.") == 1


def test_a_dropped_line_is_never_heard():
    stage = waiting("It is on its way.")
    stage.tell(Dropped(stage.last.key, stage.now)).run(3.0)
    assert stage.last.state == "dropped"
    assert "way" not in stage.sounded


def test_a_dropped_line_that_is_released_stays_dropped():
    stage = waiting("It is on its way.")
    key = stage.last.key
    stage.tell(Dropped(key, stage.now)).tell(Released(key, None, stage.now)).run(3.0)
    assert "way" not in stage.sounded


def test_after_a_veto_window_a_line_is_spoken_by_itself():
    stage = waiting("It is on its way.", profile=replace(PROFILE, veto_seconds=3.0))
    assert stage.last.until == pytest.approx(stage.now + 3.0, abs=1.5)
    stage.run(8.0)
    assert stage.said[-1] == "It is on its way."


def test_whoever_goes_on_gets_another_line():
    stage = waiting("It is on its way.", "The blue one comes today.")
    stage.caller("I mean the blue one.", 1.0).run(4.0)
    assert "dropped" in stage.states(1)
    assert stage.last.text == "The blue one comes today."
    assert stage.last.state == "waiting"


def test_a_caller_who_waits_for_an_approval_is_told_to_and_then_given_to_people():
    stage = waiting("It is on its way.").run(APPROVAL_PATIENCE + 2.0)
    assert stage.said[-1] == PROFILE.holding_line
    stage.run(APPROVAL_PATIENCE * PATIENCE_ENDS)
    assert stage.of(FetchHuman)[0].code == "approval"


def test_switched_to_auto_the_line_that_waits_is_spoken():
    stage = waiting("It is on its way.").tell(ModeChanged("auto", 6.0)).run(4.0)
    assert stage.said[-1] == "It is on its way."


def test_switched_to_approve_the_next_line_waits():
    stage = greeted("It is on its way.").tell(ModeChanged("approve", 3.0))
    stage.caller("Where is my parcel?", 1.2).run(4.0)
    assert stage.last.state == "waiting"


# Guidance.


def test_guidance_reaches_the_model_and_not_the_caller():
    stage = greeted("Certainly.").tell(Guided(OFFER, 3.0))
    stage.caller("It is broken.", 1.0).run(6.0)
    assert stage.model.asked[0].guidance == (OFFER,)
    assert "refund" not in stage.sounded


def test_guidance_has_a_line_that_waits_written_anew():
    stage = waiting("It is on its way.", "You get a refund.")
    stage.tell(Guided(OFFER, stage.now)).run(2.0)
    assert stage.last.text == "You get a refund."
    assert stage.model.asked[1].guidance == (OFFER,)


# Takeover and hand-back.


@pytest.mark.parametrize("after", [n / 4 for n in range(20)])
def test_taken_over_it_is_silent_at_once_and_for_good(after):
    stage = speaking(LONG, after=after)
    stage.tell(ModeChanged("human", stage.now))
    sounded = stage.sounded
    stage.caller("Hello?", 1.0).run(10.0)
    assert stage.sounded == sounded
    assert LONG.startswith(" ".join(stage.said[1:]))


def test_what_it_had_not_said_is_shown():
    stage = speaking(LONG).tell(ModeChanged("human", 9.0))
    assert stage.last.state == "cut"
    assert stage.last.code == "taken_over"
    assert stage.last.text == LONG
    assert LONG.startswith(stage.last.heard)


def test_taken_over_while_it_waits_a_line_is_dropped():
    stage = waiting("It is on its way.").tell(ModeChanged("human", 9.0))
    assert stage.last.state == "dropped"


def test_handed_back_it_knows_what_was_said_and_shows_what_comes_before_it_is_heard():
    lines = [Line("caller", "Hello?"), Line("agent", "You get 20 dollars back.")]
    stage = Stage("As my colleague said.", lines=lines).begin("handed_back")
    stage.run(0.3 + PREVIEW - 0.1)
    assert stage.model.asked[0].situation.back
    assert stage.model.asked[0].lines == tuple(lines)
    assert stage.last.text.startswith("As my colleague")
    assert stage.last.until is not None
    assert not stage.sounded
    stage.run(4.0)
    assert stage.said == ["As my colleague said."]


def test_what_comes_after_a_hand_back_can_be_dropped_before_it_is_heard():
    stage = Stage("As my colleague said.").begin("handed_back").run(0.6)
    stage.tell(Dropped(stage.last.key, stage.now)).run(3.0)
    assert not stage.sounded


# Streams that break.


def test_on_a_new_stream_the_caller_is_answered_who_had_spoken():
    stage = Stage("Here.", lines=[Line("caller", "Hello?")]).begin("stream").run(3.0)
    assert stage.said == ["Here."]


def test_on_a_new_stream_the_rest_is_said():
    lines = [Line("caller", "Hello?"), Line("assistant", "It is on")]
    stage = Stage(lines=lines).begin("stream", rest="its way.").run(3.0)
    assert stage.said == ["its way."]
    assert not stage.model.asked


def test_a_stream_that_ends_keeps_what_was_heard():
    stage = speaking(LONG)
    stage.tell(Ended(stage.now))
    assert stage.last.code == "stream_ended"
    assert stage.said[-1] == stage.last.heard
    assert not stage.dialogue.take(Pressed("1", 20.0))


def test_steps_are_stamped_in_their_order():
    stage = speaking(LONG, after=6.0)
    stamps = stage.last.stamps
    steps = (
        stamps.speech_end,
        stamps.final_at,
        stamps.first_token_at,
        stamps.first_audio_at,
        stamps.first_mark_at,
    )
    assert None not in steps
    assert list(steps) == sorted(steps)
    assert isinstance(stage.of(Ask)[0], Ask)
