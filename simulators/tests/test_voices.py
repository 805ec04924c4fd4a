"""The voices of the played people: real speech, timed words, the same every time."""

import subprocess
import sys
from hashlib import sha256
from itertools import combinations, pairwise

import numpy as np
import pytest

from audio import mulaw
from simulators import recogniser, voices
from simulators.speech import display_words, normalise

TEXT = "Hello, this is Cleo. One of the lamps - number 25 - is broken; it's $20 worth."


def decibels(samples):
    level = np.sqrt(np.mean(samples.astype(float) ** 2))
    return 20 * np.log10(level / 32768)


def fundamental(speech):
    """Median pitch in Hz of the loud parts."""
    found = []
    samples = mulaw.decode(speech.mulaw).astype(float)
    for start in range(0, len(samples) - 512, 256):
        piece = samples[start : start + 512]
        if np.mean(piece**2) > 2e6:
            echo = np.correlate(piece, piece, "full")[511:]
            found.append(8000 / (np.argmax(echo[25:110]) + 25))
    return float(np.median(found))


def test_every_word_of_the_text_has_its_own_time():
    words = voices.render(TEXT).words
    assert [word.text for word in words] == display_words(TEXT)
    assert all(word.start < word.end for word in words)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(words))


def test_words_that_are_run_together_share_the_time():
    words = {word.text: word for word in voices.render("One of the lamps.").words}
    assert words["of"].end == words["the"].start
    assert 0.05 < words["the"].end - words["the"].start < 0.3


def test_speech_starts_at_once_and_ends_with_its_last_word():
    speech = voices.render(TEXT)
    samples = np.abs(mulaw.decode(speech.mulaw).astype(int))
    heard = np.flatnonzero(samples > 200)
    assert speech.words[0].start == 0
    assert heard[0] / 8000 < 0.03
    assert speech.words[-1].end == pytest.approx(heard[-1] / 8000, abs=0.06)


def test_speech_comes_in_whole_frames_padded_with_silence():
    speech = voices.render(TEXT)
    assert len(speech.mulaw) % mulaw.FRAME == 0
    assert speech.mulaw.endswith(mulaw.SILENCE)


def test_both_sample_rates_last_as_long():
    speech = voices.render(TEXT)
    assert len(speech.samples24k) / 24000 == pytest.approx(speech.seconds, abs=0.02)


@pytest.mark.parametrize("voice", voices.SPEAKERS)
def test_no_voice_is_faint_or_clipped(voice):
    speech = voices.render("I would like to know where my order is.", voice=voice)
    for samples in (mulaw.decode(speech.mulaw), speech.samples24k):
        assert -26 < decibels(samples) < -16
        assert np.abs(samples.astype(int)).max() < 32500


def test_no_two_voices_sound_the_same():
    spoken = {
        voice: voices.render("I would like to know.", voice=voice).mulaw
        for voice in voices.SPEAKERS
    }
    assert all(a != b for a, b in combinations(spoken.values(), 2))


def test_cleo_and_the_second_caller_differ_in_pitch():
    cleo, other = (voices.render(TEXT, voice=v) for v in ("caller", "caller2"))
    assert fundamental(cleo) > 1.4 * fundamental(other)


def test_a_voice_that_nobody_knows_has_a_speaker_of_its_own():
    one, other = (voices.render(TEXT, voice=v) for v in ("Polly.Joanna", "alice"))
    assert one.mulaw != other.mulaw


@pytest.mark.parametrize("language", ["en", "es", "de", "fr", "it", "pt-BR", "en_GB"])
def test_other_languages_are_spoken(language):
    speech = voices.render("Hola, gracias.", language=language)
    assert len(speech.words) == 2
    assert 0.4 < speech.seconds < 4


def test_a_language_decides_how_a_word_sounds():
    spanish, german = (
        voices.render("No, gracias", language=code) for code in ("es", "de")
    )
    assert spanish.mulaw != german.mulaw


def test_a_language_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="xx"):
        voices.render("Hello", language="xx")


@pytest.mark.parametrize("text", ["", "   ", "...", "\u2014"])
def test_a_text_without_words_is_silence(text):
    speech = voices.render(text)
    assert speech.mulaw.strip(mulaw.SILENCE) == b""


@pytest.mark.parametrize("text", ["a < b & c > d", "<speak>Hi</speak>", "50 % [[x]]"])
def test_odd_characters_are_only_text(text):
    assert [w.text for w in voices.render(text).words] == display_words(text)


def test_a_long_text_is_said_to_its_end():
    text = " ".join(f"This is sentence number {n}." for n in range(60))
    speech = voices.render(text)
    assert len(speech.words) == 300
    assert speech.seconds > 60


def test_another_process_says_it_with_the_same_bytes():
    program = (
        "import hashlib; from simulators import voices;"
        "voices.render('Something else first.', voice='alloy');"
        f"print(hashlib.sha256(voices.render({TEXT!r}).mulaw).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    ours = sha256(voices.render(TEXT).mulaw).hexdigest()
    assert other.stdout.strip() == ours


def test_the_same_words_are_rendered_once():
    assert voices.render(TEXT) is voices.render(TEXT)


def test_music_is_pleasantly_quiet_and_loops_without_a_click():
    music = mulaw.decode(voices.hold_music(16.0))
    assert len(music) == 16 * 8000
    assert -30 < decibels(music) < -18
    assert (music[:64000] == music[64000:]).all()
    steps = np.abs(np.diff(music.astype(int)))
    assert abs(int(music[63999]) - int(music[64000])) <= steps.max()


@pytest.mark.parametrize("sound", [voices.beep(), voices.ringback(), voices.keys("1")])
def test_tones_come_in_whole_frames(sound):
    assert len(sound) % mulaw.FRAME == 0
    assert np.abs(mulaw.decode(sound)).max() > 2000


def test_a_key_is_the_tones_of_its_row_and_column():
    samples = mulaw.decode(voices.keys("w5"))[4000:4800].astype(float)
    strongest = np.argsort(np.abs(np.fft.rfft(samples)))[-2:] * 10
    assert sorted(strongest) == [770, 1340]
    assert voices.keys("5W5") == voices.keys("5") + b"\xff" * 8000 + voices.keys("5")


def test_normalised_words_have_no_punctuation_and_no_capitals():
    assert normalise("Hello, it's ME - Cleo!") == ["hello", "its", "me", "cleo"]


def test_a_cough_is_as_loud_as_a_voice_and_no_word():
    cough = mulaw.decode(voices.cough())
    said = mulaw.decode(voices.render("Hello.").mulaw)
    assert abs(decibels(cough[:1600]) - decibels(said)) < 8
    assert recogniser.recognise(mulaw.SILENCE * 8000 + voices.cough()) == []
