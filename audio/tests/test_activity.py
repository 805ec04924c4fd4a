"""Where speech starts and stops, on synthetic voices with known truth."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import activity, intervals, mulaw
from audio.activity import Detector, SpeechStarted, SpeechStopped
from audio.intervals import Interval

RATE = 8000


def voice(seconds, seed=0):
    """Syllables of a gliding buzz with consonant hiss between them, about -20 dBFS."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = 130 + 25 * np.sin(2 * np.pi * 0.9 * time + seed)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 12))
    syllable = np.abs(np.sin(2 * np.pi * 2.1 * time + seed))
    sound = buzz * (0.15 + syllable) + rng.standard_normal(time.size) * 0.25
    return sound / np.sqrt(np.mean(sound**2)) * 3276


def conversation(*, lead=0.7, seed=1):
    """A track and the truth about it: eight utterances with pauses of 0.5 to 4 s."""
    rng = np.random.default_rng(seed)
    parts, truth, at = [np.zeros(round(lead * RATE))], [], lead
    for number in range(8):
        length = float(rng.uniform(0.4, 3))
        pause = float(rng.choice([0.5, 1, 2, 4]))
        sound = voice(length, number)
        parts += [sound, np.zeros(round(pause * RATE))]
        truth.append(Interval(at, at + len(sound) / RATE))
        at += (len(sound) + len(parts[-1])) / RATE
    return np.concatenate(parts), truth


def on_the_line(sound):
    """What is left of it after µ-law."""
    clipped = np.clip(sound, -32768, 32767).astype(np.int16)
    return mulaw.decode(mulaw.encode(clipped))


def noise(kind, count, level, seed=5):
    white = np.random.default_rng(seed).standard_normal(count)
    spectrum = np.fft.rfft(white)
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 30)
    slope = {"white": 0, "pink": 0.5, "rumble": 1}[kind]
    shaped = np.fft.irfft(spectrum / hertz**slope, count)
    return shaped / np.sqrt(np.mean(shaped**2)) * level


def errors(found, truth):
    assert len(found) == len(truth)
    pairs = zip(found, truth, strict=True)
    return np.array([abs(a - b) for f, t in pairs for a, b in zip(f, t, strict=True)])


def dead_air(segments):
    return sum(b.start - a.end for a, b in pairwise(segments) if b.start - a.end >= 3)


@pytest.mark.parametrize("kind", ["white", "pink", "rumble"])
@pytest.mark.parametrize("ratio", [28, 20, 10])
def test_boundaries_hold_in_noise(kind, ratio):
    sound, truth = conversation()
    level = 3276 * 10 ** (-ratio / 20)
    found = activity.segments([on_the_line(sound + noise(kind, len(sound), level))])
    off = errors(found, truth)
    assert np.median(off) <= 0.15
    assert np.percentile(off, 95) <= 0.3
    assert dead_air(found) == pytest.approx(dead_air(truth), rel=0.03)


def test_boundaries_hold_in_digital_silence():
    sound, truth = conversation()
    assert errors(activity.segments([on_the_line(sound)]), truth).max() <= 0.05


def test_comfort_noise_is_not_speech():
    sound, truth = conversation()
    hiss = noise("white", len(sound), 40)
    assert errors(activity.segments([on_the_line(sound + hiss)]), truth).max() <= 0.1


def test_a_change_of_background_is_not_speech():
    quiet, hiss = np.zeros(4 * RATE), noise("white", 6 * RATE, 150)
    line = on_the_line(np.concatenate([quiet, hiss, quiet]))
    assert intervals.total(activity.segments([line])) == 0


def test_ringing_is_not_speech():
    time = np.arange(2 * RATE) / RATE
    tone = 3000 * (np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time))
    ring = np.concatenate([tone * 0 + 2500 * np.sin(2 * np.pi * 425 * time), tone * 0])
    assert activity.segments([on_the_line(np.tile(ring, 3))]) == []


def test_no_dead_air_is_invented_in_steady_talk():
    sound = np.concatenate([voice(6, seed) for seed in range(4)])
    found = activity.segments([on_the_line(sound + noise("pink", len(sound), 300))])
    assert dead_air(found) == 0
    assert intervals.total(found) == pytest.approx(24, abs=0.5)


def test_speech_in_the_very_first_sample_is_found():
    found = activity.segments([on_the_line(voice(1.0))])
    assert errors(found, [Interval(0, 1)]).max() <= 0.15


def test_parts_closer_than_a_third_of_a_second_are_one():
    gap = np.zeros(round(0.25 * RATE))
    line = np.concatenate([np.zeros(RATE), voice(1), gap, voice(1), np.zeros(RATE)])
    assert len(activity.segments([on_the_line(line)])) == 1


def test_a_click_is_dropped():
    line = np.zeros(2 * RATE)
    line[RATE : RATE + 160] = 20000
    assert activity.segments([on_the_line(line)]) == []


def test_an_empty_recording_has_no_speech():
    assert activity.segments([]) == []
    assert activity.segments([np.zeros(0, np.int16)]) == []


def test_speech_that_the_end_cuts_off_ends_there():
    line = on_the_line(np.concatenate([np.zeros(RATE), voice(1)]))
    detector = Detector()
    assert [type(e) for e in detector.feed(line)] == [SpeechStarted]
    (stopped,) = detector.finish()
    assert isinstance(stopped, SpeechStopped)
    assert stopped.at == pytest.approx(2, abs=0.05)


