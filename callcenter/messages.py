"""Text messages out of what a websocket's client has sent; what is anything else is left to others."""

# A frame that is whole and text; the bit that says masked, and lengths that go on.
_TEXT = 0x81
_MASKED = 0x80
_TWO_BYTES = 0x80 | 126
_EIGHT_BYTES = 0x80 | 127
_SHORT_HEAD, _LONG_HEAD = 6, 8


def texts(data: bytes) -> tuple[list[str], bytes]:
    """The messages that the data begins with, and what follows them (RFC 6455, 5.2).

    A message is taken if it is one frame, is all there and is right; from the first
    that is not so on nothing is.
    """
    found: list[str] = []
    at = 0
    while len(data) - at >= _LONG_HEAD and data[at] == _TEXT:
        size = data[at + 1]
        if size == _TWO_BYTES:
            begin, size = at + _LONG_HEAD, int.from_bytes(data[at + 2 : at + 4])
            if size < _TWO_BYTES - _MASKED:
                break
        elif _MASKED <= size < _EIGHT_BYTES:
            begin, size = at + _SHORT_HEAD, size - _MASKED
        else:
            break
        end = begin + size
        if end > len(data):
            break
        try:
            found.append(_unmasked(data[begin:end], data[begin - 4 : begin]).decode())
        except UnicodeDecodeError:
            break
        at = end
    return found, data[at:]


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    """All of it at once, as one number."""
    size = len(payload)
    whole = int.from_bytes((mask * (size // 4 + 1))[:size])
    return (int.from_bytes(payload) ^ whole).to_bytes(size)
