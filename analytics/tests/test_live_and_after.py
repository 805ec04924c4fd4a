"""The desk's live ear and the measures after the call have one idea of speech."""

import soundfile
from django.conf import settings

from audio import activity, intervals, mulaw
from audio.intervals import Interval
from copilot.hearing import Ear
from copilot.vocabulary import SpeechStarted, SpeechStopped

CLIPS = settings.BASE_DIR / "conformance" / "clips"


class NoSink:
    """Nobody wants the items."""

    def append(self, item, mulaw): ...

    def commit(self, item): ...

    def discard(self, item): ...


def heard_live(sound):
    """Frames of 20 ms as they come from the telephone."""
    ear = Ear("caller", NoSink(), offset=0.0)
    ear.listen(0.0)
    track, found, start = mulaw.encode(sound), [], 0.0
    for at in range(0, len(track), mulaw.FRAME):
        ear.place(at // 8, track[at : at + mulaw.FRAME])
        for event in ear.hear():
            match event:
                case SpeechStarted():
                    start = event.at
                case SpeechStopped():
                    found.append(Interval(start, event.at))
    return found


def test_what_is_heard_live_is_what_is_measured_afterwards():
    sound = soundfile.read(CLIPS / "noise-10.wav", dtype="int16")[0][:, 1]
    live = intervals.at_least(
        intervals.close_gaps(heard_live(sound), activity.JOINED_BELOW),
        activity.DROPPED_BELOW,
    )
    after = activity.segments([sound])
    assert live == after[: len(live)]
    assert len(after) - len(live) <= 1  # the end of the file ends the last one
    assert live
