"""What a process counts about its live work, for `/metrics`; nothing is decided by it.

Where several processes share `PROMETHEUS_MULTIPROC_DIR` each figure is that of all of them.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

SESSIONS: Final = Gauge(
    "callcopilot_media_sessions",
    "Media streams that are being worked on.",
    multiprocess_mode="livesum",
)
FRAMES: Final = Counter(
    "callcopilot_media_frames", "Frames of 20 ms that were taken from media streams."
)
DROPPED_FRAMES: Final = Counter(
    "callcopilot_media_dropped_frames",
    "Frames that were thrown away because the work had fallen far behind.",
)
LAG: Final = Histogram(
    "callcopilot_event_loop_lag_seconds",
    "How late the event loop came to what was due, ten times a second.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
PRESSURE: Final = Gauge(
    "callcopilot_pressure_level",
    "What is left out because of load: 0 nothing, 1 suggestions, 2 live words too.",
    multiprocess_mode="livemax",
)
DESKS: Final = Gauge(
    "callcopilot_desk_sockets", "Desks that are connected.", multiprocess_mode="livesum"
)
DELIVERIES: Final = Counter(
    "callcopilot_deliveries", "Messages that were given to desks and live calls."
)
