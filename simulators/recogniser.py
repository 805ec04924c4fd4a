"""Speech recognition by the audio itself: it knows what the voices rendered, no more.

A word is heard when all its samples arrived, whole and in order; anything that damages
them damages the word. Audio that was never rendered is never given words.
"""

from simulators.bank import Bank
from simulators.hearing import HeardWord
from simulators.listener import Listener

__all__ = ["Bank", "HeardWord", "Listener", "bank", "recognise"]

bank = Bank()


def recognise(mulaw: bytes, among: Bank = bank) -> list[HeardWord]:
    """The words of a whole recording, one channel."""
    listener = Listener(among)
    words: list[HeardWord] = []
    for start in range(0, len(mulaw), 8000):
        words += listener.feed(mulaw[start : start + 8000])
    return words + listener.flush()
