"""The last seconds of a stream of µ-law codes, addressed by sample since its start."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators import fingerprints

KEPT: Final = 20 * 8000


class Tape:
    """Forgets what is older than `KEPT` samples."""

    def __init__(self) -> None:
        """Begin empty, at sample zero."""
        self._codes = np.zeros(2 * KEPT, np.uint8)
        self._used = 0
        self.start = 0

    @property
    def end(self) -> int:
        """The number of samples that ever came."""
        return self.start + self._used

    def append(self, data: bytes) -> None:
        """Put more behind; at most `KEPT` bytes at once."""
        codes = fingerprints.canonical(data)
        if self._used + codes.size > self._codes.size:
            self._forget()
        self._codes[self._used : self._used + codes.size] = codes
        self._used += codes.size

    def view(self, start: int, end: int) -> NDArray[np.uint8]:
        """The codes from `start` up to `end`; valid until the next `append`."""
        return self._codes[start - self.start : end - self.start]

    def _forget(self) -> None:
        dropped = max(0, self._used - KEPT)
        self._codes[: self._used - dropped] = self._codes[dropped : self._used]
        self._used -= dropped
        self.start += dropped
