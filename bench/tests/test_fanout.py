"""The arithmetic of the fan-out's figures, and the frames that its desks read and write."""

import socket
import struct

import pytest

from bench.fanout import figures
from bench.fanout.desks import Broken, Desks
from bench.fanout.figures import Told
from bench.load import Load


def told(*arrived: float, rates: tuple[float, ...] = ()) -> Told:
    one = Told(rates=[*rates], idle=0.01, server=0.5, loads=[Load([0.002], 1.0, 10.0)])
    one.add(10.0, arrived)
    return one


def test_a_lag_is_from_the_commit_to_each_desk_and_the_last_is_the_events() -> None:
    event = told(10.010, 10.030, 10.020)
    assert event.lags == pytest.approx([0.010, 0.030, 0.020])
    assert event.lasts == pytest.approx([0.030])


def test_the_designs_stand_beside_each_other_with_their_ratio() -> None:
    measured = [
        (
            3,
            told(10.01, 10.02, 10.03, rates=(1000.0, 900.0, 500.0)),
            told(10.5, rates=(100.0,)),
        )
    ]
    table = figures.table(measured)
    ours, stock = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert ours["p50"] == pytest.approx(20.0)
    assert ours["p99"] == pytest.approx(30.0)
    assert ours["late p99"] == pytest.approx(2.0)
    assert (ours["deliveries/s"], ours["from"], ours["to"]) == (900, 500, 1000)
    assert stock["deliveries/s"] == 100
    assert table.notes == ["3 desks: 9.0 times the deliveries of the stock design."]


def text(payload: bytes) -> bytes:
    """A frame of the server's."""
    if len(payload) < 126:
        return bytes((0x81, len(payload))) + payload
    return bytes((0x81, 126)) + struct.pack("!H", len(payload)) + payload


@pytest.fixture
def line():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_marks_are_found_in_frames_however_they_are_cut(line) -> None:
    ours, theirs = line
    desks = Desks([ours], watched="")
    told = text(b'{"mark": "mark-7-"}') + text(b" " * 300 + b"mark-8-")
    for piece in (told[:9], told[9:40], told[40:]):
        theirs.send(piece)
        desks.wait(0.01)
    assert {mark: len(moments) for mark, moments in desks.seen.arrived.items()} == {
        b"mark-7-": 1,
        b"mark-8-": 1,
    }


def test_a_ping_is_answered_and_a_close_is_no_desk(line) -> None:
    ours, theirs = line
    desks = Desks([ours], watched="")
    theirs.send(bytes((0x89, 2)) + b"hi")
    desks.wait(0.01)
    assert bytes((0x8A, 0x82, 0, 0, 0, 0)) + b"hi" in theirs.recv(100)
    theirs.send(bytes((0x88, 2)) + struct.pack("!H", 1013))
    with pytest.raises(Broken):
        desks.wait(0.1)
