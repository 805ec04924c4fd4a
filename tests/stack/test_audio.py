"""Sound files as callers: a recording that is played again, and a real conversation."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analytics.models import Measures, Step
from calls.models import Call, Recording, Utterance
from tests.stack.conftest import Stack, eventually, settle

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared/audio"
EXCERPT_SECONDS = 75
REPLAYED = ("cross_talk", "dead_air_unannounced")


def ring(path: Path) -> str:
    """`manage.py ring --audio`, as an operator types it; the CallSid."""
    done = subprocess.run(
        [sys.executable, "manage.py", "ring", "--audio", str(path), "--colleague"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return next(word for word in done.stdout.split() if word.startswith("CA"))


def finished(sid: str) -> Call:
    call = eventually(
        lambda: Call.objects.filter(sid=sid, ended_at__isnull=False).first(),
        seconds=150,
        what="the call of a sound file ends",
    )
    settle(call)
    failed = Step.objects.filter(call=call, state="failed")
    assert [(step.name, step.reason) for step in failed] == []
    return call


def figures(call: Call) -> dict:
    return Measures.objects.filter(call=call).latest("id").result["figures"]


@pytest.fixture(scope="module")
def rung(
    stack: Stack, played: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Everything rings at once; what was rung to its CallSid."""
    folder = tmp_path_factory.mktemp("sounds")
    files = {name: conversation(stack, played[name], folder) for name in REPLAYED}
    if REAL.is_dir():
        files["real"] = excerpt(folder)
    return {name: ring(file) for name, file in files.items()}


def conversation(stack: Stack, sid: str, folder: Path) -> Path:
    """The recording from the moment on in which somebody was connected."""
    settle(Call.objects.get(sid=sid))
    recording = Recording.objects.get(call__sid=sid)
    sound, rate = soundfile.read(recording.file.path, dtype="int16")
    since = round(stack.performance(sid)["connected_at"] * rate)
    path = folder / f"{sid}.wav"
    soundfile.write(path, sound[since:], rate)
    return path


def excerpt(folder: Path) -> Path:
    """The first part of a real telephone conversation; caller left, agent right."""
    sides = [
        soundfile.read(REAL / f"real_call_{side}.wav", dtype="int16")
        for side in ("caller", "agent")
    ]
    rate = sides[0][1]
    path = folder / "real.wav"
    both = np.stack([sound[: EXCERPT_SECONDS * rate] for sound, _rate in sides], axis=1)
    soundfile.write(path, both, rate)
    return path


@pytest.mark.parametrize("name", REPLAYED)
def test_a_recording_played_again_gives_the_same_measures(name, played, rung):
    before = figures(Call.objects.get(sid=played[name]))
    after = figures(finished(rung[name]))
    for figure in ("dead_air_time", "overlap_time"):
        assert after[figure] == pytest.approx(before[figure], rel=0.03, abs=0.15)
    for figure in ("dead_air_count", "interruptions", "hold_count"):
        assert after[figure] == before[figure]
    for side, seconds in before["talk_time"].items():
        assert after["talk_time"][side] == pytest.approx(seconds, rel=0.03, abs=0.3)


@pytest.mark.parametrize("name", REPLAYED)
def test_a_recording_played_again_has_the_same_words(name, played, rung):
    def words(sid: str) -> list[str]:
        final = Utterance.objects.filter(call__sid=sid, source="final")
        return [word["text"] for line in final for word in line.words]

    finished(rung[name])
    assert words(rung[name]) == words(played[name])


def test_a_real_conversation_goes_through_with_plausible_measures(rung):
    if "real" not in rung:
        pytest.skip("the real conversation is not on this machine")
    call = finished(rung["real"])
    measured = figures(call)
    assert EXCERPT_SECONDS < measured["duration"] < EXCERPT_SECONDS + 20
    shares = measured["talk_share"]
    assert sum(shares.values()) == pytest.approx(1.0, abs=0.002)
    assert min(shares.values()) > 0.1
    assert measured["dead_air_time"] < EXCERPT_SECONDS / 2
    # Nobody here has ever rendered these voices: no word may be made up.
    texts = Utterance.objects.filter(call=call).values_list("text", flat=True)
    assert set(" ".join(texts).split()) <= {"[unrecognised]"}
