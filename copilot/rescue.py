"""When a caller has waited too long for an agent's answer; what is said then is not known here."""

from copilot.vocabulary import Decision, OfferHolding, WithdrawHolding


class Rescue:
    """At most one offer for each wait. `after` is in seconds; 0 offers nothing."""

    def __init__(self, after: float) -> None:
        self._after = after
        self._since: float | None = None
        self._offered = False

    def caller_waits(self, since: float) -> None:
        """The caller has ended a turn, and the agent is silent."""
        self._since = since

    def over(self) -> list[Decision]:
        """Somebody speaks, or there is nobody to be rescued."""
        self._since = None
        was_offered, self._offered = self._offered, False
        return [WithdrawHolding()] if was_offered else []

    def passed(self, now: float) -> list[Decision]:
        """Time has passed."""
        since = self._since
        if not self._after or since is None or now - since < self._after:
            return []
        self._since = None
        self._offered = True
        return [OfferHolding(waited=now - since)]
