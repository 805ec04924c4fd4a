"""The people of the demo: who can log in on a laptop with no account anywhere."""

import itertools
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import QuerySet

from calls.models import ApiToken, User
from calls.roles import GIVEN_IN_PERSON
from calls.services import tokens


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    name: str
    role: str
    password: str


DEMO_LOGINS = (
    Person("agent", "Ada Lindqvist", User.Role.AGENT, "demo-agent"),
    Person("agent2", "Ben Okafor", User.Role.AGENT, "demo-agent2"),
    Person("supervisor", "Sam Duarte", User.Role.SUPERVISOR, "demo-supervisor"),
)
_COLLEAGUES = ("Mira Hansen", "Jonas Weber", "Lucía Ortega", "Tom Reilly")


# The key of the demo's integrator; known to everybody, like the passwords above.
DEMO_TOKEN = "ccp_demo-integrator-0123456789"  # noqa: S105  a demo's key


def load_demo_people(*, colleagues: list[str], colleague_password: str) -> list[User]:
    """Make the demo's users, who then belong to whoever edits them; the new colleagues among them.

    Simulated colleagues get the password of this start.
    """
    names = itertools.cycle(_COLLEAGUES)
    # One hash for all of them, and none twice: a hash is slow on purpose.
    shared = make_password(colleague_password)
    new: list[User] = []
    with transaction.atomic():
        for person in DEMO_LOGINS:
            user, made = _user(person)
            if not user.password:
                user.set_password(person.password)
                user.save()
            if made and person.role == User.Role.SUPERVISOR:
                # So that somebody can try what no role may.
                user.user_permissions.set(_given_in_person())
        for username, name in zip(colleagues, names, strict=False):
            user, made = _user(Person(username, name, User.Role.AGENT, ""))
            user.password = shared
            user.save()
            if made:
                new.append(user)
        _load_integrator()
    return new


def has_demo_people() -> bool:
    return User.objects.filter(username="colleague1").exists()


def _user(person: Person) -> tuple[User, bool]:
    first, last = person.name.split(" ", 1)
    return User.objects.get_or_create(
        username=person.username,
        defaults={
            "first_name": first,
            "last_name": last,
            "role": person.role,
            "is_staff": person.role == User.Role.SUPERVISOR,
        },
    )


def _given_in_person() -> QuerySet[Permission]:
    names = [name.partition(".")[2] for name in GIVEN_IN_PERSON]
    return Permission.objects.filter(codename__in=names)


def _load_integrator() -> None:
    """Somebody who uses the API, with a key; a revoked one stays revoked."""
    user, made = _user(Person("integrator", "Shop Website", User.Role.INTEGRATOR, ""))
    if not made:
        return
    user.set_unusable_password()
    user.save()
    token = ApiToken(user=user, name="Demo")
    tokens.describe(token=token, secret=DEMO_TOKEN).save()
