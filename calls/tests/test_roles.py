"""Who may do a thing is the same whether one asks for the person or for all of them."""

import pytest
from django.contrib.auth.models import Group, Permission

from calls.models import User
from calls.roles import ROLE_PERMISSIONS, RoleBackend

BY_ROLE = sorted(frozenset[str]().union(*ROLE_PERMISSIONS.values()))


@pytest.fixture
def everybody(ada: User, ben: User, sam: User) -> list[User]:
    """One of each role, a superuser, one given a permission, one in a group, one who left."""
    deal_out = Permission.objects.get(codename="change_queue")
    group = Group.objects.create(name="planners")
    group.permissions.add(deal_out)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    given, member, _root = (
        User.objects.create(username=name, role=User.Role.INTEGRATOR, **more)
        for name, more in (("kim", {}), ("lou", {}), ("root", {"is_superuser": True}))
    )
    given.user_permissions.add(deal_out)
    member.groups.add(group)
    return list(User.objects.all())


@pytest.mark.parametrize("name", [*BY_ROLE, "analytics.view_original"])
def test_all_who_have_it_are_those_who_have_it(
    everybody: list[User], name: str
) -> None:
    have = {user for user in everybody if user.has_perm(name)}
    assert set(RoleBackend().with_perm(name)) == have


def test_a_permission_may_be_asked_for_by_its_row(everybody: list[User]) -> None:
    row = Permission.objects.get(codename="change_queue")
    by_row, by_name = (
        RoleBackend().with_perm(row),
        RoleBackend().with_perm("calls.change_queue"),
    )
    assert set(by_row) == set(by_name)
    assert len(by_row) == 4  # a supervisor, the superuser, and whom it was given


def test_those_who_left_are_found_where_they_are_asked_for(
    ben: User, everybody: list[User]
) -> None:
    assert ben not in RoleBackend().with_perm("calls.use_desk")
    assert ben in RoleBackend().with_perm("calls.use_desk", is_active=None)


def test_there_is_no_permission_for_one_row(everybody: list[User], ada: User) -> None:
    assert not RoleBackend().with_perm("calls.use_desk", obj=ada)
