"""What the history subject says of what it measured; nothing is measured here."""

from bench import history

CASE = {
    "what": "list",
    "database p50 ms": 1.0,
    "p95 ms": 2.0,
    "page p50 ms": 9.0,
    "page p95 ms": 12.0,
    "wanted ms": 5.0,
    "queries": 9,
    "reference": None,
    "reference ms": None,
    "slowest ms": 0.8,
    "plan": "Limit  (cost=1)\n  ->  Index Scan using newest on calls  (cost=1)\n",
}
FOUND = {
    "calls": 20_000,
    "utterances": 400_000,
    "bytes": 2**30,
    "file": {"lines": 50, "lines a second": 9.0, "MiB": 1.0, "grew by MiB": 0.0},
    "cases": [CASE],
    "writing": [{"how": "bare", "rows": 100, "rows a second": 50.0}],
}
FILLED = {"calls": 20_000, "seconds": 10.0, "on": "2026-11-01T09:00Z"}


def test_each_case_stands_beside_what_was_wanted_and_how_it_was_found() -> None:
    figures, written, plans = history.tables(FOUND, FILLED)
    assert figures.rows[0][:3] == ("list", 1.0, 2.0)
    assert "2,000 calls a second" in figures.as_text()
    assert written.rows[0] == ("bare", 100, 50.0)
    assert written.rows[1][1:] == (400_000, 40_000.0)
    assert plans.rows == [("list", 0.8, "Index Scan using newest on calls")]
