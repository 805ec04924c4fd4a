"""Recognition by sound: whole words, honest damage, no words for strangers."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import mulaw, wav
from audio.resample import to_rate
from simulators import voices
from simulators.recogniser import Bank, Listener, bank, recognise
from simulators.speech import normalise

FRAME = mulaw.FRAME
SECOND = mulaw.SILENCE * 8000
TEXT = "I would like to know where my order is, please. The number is four seven one."
ANSWER = "One moment, I will look that up for you. Thank you for waiting."

CLEO = voices.render(TEXT, voice="caller")
ADA = voices.render(ANSWER, voice="agent")
for voice in ("agent", "alloy", "caller2"):
    voices.render(TEXT, voice=voice)

REAL_CALL = Path(__file__).parents[3] / "shared" / "audio"


def said(words):
    return [word.text for word in words]


def normalised(words):
    return normalise(" ".join(said(words)))


def in_frames(track):
    return [track[at : at + FRAME] for at in range(0, len(track), FRAME)]


def frame_inside(speech, number):
    """The frame in the middle of a word, in a track that the speech begins."""
    word = speech.words[number]
    return int((word.start + word.end) / 2 / 0.02)


def without(words, *numbers):
    return [word.text for n, word in enumerate(words) if n not in numbers]


def resampled(speech, gain=1.0):
    samples = to_rate(speech.samples24k, 24000, 8000) * gain
    return mulaw.encode(samples.astype(np.int16))


# What came through whole


@pytest.mark.parametrize("offset", [0, 1, 79, 80, 159, 4003])
def test_words_are_heard_at_any_sample_offset(offset):
    heard = recognise(mulaw.SILENCE * offset + CLEO.mulaw + SECOND)
    assert said(heard) == [word.text for word in CLEO.words]
    for found, truth in zip(heard, CLEO.words, strict=True):
        assert found.start == pytest.approx(truth.start + offset / 8000, abs=0.001)
        assert found.end == pytest.approx(truth.end + offset / 8000, abs=0.001)


def test_a_word_is_told_as_soon_as_it_is_over():
    listener = Listener(bank)
    for number, frame in enumerate(in_frames(CLEO.mulaw + SECOND), 1):
        for word in listener.feed(frame):
            assert number * 0.02 - word.end < 0.03


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 9000), max_size=40))
def test_the_size_of_the_pieces_makes_no_difference(sizes):
    track = SECOND[:777] + CLEO.mulaw + SECOND + ADA.mulaw + SECOND
    listener, heard, at = Listener(bank), [], 0
    for size in sizes:
        heard += listener.feed(track[at : at + size])
        at += size
    heard += listener.feed(track[at:]) + listener.flush()
    assert heard == recognise(track)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.7])
def test_who_is_cut_short_in_mid_word_said_what_was_whole_until_then(part):
    question = "Could you give me the order number, please?"
    speech = voices.render(question, voice="marin")
    for track in (speech.mulaw, resampled(speech)):
        for number, word in enumerate(speech.words):
            cut = round((word.start + (word.end - word.start) * part) * 50) * FRAME
            for after in (SECOND, b""):
                heard = recognise(SECOND + track[:cut] + after)
                assert said(heard) == said(speech.words)[:number]


def test_either_zero_may_be_silence():
    track = CLEO.mulaw.replace(b"\xff", b"\x7f")
    assert said(recognise(b"\x7f" * 500 + track + b"\x7f" * 8000)) == said(CLEO.words)


def test_words_survive_linear_samples_and_a_file(tmp_path):
    wav.write(tmp_path / "call.wav", [mulaw.decode(CLEO.mulaw + SECOND)], 8000)
    blocks = [mulaw.encode(b[:, 0]) for b in wav.read_blocks(tmp_path / "call.wav")]
    assert said(recognise(b"".join(blocks))) == said(CLEO.words)


def test_a_sentence_said_twice_is_heard_twice():
    heard = recognise(CLEO.mulaw + SECOND + CLEO.mulaw + SECOND)
    assert said(heard) == 2 * said(CLEO.words)


@pytest.mark.parametrize("voice", ["caller", "agent", "alloy", "caller2"])
def test_a_sentence_known_in_many_voices_is_heard_once(voice):
    speech = voices.render(TEXT, voice=voice)
    assert said(recognise(speech.mulaw + SECOND)) == said(speech.words)


def test_sentences_that_begin_alike_end_as_they_were_said():
    ends = ["Monday.", "Tuesday.", "the day after tomorrow."]
    speeches = [voices.render(f"It arrives on {end}") for end in ends]
    for speech in speeches:
        assert said(recognise(speech.mulaw + SECOND)) == said(speech.words)


def test_speech_rendered_after_the_listener_began_is_heard():
    mine = Bank()
    listener = Listener(mine)
    assert listener.feed(SECOND) == []
    mine.add(ADA)
    assert said(listener.feed(ADA.mulaw + SECOND)) == said(ADA.words)


def test_one_after_the_other_without_a_pause():
    heard = recognise(CLEO.mulaw + ADA.mulaw + SECOND)
    assert said(heard) == said(CLEO.words) + said(ADA.words)


def test_other_languages_are_heard_too():
    speech = voices.render("Buenos días, quiero saber de mi pedido.", language="es")
    assert said(recognise(speech.mulaw + SECOND)) == said(speech.words)


# Damage


def lost(frames, at):
    return frames[:at] + frames[at + 1 :]


def doubled(frames, at):
    return frames[: at + 1] + frames[at:]


def swapped(frames, at):
    return [*frames[:at], frames[at + 1], frames[at], *frames[at + 2 :]]


def blanked(frames, at):
    return [*frames[:at], mulaw.SILENCE * FRAME, *frames[at + 1 :]]


@pytest.mark.parametrize("damage", [lost, doubled, swapped, blanked])
@pytest.mark.parametrize("number", [1, 4, 7, 12])
def test_a_damaged_frame_costs_its_word_and_no_other(damage, number):
    frames = damage(in_frames(CLEO.mulaw + SECOND), frame_inside(CLEO, number))
    heard = said(recognise(b"".join(frames)))
    assert [w for w in heard if w != "[…]"] == without(CLEO.words, number)


def test_a_late_frame_costs_the_words_that_it_left_and_came_into():
    frames = in_frames(CLEO.mulaw + SECOND)
    left, entered = frame_inside(CLEO, 4), frame_inside(CLEO, 6)
    frames.insert(entered, frames.pop(left))
    kept = [w for w in said(recognise(b"".join(frames))) if w != "[…]"]
    assert kept == without(CLEO.words, 4, 5, 6) or kept == without(CLEO.words, 4, 6)


def test_a_garbled_word_stands_where_the_damage_was():
    at = frame_inside(CLEO, 4)
    heard = recognise(b"".join(lost(in_frames(CLEO.mulaw + SECOND), at)))
    (garbled,) = [word for word in heard if word.text == "[…]"]
    assert heard.index(garbled) == 4
    assert garbled.start <= at * 0.02 <= garbled.end + 0.02
    assert garbled.confidence < 0.5


def test_a_frame_lost_in_a_pause_costs_nothing():
    track = CLEO.mulaw + SECOND + ADA.mulaw + SECOND
    frames = in_frames(track)
    heard = recognise(b"".join(lost(frames, len(CLEO.mulaw) // FRAME + 10)))
    assert said(heard) == said(CLEO.words) + said(ADA.words)


def test_every_tenth_frame_lost_leaves_few_words():
    frames = in_frames(CLEO.mulaw + SECOND)
    heard = recognise(b"".join(f for n, f in enumerate(frames) if n % 10 != 5))
    whole = [word for word in heard if word.text not in {"[…]", "[unrecognised]"}]
    assert len(whole) < len(CLEO.words) / 2
    assert set(said(whole)) <= set(said(CLEO.words))


def test_backwards_speech_has_no_words():
    frames = in_frames(CLEO.mulaw)[::-1]
    known = set(normalise(TEXT))
    heard = recognise(b"".join(frames) + SECOND)
    assert len(known & set(normalised(heard))) <= 1


def test_a_speaker_who_stops_in_mid_word_said_only_whole_words():
    cut = frame_inside(CLEO, 6) * FRAME
    heard = recognise(CLEO.mulaw[:cut] + SECOND)
    assert said(heard) == said(CLEO.words[:6])


def test_an_interrupted_speaker_goes_on_elsewhere():
    cut = frame_inside(CLEO, 6) * FRAME
    heard = recognise(CLEO.mulaw[:cut] + SECOND + ADA.mulaw + SECOND)
    assert said(heard) == said(CLEO.words[:6]) + said(ADA.words)


# Changed by codecs


@pytest.mark.parametrize("gain", [1.0, 0.5, 0.2])
def test_resampled_speech_is_heard(gain):
    heard = recognise(SECOND + resampled(CLEO, gain) + SECOND)
    assert normalised(heard) == normalise(TEXT)
    assert heard[0].start == pytest.approx(1, abs=0.1)
    assert heard[-1].end == pytest.approx(1 + CLEO.words[-1].end, abs=0.15)


@pytest.mark.parametrize("tempo", [0.92, 1.08])
def test_speech_is_heard_a_little_slower_or_faster(tempo):
    samples = to_rate(CLEO.samples24k, round(24000 * tempo), 8000)
    heard = recognise(SECOND + mulaw.encode(samples) + SECOND)
    found, wanted = normalised(heard), normalise(TEXT)
    assert len(set(wanted) & set(found)) >= 0.8 * len(set(wanted))


def test_speech_is_heard_through_opus():
    av = pytest.importorskip("av")
    samples = to_rate(CLEO.samples24k, 24000, 48000)
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "mono", "s16"
    encoder.bit_rate = 24000
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = 48000, "mono"
    parts = []
    for start in range(0, len(samples) - 960, 960):
        block = np.ascontiguousarray(samples[None, start : start + 960])
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48000, start
        for packet in encoder.encode(frame):
            parts += [decoded.to_ndarray() for decoded in decoder.decode(packet)]
    sound = np.concatenate([part.reshape(-1) for part in parts])
    if sound.dtype != np.int16:
        sound = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    heard = recognise(SECOND + mulaw.encode(to_rate(sound, 48000, 8000)) + SECOND)
    assert normalised(heard) == normalise(TEXT)


# Not ours


@pytest.mark.parametrize("name", ["real_call_agent.wav", "real_call_caller.wav"])
def test_a_real_voice_is_never_given_words(name):
    file = REAL_CALL / name
    if not file.exists():
        pytest.skip("the recording of a real conversation is not here")
    samples, _ = soundfile.read(file, dtype="int16")
    heard = recognise(mulaw.encode(samples))
    assert len(heard) > 10
    assert all(word.unrecognised for word in heard)


def test_strange_speech_is_one_unrecognised_word_for_each_stretch():
    stranger = voices.render("Nobody has told the bank about this.", voice="onyx")
    another = voices.render("Nor about that, of course.", voice="onyx")
    mine = Bank()
    mine.add(ADA)
    track = stranger.mulaw + SECOND + another.mulaw + SECOND
    heard = recognise(track, mine)
    assert said(heard) == ["[unrecognised]"] * 2
    assert heard[0].start == pytest.approx(0, abs=0.1)
    assert heard[0].end == pytest.approx(stranger.words[-1].end, abs=0.2)


@pytest.mark.parametrize(
    "sound",
    [
        SECOND * 3,
        b"",
        b"\x7f",
        voices.hold_music(),
        voices.hold_music()[3333:90_000],
        voices.beep(),
        voices.ringback(12.0),
        voices.keys("123A456B789C*0#D"),
    ],
)
def test_silence_music_and_tones_are_nothing(sound):
    assert recognise(SECOND + sound + SECOND) == []


def test_words_after_music_are_heard():
    track = voices.hold_music()[:80_000] + CLEO.mulaw + SECOND
    assert said(recognise(track)) == said(CLEO.words)


def test_comfort_noise_is_nothing():
    hiss = np.random.default_rng(3).standard_normal(80_000) * 40
    assert recognise(mulaw.encode(hiss.astype(np.int16))) == []


def test_an_empty_bank_knows_nothing():
    heard = recognise(CLEO.mulaw + SECOND, Bank())
    assert heard
    assert all(word.unrecognised for word in heard)


def test_a_listener_on_a_long_call_does_not_grow():
    listener = Listener(bank)
    for _ in range(20):
        listener.feed(CLEO.mulaw + SECOND * 5 + voices.hold_music())
    assert len(listener._known_hops) < 5000
    assert len(listener._exact._followers) < 20


def test_knowing_the_same_speech_twice_is_knowing_it_once():
    mine = Bank()
    mine.add(ADA)
    mine.add(ADA)
    assert len(mine.entries) == 1
