"""What the command says, writes and ends with."""

import json
from pathlib import Path

import pytest

from bench import __main__ as command
from bench.report import Report, Size, Subject
from bench.tables import Table


class Lamps:
    """A subject that measures nothing."""

    NAME = "lamps"
    DESCRIPTION = "how bright they are"

    def __init__(self, report: Report) -> None:
        self.report = report
        self.sizes: list[Size] = []

    def run(self, size: Size) -> Report:
        self.sizes.append(size)
        return self.report


def lamps(**more: list[str]) -> Lamps:
    return Lamps(Report([Table("Lamps", ("lamp", "watts"), [("desk", 7)])], **more))


def ran(file: Path, subjects: list[Subject], *arguments: str) -> int:
    return command.main([*arguments, "--json", str(file)], subjects)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({}, 0),
        ({"missing": ["No lamp."]}, 1),
        ({"overloaded": ["The meter was slow."]}, 3),
        ({"missing": ["No lamp."], "overloaded": ["The meter was slow."]}, 1),
    ],
)
def test_only_a_run_that_counts_ends_with_zero(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    trouble: dict[str, list[str]],
    code: int,
) -> None:
    assert ran(tmp_path / "found.json", [lamps(**trouble)]) == code
    said = capsys.readouterr().out
    assert "desk" in said
    assert all(why in said for whys in trouble.values() for why in whys)
    assert ("COUNTS FOR NOTHING" in said) == ("overloaded" in trouble)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({}, 0),
        ({"overloaded": ["The meter was slow."]}, 0),
        ({"missing": ["No lamp."]}, 1),
    ],
)
def test_a_brief_run_never_counts_and_fails_only_for_what_is_missing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    trouble: dict[str, list[str]],
    code: int,
) -> None:
    file = tmp_path / "found.json"
    assert ran(file, [lamps(**trouble)], "--brief") == code
    said = capsys.readouterr().out
    assert "It counts for nothing" in said
    assert all(why in said for whys in trouble.values() for why in whys)
    assert json.loads(file.read_text())["subjects"]["lamps"]["counts"] is False


def test_the_file_tells_where_and_on_what_it_was_measured(
    tmp_path: Path,
) -> None:
    slow = lamps(overloaded=["The meter was slow."])
    ran(tmp_path / "new" / "found.json", [slow], "--brief")
    found = json.loads((tmp_path / "new" / "found.json").read_text())
    assert set(found["machine"]) == {
        *("commit", "date", "cores", "model", "python", "kernel"),
        *("load before", "load after"),
    }
    assert found["brief"] is True
    assert found["subjects"]["lamps"] == {
        "counts": False,
        "seconds": 0.0,
        "missing": [],
        "overloaded": ["The meter was slow."],
        "tables": [
            {"title": "Lamps", "rows": [{"lamp": "desk", "watts": 7}], "notes": []}
        ],
    }


def test_only_what_is_named_is_measured(
    tmp_path: Path,
) -> None:
    bulbs = lamps()
    bulbs.NAME = "bulbs"
    others = lamps()
    ran(tmp_path / "found.json", [bulbs, others], "lamps", "--brief")
    assert bulbs.sizes == []
    assert others.sizes == [Size(brief=True, alone=True)]


def test_memory_is_watched_for_long_if_that_is_asked_for(tmp_path: Path) -> None:
    subject = lamps()
    ran(tmp_path / "found.json", [subject], "--soak")
    assert subject.sizes == [Size(soak=True)]


def test_an_unknown_subject_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        ran(tmp_path / "found.json", [lamps()], "candles")
    assert "no such subject: candles" in capsys.readouterr().err
