"""Percentiles, and tables for people and for machines."""

import pytest

from bench.tables import Table, percentile

HUNDRED = [float(number) for number in range(1, 101)]


@pytest.mark.parametrize(
    ("share", "found"), [(0.01, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)]
)
def test_a_percentile_is_a_sample_by_its_rank(share: float, found: float) -> None:
    assert percentile(HUNDRED, share) == found


def test_the_order_of_the_samples_is_no_matter() -> None:
    assert percentile(HUNDRED[::-1], 0.9) == 90.0


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_one_sample_is_every_percentile(share: float) -> None:
    assert percentile([7.0], share) == 7.0


def test_the_99th_of_few_samples_is_the_largest() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_no_samples_have_no_percentile() -> None:
    assert percentile([], 0.5) is None


@pytest.fixture
def table() -> Table:
    return Table(
        title="Lamps",
        columns=("lamp", "watts", "hours"),
        rows=[("harbour", 60, 12.345), ("desk", 7, None)],
        notes=["All are lit."],
    )


def test_a_table_aligns_numbers_to_the_right(table: Table) -> None:
    assert table.as_text().splitlines() == [
        "Lamps",
        "",
        "lamp     watts  hours",
        "-------  -----  -----",
        "harbour     60   12.3",
        "desk         7      -",
        "",
        "All are lit.",
    ]


def test_machines_get_rows_by_name_and_whole_numbers(table: Table) -> None:
    assert table.as_json() == {
        "title": "Lamps",
        "rows": [
            {"lamp": "harbour", "watts": 60, "hours": 12.345},
            {"lamp": "desk", "watts": 7, "hours": None},
        ],
        "notes": ["All are lit."],
    }
