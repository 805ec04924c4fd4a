"""What a command may meet: a refusal; and the guards that every command shares."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from calls.models import Call, User
from vendors.errors import VendorError
from vendors.twilio.failures import already_over


class Refused(Exception):  # noqa: N818  an answer, not an error
    """A command that cannot be done now; nothing was changed.

    `code` is stable, `message` is for the person who asked.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def locked(sid: str) -> Call:
    # No select_related: PostgreSQL re-reads the locked row after a wait, but not a
    # joined one, and the agent of before the wait would be seen.
    try:
        return Call.objects.select_for_update(no_key=True).get(sid=sid)
    except Call.DoesNotExist:
        raise Refused("unknown_call", _("There is no such call.")) from None


def own_call(sid: str, user: User, *, or_whoever_may: str = "") -> Call:
    """The live call, if it is this user's, or the user has the permission named."""
    call = Call.objects.filter(sid=sid).first()
    if call is None:
        raise Refused("unknown_call", _("There is no such call."))
    refuse_if_ended(call)
    others = bool(or_whoever_may) and user.has_perm(or_whoever_may)
    if call.agent_id != user.pk and not others:
        raise Refused("not_yours", _("This call is not yours."))
    return call


def refuse_if_ended(call: Call) -> None:
    if call.has_ended:
        raise Refused("call_ended", _("The call has ended."))


def refuse_unless_connected(call: Call) -> None:
    if not call.conference_sid or call.agent_joined_at is None:
        raise not_connected()


def not_connected() -> Refused:
    return Refused("not_connected", _("You are not connected to the caller yet."))


def ask_twilio(request: Callable[[], object]) -> None:
    """Carry it out, with no row locked. What is over already is as good as done."""
    try:
        request()
    except VendorError as error:
        if already_over(error):
            return
        raise Refused(
            "telephone_unavailable",
            _("The telephone service did not answer. Please try again."),
        ) from error
