"""The people of the demo: who can log in on a laptop with no account anywhere."""

import itertools
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from calls.models import User


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


def load_demo_people(*, colleagues: list[str], colleague_password: str) -> None:
    """Make or refresh the demo's users; simulated colleagues get the password of this start."""
    names = itertools.cycle(_COLLEAGUES)
    played = (
        Person(username, name, User.Role.AGENT, colleague_password)
        for username, name in zip(colleagues, names, strict=False)
    )
    # One hash for all of them, and none twice: a hash is slow on purpose.
    shared = make_password(colleague_password)
    with transaction.atomic():
        for person in DEMO_LOGINS:
            user = _user(person)
            if not user.password:
                user.set_password(person.password)
            user.save()
        for person in played:
            user = _user(person)
            user.password = shared
            user.save()


def has_demo_people() -> bool:
    return User.objects.filter(username="colleague1").exists()


def _user(person: Person) -> User:
    first, last = person.name.split(" ", 1)
    user, _made = User.objects.get_or_create(username=person.username)
    user.first_name, user.last_name = first, last
    user.role = person.role
    user.is_staff = person.role == User.Role.SUPERVISOR
    return user
