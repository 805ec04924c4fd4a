"""Text out of what a websocket's client sends, however it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from callcenter.messages import texts


def frame(
    payload: bytes, *, mask: bytes = b"\x00\x00\x00\x00", first: int = 0x81
) -> bytes:
    size = len(payload)
    head = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2)
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
    return bytes((first,)) + head + mask + masked


masks = st.binary(min_size=4, max_size=4)
said = st.lists(
    st.tuples(st.one_of(st.text(), st.text(min_size=100, max_size=400)), masks)
)


@given(said, st.lists(st.integers(0, 3000)))
def test_messages_are_read_wherever_they_are_cut(
    messages: list[tuple[str, bytes]], cuts: list[int]
) -> None:
    sent = b"".join(frame(text.encode(), mask=mask) for text, mask in messages)
    # A frame without content is shorter than what is looked at.
    sent += frame(b"end!")
    found: list[str] = []
    rest, at = b"", 0
    for cut in [*sorted(cuts), len(sent)]:
        some, rest = texts(rest + sent[at:cut])
        found += some
        at = max(at, cut)
    assert found == [*(text for text, _ in messages), "end!"]
    assert rest == b""


@given(said, st.sampled_from([0x01, 0x00, 0x80, 0x82, 0x88, 0x89, 0xC1]))
def test_from_what_is_no_whole_text_on_nothing_is_taken(
    messages: list[tuple[str, bytes]], first: int
) -> None:
    before = b"".join(frame(text.encode(), mask=mask) for text, mask in messages)
    other = frame(b"something else", first=first) + frame(b"and what follows")
    assert texts(before + other) == ([text for text, _ in messages], other)


def test_what_is_not_masked_is_left() -> None:
    data = b"\x81\x05hello and more"
    assert texts(data) == ([], data)


def test_what_is_no_text_is_left() -> None:
    data = frame(b"\xff\xfe and so on", mask=b"abcd")
    assert texts(data) == ([], data)


def test_a_length_in_too_many_bytes_is_left() -> None:
    data = b"\x81\xfe\x00\x05\x00\x00\x00\x00hello"
    assert texts(data) == ([], data)


def test_a_message_of_more_than_64_kib_is_left() -> None:
    data = b"\x81\xff" + (70_000).to_bytes(8) + 4 * b"\x00" + 70_000 * b"x"
    assert texts(data) == ([], data)
