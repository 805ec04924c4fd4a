"""What a desk's beacon tells, asked once for all desks, is what each would be told alone."""

from importlib import import_module

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.models import Permission
from django.utils import timezone

from calls.models import Call, User
from copilot.lookout import Here, Lookout

pytestmark = pytest.mark.django_db(transaction=True)


def a_call(number: int, **more: object) -> Call:
    return Call.objects.create(
        sid=f"CA{number:032}",
        from_number="+15550101001",
        to_number="+15550100000",
        status=Call.Status.IN_PROGRESS,
        created_at=timezone.now(),
        last_number=number,
        **more,
    )


@database_sync_to_async
def a_login(user: User) -> Here:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.create()
    return Here(User.objects.get(pk=user.pk), session.session_key)


def test_a_desk_has_the_calls_that_the_records_say_it_has(
    ada: User, ben: User, sam: User
) -> None:
    a_call(1)
    a_call(2, agent=ada)
    a_call(3, agent=ben)
    a_call(4, agent=ben, also_seen_by=[ada.pk])
    a_call(5, trial=True)
    a_call(6, agent=ada, trial=True)
    for user in (ada, ben, sam):
        on_desk = {call for call in Call.objects.live() if call.is_on_desk_of(user)}
        assert on_desk == set(Call.objects.on_desk_of(user))


async def test_one_look_tells_everybody(ada: User, sam: User) -> None:
    lookout = Lookout(lambda: 0.0)
    await database_sync_to_async(a_call)(7, agent=ada)
    hers, his = await a_login(ada), await a_login(sam)
    with lookout.attended(hers), lookout.attended(his):
        lookout.seen(ada)
        view = await lookout.look()
        assert await lookout.look() is view
    assert view.numbers(ada) == view.numbers(sam) == {f"CA{7:032}": 7}
    assert view.is_unchanged(hers)
    assert view.is_unchanged(his)
    assert (await User.objects.aget(pk=ada.pk)).desk_seen_at is not None
    assert (await User.objects.aget(pk=sam.pk)).desk_seen_at is None


@pytest.mark.parametrize(
    "change",
    [{"password": "!"}, {"is_active": False}, {"role": User.Role.INTEGRATOR}],
)
async def test_who_is_not_as_before_is_looked_at_closely(
    ada: User, change: dict[str, object]
) -> None:
    lookout, hers = Lookout(), await a_login(ada)
    await User.objects.filter(pk=ada.pk).aupdate(**change)
    with lookout.attended(hers):
        assert not (await lookout.look()).is_unchanged(hers)


async def test_so_is_who_has_the_permission_no_more(ada: User) -> None:
    may = await Permission.objects.aget(codename="use_desk")
    await User.objects.filter(pk=ada.pk).aupdate(role=User.Role.INTEGRATOR)
    await ada.user_permissions.aadd(may)
    lookout, hers = Lookout(lambda: 0.0), await a_login(ada)
    with lookout.attended(hers):
        assert (await lookout.look()).is_unchanged(hers)
    await ada.user_permissions.aremove(may)
    lookout = Lookout()
    with lookout.attended(hers):
        assert not (await lookout.look()).is_unchanged(hers)


async def test_so_is_who_has_logged_out(ada: User) -> None:
    lookout, hers = Lookout(), await a_login(ada)
    store = import_module(settings.SESSION_ENGINE).SessionStore(hers.session)
    await database_sync_to_async(store.flush)()
    with lookout.attended(hers):
        assert not (await lookout.look()).is_unchanged(hers)
