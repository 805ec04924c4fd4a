"""What the telephone knows of a call, in the words of its page; reads only, and decides nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics import facts
from analytics.lanes import Mark
from calls.models import (
    Call,
    CallbackRequest,
    Customer,
    Message,
    Speaker,
    Transfer,
    User,
    Utterance,
    Voicemail,
)
from calls.templatetags.telephone_numbers import readable

# Of each kind; no call has more, and a page stays a page.
MOST: Final = 50

_TONES: Final = {
    Call.Outcome.HANDLED: "good",
    Call.Outcome.ABANDONED: "bad",
    Call.Outcome.TURNED_AWAY: "bad",
    Call.Outcome.NOT_REACHED: "bad",
    Call.Outcome.VOICEMAIL: "warn",
    Call.Outcome.CALLBACK: "warn",
}
# Twilio's words by what they begin with; of "unknown" there is nothing to say.
_ANSWERED_BY: Final = {
    "human": _("A person"),
    "machine": _("An answering machine"),
    "fax": _("A fax machine"),
}
_REASONS: Final = {
    "declined": _("declined"),
    "missed": _("did not answer"),
    "no-answer": _("did not answer"),
    "busy": _("was busy"),
    "failed": _("could not be reached"),
    "left": _("went away"),
    "call_ended": _("the call ended before"),
}
_KINDS: Final = {Transfer.Kind.COLD: _("cold"), Transfer.Kind.WARM: _("warm")}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of the call, with its name."""

    title: str | Promise
    text: str


@dataclass(frozen=True, slots=True)
class Handover:
    """A transfer: when on the call's clock, by whom to whom, and what came of it."""

    at: float
    by: str
    to: str
    kind: str | Promise
    state: str
    result: str
    reason: str | Promise

    @property
    def text(self) -> str:
        """In one line."""
        who = f"{self.by} → {self.to}"
        result = f"{self.result}: {self.reason}" if self.reason else self.result
        return " · ".join([who, str(self.kind), result])


@dataclass(frozen=True, slots=True)
class Left:
    """A message of the caller, with its words as far as they are known."""

    row: Voicemail
    words: str


def outcome(call: Call) -> tuple[str, str] | None:
    """How it went, and the tone in which that is said; None while nobody knows."""
    if not call.outcome:
        return None
    return call.get_outcome_display(), _TONES[Call.Outcome(call.outcome)]


def other_side(call: Call) -> str:
    """The customer's number, whoever called whom."""
    is_ours = call.direction == Call.Direction.OUTBOUND
    return call.to_number if is_ours else call.from_number


def known(call: Call) -> list[Fact]:
    """What there is to say; what is not known is left out."""
    found: list[tuple[str | Promise, object]] = [
        (_("Line"), call.line and call.line.name),
        (_("Queue"), call.queue),
        (_("Answered by"), _answered_by(call)),
        (_("Disposition"), call.disposition),
    ]
    return [Fact(title, str(value)) for title, value in found if value]


def customer_page(customer: Customer | None, user: User) -> str:
    """Where this person looks after the customer; empty for whoever may not."""
    if customer is None or not user.is_staff:
        return ""
    if not user.has_perm("calls.view_customer"):
        return ""
    return reverse("admin:calls_customer_change", args=[customer.pk])


def handovers(call: Call) -> list[Handover]:
    """Every attempt to hand the call on, the first one first."""
    rows = call.transfers.select_related("by", "to_agent", "to_queue")
    return [_handover(call, row) for row in rows.order_by("began_at", "pk")[:MOST]]


def voicemail(call: Call, said: Iterable[Utterance]) -> Left | None:
    """The message that the caller left, if they did."""
    row = Voicemail.objects.select_related("handled_by").filter(call=call).first()
    if row is None:
        return None
    words = (
        each.text
        for each in said
        if each.speaker == Speaker.CALLER and each.end > row.start
    )
    return Left(row, " ".join(words))


def callback(call: Call) -> CallbackRequest | None:
    """The caller's wish to be called back, if there is one."""
    wishes = CallbackRequest.objects.select_related("handled_by", "answered_with")
    return wishes.filter(call=call).first()


def written(call: Call) -> Sequence[Message]:
    """What the customer was sent on WhatsApp because of this call."""
    sent = call.messages.filter(direction=Message.Direction.OUTBOUND)
    return list(sent.select_related("by")[:MOST])


def marks(call: Call, passed: Iterable[Handover], message: Left | None) -> list[Mark]:
    """Moments that no measure counts: muted, handed on, the message."""
    found = [
        Mark("mute", str(_("Agent muted")), part.start, part.end)
        for part in facts.mutes(call)
    ]
    found += [Mark("transfer", each.text, each.at, each.at) for each in passed]
    if message is not None:
        start, length = message.row.start, message.row.duration
        title = str(_("Voicemail"))
        found.append(Mark("voicemail", title, start, start + length))
    return found


def of(call: Call, user: User, said: Iterable[Utterance]) -> dict[str, Any]:
    """All of it, by the names that the page uses."""
    message, passed = voicemail(call, said), handovers(call)
    return {
        "number": other_side(call),
        "customer_page": customer_page(call.customer, user),
        "outcome": outcome(call),
        "known": known(call),
        "voicemail": message,
        "callback": callback(call),
        "handovers": passed,
        "written": written(call),
        "marks": marks(call, passed, message),
    }


def _answered_by(call: Call) -> str | Promise | None:
    found = (
        words
        for begin, words in _ANSWERED_BY.items()
        if call.answered_by.startswith(begin)
    )
    return next(found, None)


def _handover(call: Call, row: Transfer) -> Handover:
    return Handover(
        at=max(0.0, facts.on_clock(call, row.began_at)),
        by=str(row.by),
        to=_target(row),
        kind=_KINDS[Transfer.Kind(row.kind)],
        state=row.state,
        result=row.get_state_display(),
        reason=_REASONS.get(row.reason, ""),
    )


def _target(row: Transfer) -> str:
    if row.to_queue is None:
        return readable(row.to_number) or str(row.to_agent or "")
    if row.to_agent is None:
        return row.to_queue.name
    return f"{row.to_queue.name} ({row.to_agent})"
