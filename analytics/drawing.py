"""The picture of a call as a file that stands alone: SVG from lanes; it measures nothing."""

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from analytics.lanes import LANE_HEIGHT, Bar, Lane, Picture

_WIDTH: Final = 1000
_NAMES: Final = 96  # to the left of the lanes
_MARGIN: Final = 14
_TITLE: Final = 34
_AXIS: Final = 26
_LEGEND: Final = 24
_BAR: Final = 20
# Each differs from its neighbours by its place or its name too, never by colour alone.
_COLOURS: Final = {
    "caller": "#2563a8",
    "agent": "#2f7d4f",
    "assistant": "#7a4fa3",
    "everybody": "#4a5568",
    "waiting": "#b8bfc9",
    "hold": "#d9a520",
    "secure": "#6b7280",
    "dead-air": "#c0392b",
    "overlap": "#b04a8f",
}
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}"
    ".title{font-weight:600;font-size:15px}.quiet{fill:#52606d;font-size:12px}"
)


def svg(picture: Picture, title: str) -> str:
    """The lanes above their axis and a legend; times are told by each bar's tooltip."""
    axis = _TITLE + picture.height
    height = axis + _AXIS + _LEGEND + _MARGIN
    inner = _WIDTH - _NAMES - _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' role="img" aria-label={quoteattr(title)}>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text class="title" x="{_MARGIN}" y="22">{escape(title)}</text>',
        *(_name(lane) for lane in picture.lanes),
        f'<svg x="{_NAMES}" y="{_TITLE}" width="{inner}" height="{picture.height}">',
        *(
            f'<line x1="{tick.left}" x2="{tick.left}" y1="0" y2="100%"'
            ' stroke="#e4e7eb"/>'
            for tick in picture.ticks
        ),
        *(_bar(bar, lane) for lane in picture.lanes for bar in lane.bars),
        "</svg>",
        f'<svg x="{_NAMES}" y="{axis}" width="{inner}" height="{_AXIS}"'
        ' overflow="visible">',
        *(
            f'<text class="quiet" x="{tick.left}" y="16" text-anchor="middle">'
            f"{clock(tick.seconds)}</text>"
            for tick in picture.ticks
        ),
        "</svg>",
        *_legend(picture.kinds, axis + _AXIS + 14),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def clock(seconds: float) -> str:
    """As m:ss, and h:mm:ss from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _name(lane: Lane) -> str:
    y = _TITLE + lane.top + LANE_HEIGHT / 2 + 5
    return f'<text x="{_MARGIN}" y="{y:g}">{escape(lane.kind)}</text>'


def _bar(bar: Bar, lane: Lane) -> str:
    y = lane.top + (LANE_HEIGHT - _BAR) / 2
    told = f"{bar.kind} {bar.start:.2f}–{bar.end:.2f} s"
    return (
        f'<rect x="{bar.left}" y="{y:g}" width="{bar.width}" height="{_BAR}"'
        f' fill="{_COLOURS[bar.kind]}"><title>{escape(told)}</title></rect>'
    )


def _legend(kinds: Iterable[str], y: float) -> list[str]:
    parts, x = [], _NAMES
    for kind in (known for known in _COLOURS if known in set(kinds)):
        parts.append(
            f'<rect x="{x}" y="{y - 10:g}" width="11" height="11"'
            f' fill="{_COLOURS[kind]}"/><text class="quiet" x="{x + 16}" y="{y:g}">'
            f"{escape(kind)}</text>"
        )
        x += 40 + 8 * len(kind)
    return parts
