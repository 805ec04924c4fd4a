"""How often a process that serves stops to look for garbage, which is only what refers to itself."""

import gc
from typing import Final

# Objects made, and not freed again, before the youngest are looked through; how often that
# happens before those that survived it are; and how often that, before all are. With
# Python's own 700, 10 and 10 a process with a thousand desks stood still for 130 to
# 210 ms every four seconds, and found some sixty objects each time.
_THRESHOLDS: Final = (10_000, 20, 50)


def settle() -> None:
    """To be called once all is imported: that stays, and is not looked through any more."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
