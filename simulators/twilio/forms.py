"""The parameters of a REST request, read strictly; what they mean is decided by who asks for them."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from multidict import MultiMapping

from simulators.twilio.errors import invalid
from simulators.twilio.webhooks import Callback


class Form:
    """Parameters by name; a name that the resource does not know is refused."""

    def __init__(self, given: MultiMapping[str], allowed: Iterable[str]) -> None:
        self._given = given
        unknown = sorted(set(given) - set(allowed))
        if unknown:
            raise invalid(f"Parameter '{unknown[0]}' is not known")

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str, default: str = "") -> str:
        return self._given.get(name, default)

    def required(self, name: str, code: int = 21201) -> str:
        value = self._given.get(name, "")
        if not value:
            raise invalid(f"Parameter '{name}' is required", code)
        return value

    def many(self, name: str) -> frozenset[str]:
        """A repeated parameter, or one with spaces between its words."""
        values = self._given.getall(name, [])
        return frozenset(word for value in values for word in value.split())

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(self._given.getall(name, []))

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._given.get(name)
        if value is None:
            return default
        if value.lower() not in {"true", "false"}:
            raise invalid(f"Parameter '{name}' is neither true nor false")
        return value.lower() == "true"

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        value = self._given.get(name)
        if value is None:
            return default
        if not value.isdigit() or not lowest <= int(value) <= highest:
            raise invalid(f"Parameter '{name}' is not from {lowest} to {highest}")
        return int(value)

    def choice(self, name: str, choices: Iterable[str], default: str = "") -> str:
        value = self._given.get(name)
        if value is None:
            return default
        if value not in set(choices):
            raise invalid(f"Parameter '{name}' has an invalid value")
        return value

    def method(self, name: str, default: str = "POST") -> str:
        return self.choice(name, ("GET", "POST"), default)

    def url(self, name: str, code: int = 21205) -> str:
        """An absolute URL, or nothing."""
        value = self._given.get(name, "")
        if value and not _is_absolute(value):
            raise invalid(f"Parameter '{name}' is not a valid URL", code)
        return value

    def callback(
        self, prefix: str, events: Iterable[str], default: str
    ) -> Callback | None:
        """The three parameters of a callback, as `StatusCallback…`."""
        url = self.url(prefix, 21609)
        wanted = self.many(f"{prefix}Event") or frozenset({default})
        if wanted - set(events):
            raise invalid(f"Parameter '{prefix}Event' has an invalid value", 21626)
        return Callback(url, wanted, self.method(f"{prefix}Method")) if url else None


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
