"""Our own measures of the clips, the clips themselves, and that a wrong tool fails."""

import json
from copy import deepcopy

import pytest

from analytics import recorded
from analytics.metrics import Thresholds
from audio.intervals import Interval
from conformance import make, run

EXPECTED = json.loads(make.EXPECTED.read_text())
CLIPS = {clip["file"]: clip for clip in EXPECTED["clips"]}


def measured(clip):
    result = recorded.measured(
        make.FOLDER / clip["file"],
        thresholds=Thresholds(),
        holds=[Interval(*hold) for hold in clip["holds"]],
    )
    return result.as_json()


def differences(clip, found):
    return list(run.differences(clip, found, EXPECTED["tolerances"]))


@pytest.mark.parametrize("file", CLIPS)
def test_our_measures_are_what_is_expected(file):
    assert differences(CLIPS[file], measured(CLIPS[file])) == []


def test_what_is_expected_follows_from_the_generator():
    assert make.expectations() == EXPECTED


def test_each_clip_lies_beside_what_is_expected_of_it():
    names = {f"clips/{file.name}" for file in make.CLIPS.iterdir()}
    assert names == set(CLIPS)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda found: found["dead_air"].clear(), "dead air"),
        (lambda found: found["figures"].update(dead_air_count=2), "dead_air_count"),
        (lambda found: found["figures"].update(overlap_time=None), "overlap_time"),
        (
            lambda found: found["figures"]["talk_time"].pop("agent"),
            "talk_time of agent",
        ),
        (lambda found: found["speech"]["caller"].pop(), "speech of caller"),
    ],
)
def test_a_tool_that_is_wrong_is_told_where(spoil, told):
    clip = CLIPS["clips/clean.wav"]
    found = deepcopy(measured(clip))
    spoil(found)
    assert any(line.startswith(told) for line in differences(clip, found))


def test_a_tool_of_another_kind_is_asked_for_what_it_knows(tmp_path, capsys):
    tool = tmp_path / "tool.py"
    tool.write_text(
        "import json, sys\n"
        "hold = bool(sys.argv[2])\n"
        "print(json.dumps({'figures': {'hold_count': int(hold)},"
        " 'dead_air': [], 'speech': {}}))\n"
    )
    command = [run.sys.executable, str(tool), "{file}", "{holds}"]
    assert run.main(["--only", "hold_count", *command]) == 0
    assert run.main(["--only", "dead_air", *command]) == 1
    assert "FAILS  clips/clean.wav" in capsys.readouterr().out
