"""The sound files that the product serves are those that our own code makes."""

from pathlib import Path

import numpy as np
import soundfile

from audio import mulaw
from simulators import make_sounds


def test_the_files_are_small_and_can_be_made_again(tmp_path: Path):
    make_sounds.main(tmp_path)
    names = sorted(path.name for path in make_sounds.FOLDER.iterdir())
    assert names == ["ringing.wav", "wait.wav"]
    for name in names:
        kept = (make_sounds.FOLDER / name).read_bytes()
        assert kept == (tmp_path / name).read_bytes()
        assert len(kept) <= 300_000


def test_they_are_telephone_sound_and_known_to_the_recognisers():
    """Played and decoded again they are, sample for sample, what was made."""
    for name, sound in make_sounds.files().items():
        samples, rate = soundfile.read(make_sounds.FOLDER / name, dtype="int16")
        assert rate == mulaw.RATE
        assert np.array_equal(samples, mulaw.decode(sound))
