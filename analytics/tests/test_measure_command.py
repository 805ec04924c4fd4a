"""`manage.py measure`: figures, JSON and a picture of a file, and one sentence for what is none."""

import io
import json
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from django.conf import settings
from django.core.management import CommandError, call_command

from audio import wav

CONFORMANCE = settings.BASE_DIR / "conformance"
CLEAN = CONFORMANCE / "clips" / "clean.wav"
MUSIC = CONFORMANCE / "clips" / "hold-music.wav"


def measured(capsys, *arguments):
    call_command("measure", *map(str, arguments))
    return capsys.readouterr().out


def refused(*arguments):
    with pytest.raises(CommandError) as error:
        call_command("measure", *map(str, arguments))
    sentence = str(error.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_every_figure_is_printed_with_its_thresholds(capsys):
    said = measured(capsys, CLEAN)
    assert "dead_air_count        1\n" in said
    assert "wait_time             -  (no_events)" in said
    assert "thresholds: dead_air 3, joined 0.3" in said


def test_json_has_the_figures_the_stretches_and_the_thresholds(capsys):
    found = json.loads(measured(capsys, CLEAN, "--json", "--dead-air", "4"))
    assert found["thresholds"]["dead_air"] == 4.0
    assert found["figures"]["dead_air_count"] == 0
    assert found["reasons"]["words_per_minute"] == "no_transcript"
    assert len(found["speech"]["caller"]) == 2


def test_holds_are_told_and_never_guessed(capsys):
    told = json.loads((CONFORMANCE / "expected.json").read_text())
    clip = next(each for each in told["clips"] if each["file"].endswith(MUSIC.name))
    ((start, end),) = clip["holds"]
    text = f"0:0{start:g}-{end:g}"
    with_hold = json.loads(measured(capsys, MUSIC, "--json", "--holds", text))
    without = json.loads(measured(capsys, MUSIC, "--json"))
    assert with_hold["figures"]["hold_count"] == 1
    assert without["figures"]["hold_count"] is None
    assert without["reasons"]["hold_count"] == "no_events"


def test_the_caller_may_be_on_the_second_channel(capsys):
    first = json.loads(measured(capsys, CLEAN, "--json"))
    second = json.loads(measured(capsys, CLEAN, "--json", "--caller", "2"))
    assert second["speech"]["agent"] == first["speech"]["caller"]


def test_a_picture_has_a_lane_for_each_and_tells_its_times(tmp_path, capsys):
    file = tmp_path / "call <1>.svg"
    measured(capsys, CLEAN, "--picture", file)
    root = ElementTree.parse(file).getroot()
    text = "{http://www.w3.org/2000/svg}text"
    names = [each.text for each in root.iter(text)]
    assert names[:4] == ["clean.wav", "caller", "agent", "moments"]
    told = [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any(each.startswith("dead-air ") for each in told)


def test_a_picture_of_another_kind_is_refused_before_anything_is_measured(tmp_path):
    assert "SVG" in refused(CLEAN, "--picture", tmp_path / "a.png")


def test_one_channel_has_no_measures_by_speaker(capsys):
    found = json.loads(measured(capsys, CONFORMANCE / "clips" / "mono.wav", "--json"))
    assert found["figures"]["dead_air_count"] == 1
    assert found["reasons"]["talk_time"] == "mono_recording"


@pytest.mark.parametrize("rate", [11025, 16000, 44100])
def test_another_rate_gives_the_same_figures(tmp_path, capsys, rate):
    sound = np.concatenate(list(wav.read_blocks(CLEAN)))
    file = tmp_path / "a.wav"
    positions = np.arange(0, len(sound) - 1, 8000 / rate)
    columns = [np.interp(positions, np.arange(len(sound)), c) for c in sound.T]
    soundfile.write(file, np.stack(columns, 1).astype(np.int16), rate)
    found = json.loads(measured(capsys, file, "--json"))["figures"]
    wanted = json.loads(measured(capsys, CLEAN, "--json"))["figures"]
    assert found["dead_air_time"] == pytest.approx(wanted["dead_air_time"], rel=0.03)
    assert found["talk_time"] == pytest.approx(wanted["talk_time"], abs=0.1)


def as_wav(frames=8000, channels=2, rate=8000):
    file = io.BytesIO()
    soundfile.write(file, np.ones((frames, channels), np.int16), rate, format="WAV")
    return file.getvalue()


BAD = {
    "corrupt": CLEAN.read_bytes()[:20] + bytes(200),
    "empty": b"",
    "without sound": as_wav(frames=0),
    "truncated": CLEAN.read_bytes()[:50_000],
    "a page": b"<html>Not found</html>" * 50,
    "three channels": as_wav(channels=3),
    "odd rate": as_wav(rate=1_000_000),
}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("corrupt", "not sound"),
        ("empty", "not sound"),
        ("without sound", "holds no sound"),
        ("truncated", "ends before"),
        ("a page", "not sound"),
        ("three channels", "3 channels"),
        ("odd rate", "1000000 Hz"),
    ],
)
def test_what_cannot_be_measured_gets_one_clear_sentence(tmp_path, name, why):
    file = tmp_path / "bad.wav"
    file.write_bytes(BAD[name])
    assert why in refused(file)


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    assert "is a folder" in refused(tmp_path)
    assert "no file" in refused(tmp_path / "none.wav")


def test_the_command_ends_with_1_where_nothing_is_set(tmp_path):
    command = [sys.executable, "manage.py", "measure", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env={"PATH": "", "VAR_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("is a folder.")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("text", ["5", "9-5", "a-b", "1-2-3"])
def test_a_hold_that_is_none_is_refused(text):
    with pytest.raises(CommandError, match=r"stretch of time|no time"):
        call_command("measure", str(CLEAN), "--holds", text)
