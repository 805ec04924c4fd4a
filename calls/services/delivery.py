"""Getting messages to Twilio exactly once, and knowing how far each has got.

Twilio knows no key by which it could tell a repeated request. So a message is a row
before Twilio is asked (waiting), is marked just before asking (asking), and gets
Twilio's SID afterwards. A row that stays marked is in doubt: its worker died, or the
answer was lost. Twilio's list of messages then says whether it was sent, and so does
the first report about it, which carries our id. One message of a customer is asked for
at a time: they arrive in the order in which they were written, and what the list shows
belongs to the one in doubt.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from calls import message_errors, message_status
from calls.addresses import public
from calls.models import Customer, Message
from calls.services.threads import tell
from calls.telephone import messaging
from vendors.errors import VendorError
from vendors.twilio.failures import was_refused
from vendors.twilio.messaging import TwilioMessage

logger = logging.getLogger(__name__)

# Before this a worker may still be waiting for Twilio's answer.
_LOOK_AFTER: Final = timedelta(seconds=12)
# How far Twilio's clock may be behind ours.
_SKEW: Final = timedelta(seconds=60)
# What could not be handed over for so long is given up, and says so.
_GIVE_UP: Final = timedelta(hours=1)
# A waiting message is left to the task that was queued for it, for so long.
_QUEUED_FOR: Final = timedelta(seconds=5)
# How many are looked at in one round.
_ROUND: Final = 50
_TASK: Final = "calls.tasks.send_message"
# Publishing happens in requests too: a hung broker must not hang them.
_BROKER_PATIENCE: Final = {
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "max_retries": 0,
}


def enqueue(message_id: UUID) -> None:
    """By name, since tasks are above services. What is lost here the next round brings again."""
    try:
        with current_app.connection_for_write(
            transport_options=_BROKER_PATIENCE
        ) as connection:
            current_app.send_task(
                _TASK, args=[str(message_id)], connection=connection, retry=False
            )
    except (OperationalError, OSError):
        logger.warning("message %s not queued: the broker is away", message_id)


# Handing over


def transmit(*, message_id: UUID) -> None:
    """Hand over what waits for this message's customer, in the order in which it was written."""
    found = Message.objects.filter(pk=message_id).values_list("customer").first()
    if found is None:
        return
    while (message := claim(customer_id=found[0])) is not None:
        if not _hand_over(message):
            return


def claim(*, customer_id: int) -> Message | None:
    """Mark the customer's next message as being asked for; None if there is none, or one is."""
    with transaction.atomic():
        # Orders the workers that have the same customer's messages.
        Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        thread = Message.objects.to_customer(customer_id)
        if thread.filter(status=Message.Status.ASKING).exists():
            return None
        waiting = thread.filter(status=Message.Status.WAITING)
        message = (
            waiting.select_for_update(no_key=True).order_by("created_at", "pk").first()
        )
        if message is not None:
            message.status = Message.Status.ASKING
            message.asked_at = timezone.now()
            message.save(update_fields=["status", "asked_at"])
            tell(message)
    return message


def ask(message: Message) -> TwilioMessage:
    """Ask Twilio to send it; VendorError says that it did not, or that nobody knows."""
    about = urlencode({"message": str(message.pk)})
    callback = f"{public('message-status')}?{about}"
    to, from_ = message.customer.number, settings.TWILIO_WHATSAPP_NUMBER
    if message.template is None:
        return messaging().send_text(
            to=to, from_=from_, body=message.body, status_callback=callback
        )
    return messaging().send_template(
        to=to,
        from_=from_,
        content_sid=message.template.content_sid,
        variables=message.variables,
        status_callback=callback,
    )


def _hand_over(message: Message) -> bool:
    """Ask, and write down what came of it; whether the next one may be asked for."""
    try:
        answer = ask(message)
    except VendorError as error:
        return _settle_failure(message, error)
    _adopt(message_id=message.pk, answer=answer)
    return True


def _settle_failure(message: Message, error: VendorError) -> bool:
    if not was_refused(error):
        logger.warning("message %s is in doubt: %s", message.pk, error.code)
        return False
    if error.retryable:
        _put_back(message)
        return False
    _refused(message, error)
    return True


def _adopt(*, message_id: UUID, answer: TwilioMessage) -> None:
    """Twilio has it, by this SID."""
    with transaction.atomic():
        message = Message.objects.select_for_update(no_key=True).get(pk=message_id)
        _move(
            message,
            sid=answer.sid,
            status=answer.status,
            code=answer.error_code,
            words=answer.error_message,
        )


def _put_back(message: Message) -> None:
    """It was not sent: it waits as before."""
    with transaction.atomic():
        mine = Message.objects.filter(
            pk=message.pk, status=Message.Status.ASKING, asked_at=message.asked_at
        )
        if mine.update(status=Message.Status.WAITING, asked_at=None):
            message.status = Message.Status.WAITING
            tell(message)


