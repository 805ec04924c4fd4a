"""What a party says and hears, tick by tick."""

from simulators.parties import SILENT, Ear, Track

ONE, TWO = b"\x01" * 160, b"\x02" * 160
VOICE = bytes([0x10, 0x90]) * 80


def test_a_sound_is_played_at_its_tick_and_padded_with_silence():
    track = Track()
    track.play(2, ONE + b"\x02" * 80)
    frames = [track.frame(tick) for tick in range(5)]
    assert frames == [SILENT, SILENT, ONE, b"\x02" * 80 + b"\xff" * 80, SILENT]


def test_the_newer_sound_cuts_off_the_one_before():
    track = Track()
    track.play(0, ONE * 3)
    track.play(2, TWO)
    assert [track.frame(tick) for tick in range(4)] == [ONE, ONE, TWO, SILENT]


def test_an_ear_hears_speech_and_joins_its_parts():
    ear = Ear()
    for tick in range(60):
        ear.hear(tick, VOICE if tick < 20 or 30 <= tick < 50 else SILENT)
    assert ear.segments == [(0, 50)]


def test_a_click_is_not_speech():
    ear = Ear()
    for tick in range(60):
        ear.hear(tick, VOICE if tick % 20 < 3 else SILENT)
    assert ear.segments == []
