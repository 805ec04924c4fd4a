"""The ledger: nothing spoken is lost, and nothing is told twice."""

from hypothesis import given
from hypothesis import strategies as st

from vendors.openai.ledger import Append, Clear, Commit, Ledger, Outgoing

SECOND = b"\x01" * 8000
TENTH = SECOND[:800]


def everything(ledger: Ledger) -> list[Outgoing]:
    out = []
    while (message := ledger.next()) is not None:
        out.append(message)
    return out


def test_sound_goes_out_once_and_in_order() -> None:
    ledger = Ledger()
    ledger.append("a", TENTH)
    assert everything(ledger) == [Append(TENTH)]
    ledger.append("a", TENTH)
    ledger.commit("a")
    assert everything(ledger) == [Append(TENTH), Commit("a")]
    assert everything(ledger) == []


def test_a_completed_turn_is_told_once() -> None:
    ledger = Ledger()
    ledger.append("a", TENTH)
    ledger.commit("a")
    everything(ledger)
    ledger.acknowledged("item_1")
    assert ledger.completed("item_1") == "a"
    assert ledger.completed("item_1") is None
    assert ledger.settled


def test_a_new_connection_gets_all_that_was_not_answered() -> None:
    ledger = Ledger()
    for item in ("a", "b", "c"):
        ledger.append(item, TENTH)
        ledger.commit(item)
    ledger.append("d", TENTH)
    everything(ledger)
    ledger.acknowledged("item_1")
    ledger.completed("item_1")
    ledger.rewind()
    assert everything(ledger) == [
        *(Append(TENTH), Commit("b")),
        *(Append(TENTH), Commit("c")),
        Append(TENTH),
    ]
    ledger.acknowledged("item_9")
    assert ledger.completed("item_9") == "b"


def test_texts_that_come_out_of_order_find_their_turns() -> None:
    ledger = Ledger()
    for item in ("a", "b"):
        ledger.append(item, TENTH)
        ledger.commit(item)
    everything(ledger)
    ledger.acknowledged("item_1")
    ledger.acknowledged("item_2")
    assert ledger.completed("item_2") == "b"
    assert ledger.completed("item_1") == "a"


def test_words_before_the_commit_belong_to_the_turn_being_sent() -> None:
    ledger = Ledger()
    ledger.append("a", TENTH)
    everything(ledger)
    assert ledger.heard("item_1", "Good") == ("a", "Good")
    assert ledger.heard("item_1", " day") == ("a", "Good day")
    ledger.commit("a")
    everything(ledger)
    ledger.acknowledged("item_1")
    assert ledger.completed("item_1") == "a"


def test_a_turn_too_short_for_the_vendor_is_filled_with_silence() -> None:
    ledger = Ledger()
    ledger.append("a", b"\x01" * 10)
    ledger.commit("a")
    assert everything(ledger) == [Append(b"\x01" * 10 + b"\xff" * 790), Commit("a")]


def test_a_discarded_turn_is_cleared_where_it_was_sent() -> None:
    ledger = Ledger()
    ledger.append("a", TENTH)
    everything(ledger)
    ledger.discard("a")
    ledger.append("b", TENTH)
    assert everything(ledger) == [Clear(), Append(TENTH)]


def test_a_discarded_turn_that_was_not_sent_leaves_no_trace() -> None:
    ledger = Ledger()
    ledger.append("a", TENTH)
    ledger.discard("a")
    assert everything(ledger) == []


def test_a_failed_turn_is_sent_once_more_after_the_one_being_sent() -> None:
    ledger = Ledger()
    ledger.append("a", TENTH)
    ledger.commit("a")
    ledger.append("b", TENTH)
    everything(ledger)
    ledger.acknowledged("item_1")
    assert ledger.failed("item_1") is None
    assert everything(ledger) == []
    ledger.commit("b")
    assert everything(ledger) == [Commit("b"), Append(TENTH), Commit("a")]
    ledger.acknowledged("item_2")
    ledger.acknowledged("item_3")
    assert ledger.failed("item_3") == "a"


def test_a_commit_that_was_refused_is_not_waited_for() -> None:
    ledger = Ledger()
    for item in ("a", "b"):
        ledger.append(item, TENTH)
        ledger.commit(item)
    everything(ledger)
    assert ledger.refused("a")
    ledger.acknowledged("item_1")
    assert ledger.completed("item_1") == "b"
    assert ledger.settled


def test_the_oldest_turn_is_given_up_when_too_much_waits() -> None:
    ledger = Ledger(seconds=3)
    ledger.append("a", SECOND * 2)
    ledger.commit("a")
    assert ledger.append("b", SECOND) == []
    assert ledger.append("b", TENTH) == ["a"]


def test_a_turn_longer_than_all_that_may_wait_loses_its_beginning() -> None:
    ledger = Ledger(seconds=2)
    for letter in b"abc":
        assert ledger.append("a", bytes([letter]) * 8000) == []
    ledger.commit("a")
    sent = b"".join(m.audio for m in everything(ledger) if isinstance(m, Append))
    assert sent == b"b" * 8000 + b"c" * 8000


@given(
    st.lists(
        st.sampled_from(["speak", "commit", "send", "acknowledge", "answer", "drop"]),
        max_size=60,
    )
)
def test_whatever_happens_every_turn_is_written_down_exactly_once(
    steps: list[str],
) -> None:
    ledger = Ledger()
    vendor = Vendor()
    turns, told = 1, []
    for step in [*steps, "commit", "drop", *["send", "acknowledge", "answer"] * 70]:
        match step:
            case "speak":
                ledger.append(str(turns), bytes([turns]) * 800)
            case "commit":
                ledger.append(str(turns), bytes([turns]) * 800)
                ledger.commit(str(turns))
                turns += 1
            case "send":
                vendor.hear(ledger.next())
            case "acknowledge":
                vendor.acknowledge(ledger)
            case "answer":
                told += vendor.answer(ledger)
            case "drop":
                vendor = Vendor()
                ledger.rewind()
    assert sorted(told) == sorted((str(n), n) for n in range(1, turns))


class Vendor:
    """Hears turns and writes down whose voice was in each."""

    def __init__(self) -> None:
        self.buffer = b""
        self.commits: list[tuple[str, int]] = []
        self.named: list[tuple[str, int]] = []

    def hear(self, message: Outgoing | None) -> None:
        if isinstance(message, Append):
            self.buffer += message.audio
        elif isinstance(message, Commit):
            assert len(set(self.buffer)) == 1, "two turns were mixed"
            name = f"item_{len(self.commits) + len(self.named)}_{id(self)}"
            self.commits.append((name, self.buffer[0]))
            self.buffer = b""

    def acknowledge(self, ledger: Ledger) -> None:
        if self.commits:
            name, voice = self.commits.pop(0)
            self.named.append((name, voice))
            ledger.acknowledged(name)

    def answer(self, ledger: Ledger) -> list[tuple[str, int]]:
        if not self.named:
            return []
        name, voice = self.named.pop()
        item = ledger.completed(name)
        return [(item, voice)] if item else []
