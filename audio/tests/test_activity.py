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
    presence = detector._presence
    assert len(presence._unchanging) <= 300
