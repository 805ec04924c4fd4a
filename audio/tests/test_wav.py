"""Sound files: blocks at the telephone's rate, and files that are none."""

import io

import numpy as np
import pytest
import soundfile

from audio import wav


def tone(rate, seconds, hertz=440):
    time = np.arange(round(rate * seconds)) / rate
    return (8000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def stored(*channels, rate=8000):
    file = io.BytesIO()
    wav.write(file, channels, rate)
    file.seek(0)
    return file


def test_what_is_written_is_read_again():
    left, right = tone(8000, 2.5), tone(8000, 2.5, 700)
    blocks = list(wav.read_blocks(stored(left, right), seconds=1))
    assert [len(block) for block in blocks] == [8000, 8000, 4000]
    together = np.concatenate(blocks)
    assert (together[:, 0] == left).all()
    assert (together[:, 1] == right).all()


@pytest.mark.parametrize("rate", [16000, 24000, 44100, 48000])
def test_other_rates_come_out_at_eight_kilohertz(rate):
    sound = np.concatenate(list(wav.read_blocks(stored(tone(rate, 3), rate=rate))))
    assert len(sound) == pytest.approx(24000, abs=2)
    middle = sound[8000:16000, 0].astype(float)
    assert np.abs(np.fft.rfft(middle)).argmax() == 440
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(8000 / np.sqrt(2), rel=0.02)


def test_blocks_are_about_as_long_as_asked_for():
    blocks = list(wav.read_blocks(stored(tone(48000, 50), rate=48000), seconds=2))
    assert max(len(block) for block in blocks) <= 1.1 * 16000


def test_a_channel_that_ends_early_is_silent_then():
    long, short = tone(8000, 1), tone(8000, 0.5)
    (block,) = wav.read_blocks(stored(long, short))
    assert (block[:4000, 1] == short).all()
    assert not block[4000:, 1].any()


def test_info_tells_what_the_file_is():
    found = wav.info(stored(tone(16000, 1.5), tone(16000, 1.5), rate=16000))
    assert (found.rate, found.channels, found.seconds) == (16000, 2, 1.5)


def test_a_path_will_do(tmp_path):
    wav.write(tmp_path / "a.wav", [tone(8000, 1)], 8000)
    assert wav.info(tmp_path / "a.wav").seconds == 1


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 99])
def test_what_is_no_sound_is_refused(content):
    with pytest.raises(wav.UnreadableError):
        wav.info(io.BytesIO(content))
    with pytest.raises(wav.UnreadableError):
        list(wav.read_blocks(io.BytesIO(content)))


def test_a_file_without_frames_has_no_blocks():
    assert list(wav.read_blocks(stored(np.zeros(0, np.int16)))) == []


def cut(file, to):
    return io.BytesIO(file.getvalue()[:to])


def test_a_file_that_ends_before_its_sound_is_refused():
    whole = stored(tone(8000, 2))
    for read in (wav.info, lambda file: list(wav.read_blocks(file))):
        with pytest.raises(wav.CutShortError):
            read(cut(whole, 20_000))


@pytest.mark.parametrize("unknown", [0xFFFFFFFF, 0x7FFFFFFF])
def test_a_stream_that_did_not_know_its_length_is_read_to_its_end(unknown):
    content = bytearray(stored(tone(8000, 2)).getvalue())
    content[40:44] = unknown.to_bytes(4, "little")
    (block,) = wav.read_blocks(io.BytesIO(bytes(content)))
    assert len(block) == 16_000


def test_samples_that_are_fractions_are_not_rounded_to_silence():
    file = io.BytesIO()
    sound = tone(8000, 1) / 32768
    sound[5] = np.nan
    soundfile.write(file, sound, 8000, format="WAV", subtype="FLOAT")
    file.seek(0)
    (block,) = wav.read_blocks(file)
    assert np.abs(block[:, 0].astype(int)).max() == pytest.approx(8000, abs=2)
    assert block[5] == 0


@pytest.mark.parametrize("rate", [1000, 3_000_000])
def test_a_rate_at_which_nobody_records_is_refused(rate):
    content = bytearray(stored(tone(8000, 1)).getvalue())
    content[24:28] = rate.to_bytes(4, "little")
    with pytest.raises(wav.OddSoundError):
        wav.info(io.BytesIO(bytes(content)))


def test_the_content_counts_and_not_the_name(tmp_path):
    file = tmp_path / "call.wav"
    soundfile.write(file, tone(8000, 2), 8000, format="MP3")
    sound = np.concatenate(list(wav.read_blocks(file)))
    assert len(sound) == pytest.approx(16_000, abs=1200)
    assert np.abs(np.fft.rfft(sound[4000:12000, 0])).argmax() == 440


def test_an_open_file_is_left_as_it_was_found():
    file = stored(tone(8000, 1))
    wav.info(file)
    list(wav.read_blocks(file))
    assert file.tell() == 0