SOUND, _ = conversation(lead=0.33)
LINE = on_the_line(SOUND + noise("pink", len(SOUND), 200))
WHOLE = [*(whole := Detector()).feed(LINE), *whole.finish()]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=60))
def test_the_size_of_the_pieces_makes_no_difference(sizes):
    detector, events, at = Detector(), [], 0
    for size in sizes:
        events += detector.feed(LINE[at : at + size])
        at += size
    events += detector.feed(LINE[at:])
    assert [*events, *detector.finish()] == WHOLE


def test_one_hop_at_a_time_finds_the_same():
    detector, events = Detector(), []
    for start in range(0, len(LINE), 80):
        events += detector.feed(LINE[start : start + 80])
    assert [*events, *detector.finish()] == WHOLE


def test_other_sample_rates_give_the_same_seconds():
    sound = np.concatenate([np.zeros(RATE), voice(1), np.zeros(RATE)])
    doubled = np.repeat(on_the_line(sound), 2)
    (found,) = activity.segments([doubled], rate=16000)
    assert found == pytest.approx((1, 2), abs=0.1)


def test_hours_of_a_call_need_no_more_memory_than_minutes():
    detector = Detector()
    for _ in range(40):
        detector.feed(np.zeros(80_000, np.int16))
    speech = detector._presence._speech
    assert len(speech.unchanging) <= 300


def key_tones(count, level=5000):
    """Keys of a tenth of a second, as far apart."""
    time = np.arange(800) / RATE
    tones = [
        np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time)
        for low, high in ((697, 1209), (770, 1336), (852, 1477), (941, 1336))
    ]
    pause = np.zeros(800)
    return (
        np.concatenate([np.append(tones[n % 4], pause) for n in range(count)]) * level
    )


@pytest.mark.parametrize("ratio", [40, 20, 10])
def test_telephone_keys_are_not_speech(ratio):
    pause = np.zeros(2 * RATE)
    line = np.concatenate([pause, key_tones(11), pause])
    hiss = noise("pink", len(line), 3276 * 10 ** (-ratio / 20))
    assert activity.segments([on_the_line(line + hiss)]) == []


def test_a_key_pressed_after_a_word_does_not_prolong_it():
    pause = np.zeros(RATE)
    line = np.concatenate([pause, voice(1), np.zeros(800), key_tones(4), pause])
    (found,) = activity.segments([on_the_line(line)])
    assert found == pytest.approx((1, 2), abs=0.15)


def test_an_echo_far_below_the_voice_of_the_line_is_not_speech():
    pause = np.zeros(RATE)
    echo = voice(2, 3) * 10 ** (-38 / 20)
    line = np.concatenate([pause, voice(2), pause, echo, pause, voice(1), pause])
    found = activity.segments([on_the_line(line)])
    assert errors(found, [Interval(1, 3), Interval(7, 8)]).max() <= 0.05


def test_a_soft_voice_is_speech_beside_a_loud_one():
    pause = np.zeros(RATE)
    line = np.concatenate([pause, voice(2), pause, voice(2, 3) * 0.08, pause])
    found = activity.segments([on_the_line(line)])
    assert errors(found, [Interval(1, 3), Interval(4, 6)]).max() <= 0.1


def test_comfort_noise_that_begins_after_a_word_does_not_prolong_it():
    hiss = noise("white", 2 * RATE, 90)
    line = np.concatenate([np.zeros(RATE), voice(1), hiss, voice(1, 2), hiss])
    found = activity.segments([on_the_line(line)])
    assert errors(found, [Interval(1, 2), Interval(4, 5)]).max() <= 0.15


def test_noise_that_turns_out_to_be_the_background_is_taken_back_before_the_next_word():
    hiss = noise("white", RATE * 3 // 4, 90)
    line = np.concatenate([np.zeros(3 * RATE), hiss, voice(1), np.zeros(RATE)])
    found = activity.segments([on_the_line(line)])
    assert errors(found, [Interval(3.75, 4.75)]).max() <= 0.1


MIXED = on_the_line(
    np.concatenate([SOUND[: 10 * RATE], key_tones(4), noise("white", RATE, 90), SOUND])
)
MIXED_WHOLE = [*(mixed := Detector()).feed(MIXED), *mixed.finish()]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=30))
def test_keys_and_hiss_are_the_same_in_pieces_of_any_size(sizes):
    detector, events, at = Detector(), [], 0
    for size in sizes:
        events += detector.feed(MIXED[at : at + size])
        at += size
    events += detector.feed(MIXED[at:])
    assert [*events, *detector.finish()] == MIXED_WHOLE


@pytest.mark.parametrize("size", [80, 320, 800, 1600])
def test_keys_are_found_in_the_pieces_of_a_live_track_as_in_the_whole(size):
    detector, events = Detector(), []
    for start in range(0, len(MIXED), size):
        events += detector.feed(MIXED[start : start + size])
    assert [*events, *detector.finish()] == MIXED_WHOLE


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_silence_in_front_moves_everything_and_changes_nothing(hops):
    clean = on_the_line(SOUND)
    later = np.concatenate([np.zeros(hops * 80, np.int16), clean])
    found, before = activity.segments([later]), activity.segments([clean])
    assert len(found) == len(before)
    moved = [[second + hops / 100 for second in part] for part in before]
    # The floor is measured in tenths of a second, which fall elsewhere.
    assert np.abs(np.array(found) - moved).max() <= 0.03


def test_the_channels_of_a_recording_are_heard_apart_and_at_once():
    both = np.stack([LINE, np.roll(LINE, RATE)], axis=1)
    pieces = (both[at : at + 9_999] for at in range(0, len(both), 9_999))
    assert activity.by_channel(pieces, 2) == [
        activity.segments([both[:, 0]]),
        activity.segments([both[:, 1]]),
    ]
