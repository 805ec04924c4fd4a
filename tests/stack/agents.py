"""An agent at a desk with a telephone, as a test holds one; it judges nothing."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import requests

from calls.models import User
from tests.stack import conversations, doors
from tests.stack.conftest import Stack, eventually, history


class Agent:
    """Made by `at_work`."""

    def __init__(self, stack: Stack, user: User, desk: doors.Desk) -> None:
        self.stack = stack
        self.user = user
        self.desk = desk
        self.handset: str | None = None

    def order(self, name: str, sid: str = "", **data: Any) -> dict[str, Any]:
        """Give a command that must be carried out; the answer."""
        answer = self.desk.command(name, sid, **data)
        assert answer["ok"], (name, answer)
        return answer

    def refused(self, name: str, sid: str = "", **data: Any) -> str:
        """Give a command that must be refused; the code."""
        answer = self.desk.command(name, sid, **data)
        assert not answer["ok"], (name, answer)
        assert answer["error"]["message"], name
        return str(answer["error"]["code"])

    def rung(self, sid: str) -> None:
        """Wait until the call rings at this desk."""
        self.heard(sid, "call.offered", lambda data: self.is_meant(data["to"]))

    def is_meant(self, people: list[dict[str, Any]]) -> bool:
        return any(person["id"] == self.user.pk for person in people)

    def heard(
        self,
        sid: str,
        name: str,
        fits: Callable[[dict[str, Any]], bool] = lambda _data: True,
    ) -> dict[str, Any]:
        """Wait for an event of the call whose data fits."""
        return eventually(
            lambda: next(
                (e for e in self.desk.told(sid, name) if fits(e["data"])), None
            ),
            seconds=30,
            what=f"{self.user.username} hears {name} of {sid}",
            instead=lambda: (self.desk.told(sid, name), history(sid)),
        )

    def available(self) -> None:
        """Ready for a call, whatever was before."""
        answers = []

        def accepted() -> bool:
            answers.append(self.desk.command("set_presence", presence="available"))
            return bool(answers[-1]["ok"])

        eventually(
            accepted,
            seconds=20,
            what=f"{self.user.username} becomes available",
            instead=lambda: answers[-1],
        )
        eventually(
            lambda: self.presence() == "available",
            seconds=20,
            what=f"{self.user.username} is available",
            instead=self.presence,
        )

    def presence(self) -> str:
        """As the database has it."""
        return str(User.objects.get(pk=self.user.pk).presence)

    def take(self, sid: str) -> None:
        """Accept the call when it rings, and join it."""
        self.rung(sid)
        self.order("accept", sid)
        self.join(sid)

    def join(self, sid: str) -> None:
        """Let the browser's telephone call in."""
        wish = {"token": self._token(), "params": {"sid": sid}}
        self.handset = self.stack.control("POST", "/_sim/handsets", wish)["sid"]

    def hears(self) -> dict[str, Any]:
        """What the telephone has heard so far."""
        return self.stack.control("GET", f"/_sim/handsets/{self.handset}")

    def hang_up(self) -> None:
        """Put the telephone down, without any command."""
        if self.handset is not None:
            self.stack.control("DELETE", f"/_sim/handsets/{self.handset}")
            self.handset = None

    def _token(self) -> str:
        cookie = doors.cookie_of(self.user)
        session = requests.Session()
        session.cookies.update(cookie)
        page = session.get(f"{self.stack.web}/desk/", timeout=10)
        assert page.status_code == 200
        answer = session.post(
            f"{self.stack.web}/voice-token",
            headers={
                "X-CSRFToken": session.cookies["csrftoken"],
                "Origin": self.stack.web,
            },
            timeout=10,
        )
        return str(answer.json()["token"])


@contextlib.contextmanager
def at_work(stack: Stack, username: str) -> Iterator[Agent]:
    """Somebody of the demo's people, available at a desk; away and hung up afterwards."""
    user = User.objects.get(username=username)
    with doors.open_desk(stack, user) as desk:
        agent = Agent(stack, user, desk)
        desk.snapshot()
        agent.order("set_presence", presence="available")
        try:
            yield agent
        finally:
            agent.hang_up()
            desk.command("set_presence", presence="away")


def quiet_again(stack: Stack, *people: Agent) -> None:
    """No call goes on, every vendor is well, and these are ready for the next call."""
    stack.mend_vendors()
    conversations.end_all(stack)
    for person in people:
        person.hang_up()
        person.available()
