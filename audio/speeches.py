"""The speech of many tracks at once: what `audio.speech` is for one.

Most of the time nothing begins or ends, and only numbers move on, in records, one for
each track. Where something does, the track's own `Speech` takes its hops one by one.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio.speech import HANG, KEY, LOUD, NEVER, ONSET, QUIET, Event, Speech

_NUMBERS = (
    "since",
    "rising_from",
    "loud_from",
    "active_until",
    "active_from",
    "active_before",
)
RECORD: Final = np.dtype([(name, int) for name in _NUMBERS], align=True)

Records = NDArray[Any]
_Kinds = NDArray[np.int8]
_Bools = NDArray[np.bool_]
_Numbers = NDArray[np.int64]


def fresh() -> Records:
    """Silence."""
    return np.array(_numbers(Speech()), RECORD)


def take(
    records: Records,
    speeches: Sequence[Speech],
    kinds: _Kinds,
    unchanging: _Bools,
    counts: _Numbers,
    begins: _Numbers,
) -> dict[int, list[Event]]:
    """What happens, by the number of the track.

    By hop and track: of what kind each is, and whether a block ends with it in which the
    sound has not changed for a while. So many hops count, no more than a speech hangs
    on, and the first of a track is this one since its own first. What does not count is quiet.
    """
    if len(kinds) > HANG:
        raise ValueError("A speech might end between two of these hops.")
    steps = np.arange(1, len(kinds) + 1, dtype=np.int8)[:, np.newaxis]
    counted = steps <= counts
    something = np.flatnonzero(
        _something(records, kinds, unchanging, counted, counts, begins)
    )
    found: dict[int, list[Event]] = {}
    after: list[tuple[int, ...]] = []
    for track in something.tolist():
        speech = speeches[track]
        _recall(speech, records[track].item())
        some = slice(counts[track])
        events = _take_each(
            speech,
            kinds[some, track].tolist(),
            unchanging[some, track].tolist(),
            int(begins[track]),
        )
        if events:
            found[track] = events
        after.append(_numbers(speech))
    _move_on(records, kinds, steps, counted, begins)
    if after:
        records[something] = np.array(after, RECORD)
        unchanging[:, something] = False
    for hop, track in np.argwhere(unchanging).tolist():
        speeches[track].unchanging.append(int(begins[track]) + hop + 1)
    return found


def _something(
    records: Records,
    kinds: _Kinds,
    unchanging: _Bools,
    counted: _Bools,
    counts: _Numbers,
    begins: _Numbers,
) -> _Bools:
    """In which tracks a speech may start or stop, or a key sounds."""
    speaking = records["since"] != NEVER
    active = kinds > QUIET
    # How many hops were loud before these, up to one too few for an onset.
    before = begins - records["loud_from"]
    ahead = np.arange(ONSET - 1, 0, -1)[:, np.newaxis] <= before
    loud = np.concatenate([ahead, kinds == LOUD])
    onset = loud[ONSET - 1 :].copy()
    for back in range(1, ONSET):
        onset &= loud[ONSET - 1 - back : -back]
    hops = np.arange(len(kinds))[:, np.newaxis]
    quiet = np.where(active, hops, counts).min(axis=0)
    over = begins + quiet - records["active_until"] >= HANG
    doubted = (unchanging & active).any(axis=0)
    something: _Bools = np.where(speaking, over | doubted, onset.any(axis=0))
    something |= (kinds == KEY).any(axis=0)
    return something


def _take_each(
    speech: Speech, kinds: Sequence[int], unchanging: Sequence[bool], begin: int
) -> list[Event]:
    events: list[Event] = []
    for now, kind, same in zip(
        range(begin + 1, begin + 1 + len(kinds)), kinds, unchanging, strict=True
    ):
        events += speech.take(kind, now - 1, now)
        if same:
            events += speech.stay_the_same(now, active=kind > QUIET)
    return events


def _move_on(
    records: Records,
    kinds: _Kinds,
    steps: NDArray[np.int8],
    counted: _Bools,
    begins: _Numbers,
) -> None:
    """Where nothing starts and nothing stops, and no key sounds: see `Speech.take`.

    What matters only to whom speaks, or only to others, is moved on for everybody.
    """
    active = kinds > QUIET
    quiet = counted & ~active
    rising = _last(quiet, steps)
    loud = _last(counted & (kinds != LOUD), steps)
    records["rising_from"] = np.where(rising, begins + rising, records["rising_from"])
    records["loud_from"] = np.where(loud, begins + loud, records["loud_from"])
    # The last activity in these hops, the quiet before it, the activity before that.
    until = _last(active, steps)
    pause = _last(quiet & (steps < until), steps)
    earlier = _last(active & (steps < pause), steps)
    was_until = records["active_until"]
    goes_on = (pause == 0) & (was_until == begins)
    before = np.where(earlier, begins + earlier, was_until)
    moved = (until > 0) & ~goes_on
    records["active_before"] = np.where(moved, before, records["active_before"])
    records["active_from"] = np.where(moved, begins + pause, records["active_from"])
    records["active_until"] = np.where(until, begins + until, was_until)


def _last(which: _Bools, steps: NDArray[np.int8]) -> NDArray[np.int8]:
    """The step of each track's last such hop, 0 if there is none."""
    last: NDArray[np.int8] = (which * steps).max(axis=0)
    return last


def _numbers(speech: Speech) -> tuple[int, ...]:
    return tuple(getattr(speech, name) for name in _NUMBERS)


def _recall(speech: Speech, numbers: Sequence[int]) -> None:
    for name, number in zip(_NUMBERS, numbers, strict=True):
        setattr(speech, name, number)
