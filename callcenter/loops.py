"""The event loop of the processes that serve: uvloop's where there is one."""

import asyncio
from collections.abc import Callable

make_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
try:
    import uvloop
except ImportError:  # not on every system
    pass
else:
    make_loop = uvloop.new_event_loop
