"""When a load generator has measured itself."""

import time

from bench.load import BUSIEST, LATEST_SECONDS, Load, generating


def load(*, late: list[float], busy: float) -> Load:
    return Load(late=late, cpu_seconds=busy * 10, seconds=10.0)


def test_a_generator_that_keeps_up_is_no_trouble() -> None:
    fine = load(late=[0.001] * 100, busy=0.3)
    assert fine.troubles("1 call") == []


def test_few_late_messages_are_no_trouble() -> None:
    fine = load(late=[0.001] * 99 + [1.0], busy=0.3)
    assert fine.troubles("1 call") == []


def test_late_messages_are() -> None:
    slow = load(late=[0.001] * 98 + [0.012] * 2, busy=0.3)
    (trouble,) = slow.troubles("10 calls")
    assert trouble.startswith(
        "10 calls: the load generator was late itself, by 12.0 ms"
    )


def test_a_core_without_room_is() -> None:
    busy = load(late=[0.001], busy=0.93)
    (trouble,) = busy.troubles("50 calls")
    assert "busy itself, 93% of a core" in trouble


def test_both_limits_still_count() -> None:
    assert load(late=[LATEST_SECONDS], busy=BUSIEST).troubles("1 call") == []


def test_a_generator_that_sent_nothing_has_measured_nothing() -> None:
    assert load(late=[], busy=0.0).troubles("1 call")


def test_work_is_counted_and_sleep_is_not() -> None:
    with generating() as idle:
        time.sleep(0.2)
    with generating() as busy:
        until = time.process_time() + 0.1
        while time.process_time() < until:
            pass
    assert idle.seconds >= 0.2
    assert idle.cpu_seconds < 0.1 <= busy.cpu_seconds


def test_a_process_that_is_gone_adds_nothing() -> None:
    with generating([2**22 + 1]) as nobody:
        pass
    assert nobody.cpu_seconds < 1.0
