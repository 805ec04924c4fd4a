"""Makes the sound files of static/sounds again: `python -m simulators.make_sounds`."""

from pathlib import Path
from typing import Final

import soundfile

from audio import mulaw
from simulators import voices

FOLDER: Final = Path(__file__).parents[1] / "static" / "sounds"


def files() -> dict[str, bytes]:
    """What callers and agents hear while they wait, as µ-law, by file name."""
    return {
        "wait.wav": voices.hold_music(),
        # One ring: two seconds of tone, four of silence.
        "ringing.wav": voices.ringback(),
    }


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, sound in files().items():
        samples = mulaw.decode(sound)
        soundfile.write(folder / name, samples, mulaw.RATE, "ULAW", format="WAV")


if __name__ == "__main__":
    main()
