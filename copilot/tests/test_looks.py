"""One look at many calls."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call
from calls.services import lifecycle
from copilot.looks import Looks, look_at

pytestmark = pytest.mark.django_db(transaction=True)


def calls(count: int) -> list[int]:
    return [
        lifecycle.register_call(
            sid="CA" + f"{number:032}", from_number="+15550107788", to_number="+1"
        ).pk
        for number in range(count)
    ]


async def test_everybody_who_wants_to_know_is_told_by_the_same_look() -> None:
    looks = Looks(every=0.05)
    first, second = await database_sync_to_async(calls)(2)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(looks.next(pk)) for pk in (first, second)]
    assert asked[0].result() is asked[1].result()
    assert asked[0].result().keys() == {first, second}


async def test_what_has_changed_is_seen_by_the_next_look() -> None:
    looks = Looks(every=0.05)
    (pk,) = await database_sync_to_async(calls)(1)
    before = await looks.next(pk)
    await Call.objects.filter(pk=pk).aupdate(last_number=77)
    after = await looks.next(pk)
    assert (before[pk].call.last_number, after[pk].call.last_number) != (77, 77)
    assert after[pk].call.last_number == 77


async def test_who_leaves_takes_the_look_from_nobody() -> None:
    looks, before = Looks(every=0.05), len(asyncio.all_tasks())
    first, second = await database_sync_to_async(calls)(2)
    async with asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(looks.next(first))
        staying = tasks.create_task(looks.next(second))
        await asyncio.sleep(0)
        leaving.cancel()
    assert second in staying.result()
    assert len(asyncio.all_tasks()) == before


async def test_nobody_looks_when_all_have_left() -> None:
    looks, before = Looks(every=60), len(asyncio.all_tasks())
    async with asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(looks.next(1))
        await asyncio.sleep(0)
        leaving.cancel()
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == before


def test_many_calls_are_one_question() -> None:
    known = calls(5)
    with CaptureQueriesContext(connection) as asked:
        assert look_at([*known, 0]).keys() == set(known)
    assert len(asked) == 1