def _refused(message: Message, error: VendorError) -> None:
    logger.warning("message %s refused by Twilio: %s", message.pk, error.code)
    with transaction.atomic():
        row = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
        if row.status == Message.Status.ASKING:
            _fail(row, error.code, error.message)


def _fail(message: Message, code: str, words: str = "") -> None:
    message.status = Message.Status.FAILED
    message.error_code = code[:12]
    message.error = message_errors.text(code, words)[:300]
    message.save(update_fields=["status", "error_code", "error"])
    tell(message)


# Doubt


def resolve_doubts() -> None:
    """What was not settled by itself: lost answers, killed workers, a broker that was away."""
    now = timezone.now()
    _give_up(before=now - _GIVE_UP)
    _look_up(before=now - _LOOK_AFTER)
    for message in Message.objects.not_begun(before=now - _QUEUED_FOR)[:_ROUND]:
        enqueue(message.pk)


def _give_up(*, before: datetime) -> None:
    old = Message.objects.filter(
        status=Message.Status.WAITING, created_at__lt=before
    ).order_by("created_at")
    with transaction.atomic():
        for message in old.select_for_update(no_key=True, skip_locked=True)[:_ROUND]:
            logger.warning("message %s is given up", message.pk)
            _fail(message, message_errors.EXPIRED)


def _look_up(*, before: datetime) -> None:
    doubtful = Message.objects.filter(
        status=Message.Status.ASKING, asked_at__lt=before
    ).select_related("customer", "template")
    for message in doubtful.order_by("asked_at")[:_ROUND]:
        try:
            found = _at_twilio(message)
        except VendorError as error:
            # It stays in doubt, and the next round looks again.
            logger.warning("messages cannot be listed: %s", error.code)
            return
        if found is not None:
            logger.info("message %s had been sent as %s", message.pk, found.sid)
            _adopt(message_id=message.pk, answer=found)
            enqueue(message.pk)
        elif _is_certain(message):
            logger.info("message %s had not been sent", message.pk)
            _put_back(message)
            enqueue(message.pk)


def _at_twilio(message: Message) -> TwilioMessage | None:
    """The message as Twilio lists it; None if it is not there."""
    assert message.asked_at is not None  # noqa: S101  it is being asked for
    listed = messaging().listing(
        to=message.customer.number,
        from_=settings.TWILIO_WHATSAPP_NUMBER,
        since=message.asked_at - _SKEW,
    )
    known = set(
        Message.objects.filter(sid__in=[each.sid for each in listed]).values_list(
            "sid", flat=True
        )
    )
    strangers = (each for each in listed if each.sid not in known)
    return next((each for each in strangers if _is_same(message, each)), None)


def _is_same(message: Message, listed: TwilioMessage) -> bool:
    """Whether the words are ours. Of a template Twilio may show more than the text that we know."""
    shown = " ".join(listed.body.split())
    if shown == " ".join(message.body.split()):
        return True
    values = message.variables.values()
    return bool(values) and all(value in shown for value in values)


def _is_certain(message: Message) -> bool:
    """Whether so much time has passed that a message which is not listed was not sent."""
    assert message.asked_at is not None  # noqa: S101  it is being asked for
    patience = timedelta(seconds=settings.MESSAGE_DOUBT_SECONDS)
    return timezone.now() - message.asked_at > patience


# What Twilio tells


def record_status(*, form: Mapping[str, str]) -> None:
    """How far one of our messages has got; reports may come in any order, and more than once."""
    sid = form.get("MessageSid", "")
    with transaction.atomic():
        message = _reported(sid, form.get("message", ""))
        if message is not None:
            _move(
                message,
                sid=sid,
                status=form.get("MessageStatus", ""),
                code=form.get("ErrorCode", ""),
                words=form.get("ErrorMessage", ""),
            )


def _reported(sid: str, ours: str) -> Message | None:
    """The message of this SID, or the one that carried this id to Twilio."""
    if not sid:
        return None
    rows = Message.objects.select_for_update(no_key=True)
    found = rows.filter(sid=sid).first()
    if found is not None:
        return found
    try:
        return rows.filter(pk=UUID(ours)).first()
    except ValueError:
        return None


def _move(message: Message, *, sid: str, status: str, code: str, words: str) -> None:
    """Take over a report about a locked message, unless more is known already."""
    if message.sid is not None and message.sid != sid:
        logger.error("message %s was sent twice, also as %s", message.pk, sid)
        return
    before = message.status, message.sid, message.error_code
    message.sid = sid
    moved_to = message_status.later(message.status, status)
    if moved_to in message_status.BROKEN:
        if moved_to == status and code:
            message.error_code = code[:12]
            message.error = message_errors.text(code, words)[:300]
    else:
        message.error_code = message.error = ""
    message.status = moved_to
    if before != (message.status, message.sid, message.error_code):
        message.save(update_fields=["sid", "status", "error_code", "error"])
        tell(message)
