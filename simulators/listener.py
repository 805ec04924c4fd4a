"""One ear on one stream of µ-law: bytes in, words out, no clock and no network."""

from simulators.bank import Bank
from simulators.exact import ExactEar, HeardWord
from simulators.tape import Tape

_BITE = 8000


class Listener:
    """Give it every byte of one channel in order; each word comes back once."""

    def __init__(self, bank: Bank) -> None:
        """Listen for what is in the bank, now or later."""
        self._tape = Tape()
        self._exact = ExactEar(bank, self._tape)

    def feed(self, mulaw: bytes) -> list[HeardWord]:
        """The words whose last sample is in these bytes."""
        heard: list[HeardWord] = []
        for start in range(0, len(mulaw), _BITE):
            self._tape.append(mulaw[start : start + _BITE])
            words, _ = self._exact.advance()
            heard += words
        return heard

    def flush(self) -> list[HeardWord]:
        """What can still be said when nothing more will come."""
        return self._exact.flush()
