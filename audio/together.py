"""Live tracks whose sound is looked at together: each is heard as `audio.activity.Detector` hears one.

What is alike for all is done at once, in NumPy, and so is most of what follows a track's
own past, which is in a table. Whoever leaves gives the place in it to the next one.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from audio import bands, keypads, levels, mulaw, speeches
from audio.floor import BLOCK
from audio.keypad import Ringing, Tones
from audio.levels import HOPS_PER_SECOND, LAG
from audio.speech import HANG, KEY, Event, Speech

# Codes of µ-law.
Sound = bytes | bytearray

_HOP = mulaw.RATE // HOPS_PER_SECOND
# Codes of a track that are kept: the hop before, for the keys, and what is before that.
_KEPT = LAG + _HOP
# Hops looked at together, between which no speech can fall silent and end.
_BITE = HANG
_RECORD: Final = np.dtype(
    [
        ("codes", np.uint8, _KEPT),
        ("hops", int),
        ("keypad", keypads.RECORD),
        ("bands", bands.RECORD),
        ("speech", speeches.RECORD),
    ],
    align=True,
)
_BYTES: Final = np.dtype((np.void, _RECORD.itemsize))
_TONES: Final = Tones(mulaw.RATE, _HOP)


class Track:
    """One track's place among others; it is free again when nobody holds this any more."""

    def __init__(self, tracks: "Tracks", place: int) -> None:
        """See `Tracks.join`."""
        self.place = place
        self.speech = Speech()
        self.ringing = Ringing()
        # What does not fill a hop yet.
        self.rest: Sound = b""
        self._tracks = tracks

    def feed_mulaw(self, sound: Sound) -> list[Event]:
        """What this sound makes certain, while nobody else is listened to."""
        return self._tracks.feed([self], [sound]).get(0, [])

    def whole_hops(self, sound: Sound) -> Sound:
        """The sound that came, and what was left over before, without what is left over now."""
        if self.rest or len(sound) % _HOP:
            sound = self.rest + sound
            end = len(sound) // _HOP * _HOP
            sound, self.rest = sound[:end], sound[end:]
        return sound

    def __del__(self) -> None:
        self._tracks.free.append(self.place)


class Tracks:
    """Tracks of µ-law at 8 kHz, in portions of any size."""

    def __init__(self) -> None:
        """Nobody is here yet."""
        fresh = np.zeros((), _RECORD)
        fresh["codes"] = mulaw.SILENCE[0]
        fresh["bands"] = bands.fresh()
        fresh["speech"] = speeches.fresh()
        self._fresh = fresh
        self._records = np.zeros(0, _RECORD)
        self.free: list[int] = []

    def join(self) -> Track:
        """Begin a new track."""
        if not self.free:
            known = len(self._records)
            self._records = np.resize(self._records, 2 * known + 8)
            self.free.extend(range(known, len(self._records)))
        place = self.free.pop()
        self._records[place] = self._fresh
        return Track(self, place)

    def feed(
        self, tracks: Sequence[Track], sounds: Sequence[Sound]
    ) -> dict[int, list[Event]]:
        """What a detector would tell of each track's sound, by its number among these.

        Nobody is among them twice. Most often there is nothing to tell of most.
        """
        pieces = [
            track.whole_hops(sound) for track, sound in zip(tracks, sounds, strict=True)
        ]
        sizes = [len(piece) for piece in pieces]
        longest = max(sizes, default=0)
        if longest <= _BITE * _HOP and all(sizes):
            return self._feed(tracks, pieces) if sizes else {}
        found: dict[int, list[Event]] = {}
        for start in range(0, longest, _BITE * _HOP):
            end = start + _BITE * _HOP
            numbers = [n for n, size in enumerate(sizes) if size > start]
            told = self._feed(
                [tracks[n] for n in numbers], [pieces[n][start:end] for n in numbers]
            )
            for number, events in told.items():
                found.setdefault(numbers[number], []).extend(events)
        return found

    def _feed(
        self, tracks: Sequence[Track], sounds: Sequence[Sound]
    ) -> dict[int, list[Event]]:
        """The same for a few whole hops, at least one, of each."""
        sizes = [len(sound) for sound in sounds]
        size = max(sizes)
        if min(sizes) < size:
            sounds = [sound.ljust(size, mulaw.SILENCE) for sound in sounds]
        counts, most = np.array(sizes) // _HOP, size // _HOP
        places = np.array([track.place for track in tracks])
        records = self._records.take(places)
        codes = np.empty((counts.size, _KEPT + size), np.uint8)
        codes[:, :_KEPT] = records["codes"]
        codes[:, _KEPT:] = np.frombuffer(b"".join(sounds), np.uint8).reshape(-1, size)
        ends = _HOP * counts + (_KEPT + size) * np.arange(counts.size)
        records["codes"] = sliding_window_view(codes.ravel(), _KEPT)[ends]
        samples = mulaw.floats(codes)
        powers = levels.powers(samples, _HOP)
        keys = keypads.sounding(
            records["keypad"],
            [track.ringing for track in tracks],
            _TONES,
            samples[:, LAG:].reshape(-1, most + 1, _HOP),
            powers,
            counts,
        )
        begins = records["hops"].copy()
        before = records["bands"]["before"].transpose(2, 1, 0)
        kinds, unchanging = bands.loudness(
            records["bands"],
            np.concatenate([before, powers.transpose(2, 1, 0)[:, 1:]], axis=1),
            counts,
            begins % BLOCK,
        )
        kinds[keys.T] = KEY
        found = speeches.take(
            records["speech"],
            [track.speech for track in tracks],
            kinds,
            unchanging,
            counts,
            begins,
        )
        records["hops"] += counts
        # As they are; field by field would take five times as long.
        self._records.view(_BYTES)[places] = records.view(_BYTES)
        return found
