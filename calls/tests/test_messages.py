"""Writing to customers: what is refused, and that each message is sent exactly once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from calls import telephone
from calls.models import Customer, Message, MessageTemplate
from calls.services import delivery, messages
from calls.services.refusals import Refused

AFTER_CALL = "HX00000000000000000000000000000001"


@pytest.fixture
def cleo(db):
    """She wrote an hour ago."""
    return Customer.objects.create(
        number="+15550107788",
        name="Cleo",
        wrote_at=timezone.now() - timedelta(hours=1),
    )


@pytest.fixture
def template(db):
    return MessageTemplate.objects.create(
        name="After the call",
        content_sid=AFTER_CALL,
        body="Hello {{1}}, thank you for calling Harbour Lamps. In short: {{2}} "
        "Just reply here if we can do anything else for you.",
        variables=["name", "summary"],
    )


def write(cleo, body="Your lamp is on its way.", **more):
    return messages.send(to=cleo, by=None, body=body, **more)


def refused(**wish):
    with pytest.raises(Refused) as caught:
        messages.send(**({"by": None} | wish))
    assert not Message.objects.exists()
    return caught.value.code


# What is refused before anything is sent


@pytest.mark.parametrize(
    ("body", "code"), [("", "empty"), (" \n", "empty"), ("x" * 1601, "too_long")]
)
def test_words_that_cannot_be_sent_are_refused(cleo, body, code):
    assert refused(to=cleo, body=body) == code


def test_the_longest_text_fits(cleo):
    assert write(cleo, "x" * 1600).status == "waiting"


@pytest.mark.parametrize("wrote", [None, timedelta(hours=24, seconds=1)])
def test_free_text_outside_the_window_is_refused(cleo, wrote):
    cleo.wrote_at = None if wrote is None else timezone.now() - wrote
    cleo.save()
    assert not messages.window(cleo).open
    assert refused(to=cleo, body="Hello") == "window_closed"


def test_the_window_is_open_for_a_day_after_the_last_message(cleo):
    window = messages.window(cleo)
    assert window.open
    assert window.until == cleo.wrote_at + timedelta(hours=24)


def test_a_template_goes_out_when_the_window_is_closed(cleo, template, ada):
    cleo.wrote_at = None
    cleo.save()
    message = messages.send(
        to=cleo, by=ada, template=template.pk, variables={"summary": "All is\n  well."}
    )
    assert message.body.startswith("Hello Cleo, thank you")
    assert "In short: All is well. Just" in message.body
    assert message.variables == {"1": "Cleo", "2": "All is well."}


@pytest.mark.parametrize(
    ("change", "variables", "code"),
    [
        ({"active": False}, {"summary": "x"}, "unknown_template"),
        ({}, {}, "missing_variable"),
        ({}, {"summary": " "}, "missing_variable"),
        ({}, {"summary": "x" * 601}, "too_long"),
        ({"body": "{{1}}{{2}}" + "x" * 1024}, {"summary": "x"}, "too_long"),
    ],
)
def test_a_template_that_cannot_be_sent_is_refused(
    cleo, template, change, variables, code
):
    MessageTemplate.objects.filter(pk=template.pk).update(**change)
    assert refused(to=cleo, template=template.pk, variables=variables) == code


def test_a_template_that_never_was_is_refused(cleo):
    assert refused(to=cleo, template=0) == "unknown_template"


def test_who_wants_no_templates_gets_none(cleo, template):
    cleo.whatsapp_opt_in = False
    cleo.save()
    wish = {"template": template.pk, "variables": {"summary": "x"}}
    assert refused(to=cleo, **wish) == "not_opted_in"


def test_without_a_number_of_ours_nothing_is_sent(cleo, settings):
    settings.TWILIO_WHATSAPP_NUMBER = ""
    assert refused(to=cleo, body="Hello") == "not_set_up"


def test_the_same_key_is_the_same_message(cleo):
    first, second = (write(cleo, key="after-call:1") for _ in range(2))
    assert first.pk == second.pk


def test_a_place_without_a_variable_stays_as_it_is():
    assert messages.rendered("{{1}} {{2}} {{0}}", ["a"]) == "a {{2}} {{0}}"


# Handing over


def at_twilio(outside, cleo):
    """What the customer's telephone was sent, as Twilio lists it."""
    return telephone.messaging().listing(
        to=cleo.number,
        from_="+15550100001",
        since=timezone.now() - timedelta(hours=1),
    )


@pytest.fixture
def anew(played, cleo):
    """The simulators remember earlier tests: each customer has a number of its own."""
    cleo.number = f"+1555{timezone.now().microsecond:07d}"
    cleo.save()
    return played


def test_a_message_is_handed_over_once(anew, cleo):
    message = write(cleo)
    delivery.transmit(message_id=message.pk)
    delivery.transmit(message_id=message.pk)
    message.refresh_from_db()
    assert message.status == "queued"
    (sent,) = at_twilio(anew, cleo)
    assert (sent.sid, sent.body) == (message.sid, message.body)


def test_a_template_is_handed_over_with_its_variables(anew, cleo, template):
    message = messages.send(
        to=cleo, by=None, template=template.pk, variables={"summary": "All is well."}
    )
    delivery.transmit(message_id=message.pk)
    (sent,) = at_twilio(anew, cleo)
    assert sent.body == message.body


def test_messages_go_out_in_the_order_in_which_they_were_written(anew, cleo):
    wrote = [write(cleo, str(number)) for number in range(3)]
    delivery.transmit(message_id=wrote[2].pk)
    assert [sent.body for sent in at_twilio(anew, cleo)] == ["0", "1", "2"]


def test_a_message_that_is_gone_is_not_sent(anew, cleo):
    message = write(cleo)
    Message.objects.all().delete()
    delivery.transmit(message_id=message.pk)
    assert at_twilio(anew, cleo) == []


def test_too_many_requests_leave_it_waiting_and_it_goes_out_later(anew, cleo):
    anew.fault("twilio", "429", path="/2010-04-01")
    message = write(cleo)
    delivery.transmit(message_id=message.pk)
    message.refresh_from_db()
    assert (message.status, message.asked_at) == ("waiting", None)
    anew.heal()
    delivery.transmit(message_id=message.pk)
    assert len(at_twilio(anew, cleo)) == 1


def test_when_nobody_is_there_it_waits(anew, cleo, settings, closed_port):
    settings.TWILIO_API_URL = f"http://127.0.0.1:{closed_port}"
    clear()
    message = write(cleo)
    delivery.transmit(message_id=message.pk)
    message.refresh_from_db()
    assert message.status == "waiting"


def test_a_refusal_is_said_in_words(anew, cleo, template):
    MessageTemplate.objects.update(content_sid="HX" + "9" * 32)
    message = messages.send(
        to=cleo, by=None, template=template.pk, variables={"summary": "x"}
    )
    after = write(cleo)
    delivery.transmit(message_id=message.pk)
    message.refresh_from_db()
    after.refresh_from_db()
    assert (message.status, message.error_code) == ("failed", "21655")
    assert message.error == "The template is not known at the message service."
    assert after.status == "queued"


# Doubt


def clear():
    telephone.twilio_config.cache_clear()
    telephone.messaging.cache_clear()


def aged(message, seconds):
    """As if it had been asked for so long ago."""
    Message.objects.filter(pk=message.pk).update(
        asked_at=timezone.now() - timedelta(seconds=seconds)
    )


def test_a_worker_killed_after_asking_neither_loses_nor_doubles(anew, cleo):
    message = write(cleo)
    after = write(cleo, "And a voucher.")
    claimed = delivery.claim(customer_id=cleo.pk)
    answer = delivery.ask(claimed)
    # Here the worker is killed. Nobody else sends it, or what comes after it.
    delivery.transmit(message_id=message.pk)
    aged(message, 20)
    delivery.resolve_doubts()
    message.refresh_from_db()
    assert (message.sid, message.status) == (answer.sid, message.status)
    assert message.status not in {"waiting", "asking"}
    delivery.transmit(message_id=after.pk)
    assert [sent.body for sent in at_twilio(anew, cleo)] == [message.body, after.body]


def test_a_template_whose_answer_was_lost_is_found_again(anew, cleo, template):
    message = messages.send(
        to=cleo, by=None, template=template.pk, variables={"summary": "All is well."}
    )
    MessageTemplate.objects.update(
        body="Our text is not what was approved: {{1}} {{2}}"
    )
    answer = delivery.ask(delivery.claim(customer_id=cleo.pk))
    aged(message, 20)
    delivery.resolve_doubts()
    message.refresh_from_db()
    assert message.sid == answer.sid


def test_a_worker_killed_before_asking_loses_nothing(anew, cleo):
    message = write(cleo)
    delivery.claim(customer_id=cleo.pk)
    for seconds, status in ((20, "asking"), (61, "waiting")):
        aged(message, seconds)
        delivery.resolve_doubts()
        message.refresh_from_db()
        assert message.status == status
    delivery.transmit(message_id=message.pk)
    assert len(at_twilio(anew, cleo)) == 1


def test_the_same_words_of_before_are_not_mistaken_for_the_message_in_doubt(anew, cleo):
    earlier = write(cleo)
    delivery.transmit(message_id=earlier.pk)
    later = write(cleo)
    delivery.claim(customer_id=cleo.pk)
    aged(later, 20)
    delivery.resolve_doubts()
    later.refresh_from_db()
    assert (later.status, later.sid) == ("asking", None)


@pytest.mark.parametrize("kind", ["500", "hang"])
def test_a_request_without_an_answer_is_in_doubt_and_then_sent_once(
    anew, cleo, settings, kind
):
    anew.fault("twilio", kind, count=1, seconds=60)
    settings.TWILIO_TIMEOUT = 0.5
    clear()
    message = write(cleo)
    delivery.transmit(message_id=message.pk)
    message.refresh_from_db()
    assert message.status == "asking"
    aged(message, 61)
    delivery.resolve_doubts()
    delivery.transmit(message_id=message.pk)
    assert len(at_twilio(anew, cleo)) == 1


def test_an_answer_that_breaks_off_is_looked_up_and_not_sent_again(anew, cleo):
    anew.fault("twilio", "drop", count=1)
    message = write(cleo)
    delivery.transmit(message_id=message.pk)
    message.refresh_from_db()
    assert message.status == "asking"
    aged(message, 61)
    delivery.resolve_doubts()
    message.refresh_from_db()
    (sent,) = at_twilio(anew, cleo)
    assert message.sid == sent.sid


def test_while_the_list_cannot_be_had_it_stays_in_doubt(anew, cleo):
    message = write(cleo)
    delivery.ask(delivery.claim(customer_id=cleo.pk))
    aged(message, 3000)
    anew.fault("twilio", "500")
    delivery.resolve_doubts()
    message.refresh_from_db()
    assert message.status == "asking"
    anew.heal()
    delivery.resolve_doubts()
    message.refresh_from_db()
    assert message.sid is not None
    assert len(at_twilio(anew, cleo)) == 1


def test_the_first_report_settles_the_doubt(anew, cleo):
    message = write(cleo)
    answer = delivery.ask(delivery.claim(customer_id=cleo.pk))
    form = {"MessageSid": answer.sid, "MessageStatus": "sent"}
    delivery.record_status(form=form | {"message": str(message.pk)})
    message.refresh_from_db()
    assert (message.sid, message.status) == (answer.sid, "sent")


def test_what_could_not_be_handed_over_for_an_hour_is_given_up(cleo):
    message = write(cleo)
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    delivery.resolve_doubts()
    message.refresh_from_db()
    assert (message.status, message.error_code) == ("failed", "expired")
    assert delivery.claim(customer_id=cleo.pk) is None


# What Twilio tells later


def reported(message, **form):
    delivery.record_status(form={"MessageSid": message.sid} | form)
    message.refresh_from_db()
    return message


@pytest.fixture
def sent(cleo):
    message = write(cleo)
    Message.objects.filter(pk=message.pk).update(sid="SM" + "1" * 32, status="queued")
    message.refresh_from_db()
    return message


def test_a_closed_window_that_twilio_finds_is_shown_with_its_reason(sent):
    reported(sent, MessageStatus="failed", ErrorCode="63016", ErrorMessage="Outside")
    assert (sent.status, sent.error_code) == ("failed", "63016")
    assert "template" in sent.error
    reported(sent, MessageStatus="sent")
    assert (sent.status, sent.error_code) == ("failed", "63016")


def test_a_code_that_is_not_known_here_is_shown_in_twilios_words(sent):
    reported(sent, MessageStatus="undelivered", ErrorCode="1", ErrorMessage="Bad luck")
    assert sent.error == "Bad luck"


def test_a_message_that_arrived_after_all_has_no_error(sent):
    reported(sent, MessageStatus="undelivered", ErrorCode="30003")
    reported(sent, MessageStatus="delivered")
    assert (sent.status, sent.error_code, sent.error) == ("delivered", "", "")


def test_a_second_sid_for_one_message_changes_nothing(sent):
    other = {"MessageSid": "SM" + "2" * 32, "message": str(sent.pk)}
    delivery.record_status(form=other | {"MessageStatus": "read"})
    sent.refresh_from_db()
    assert (sent.sid, sent.status) == ("SM" + "1" * 32, "queued")


@pytest.mark.parametrize(
    "ours", ["", "nonsense", "6f0e5f1e-2f8e-4a09-a0b5-5ac5a4e1d0f3"]
)
def test_reports_about_strangers_change_nothing(sent, ours):
    delivery.record_status(
        form={"MessageSid": "SM9", "MessageStatus": "read", "message": ours}
    )
    sent.refresh_from_db()
    assert sent.status == "queued"


# Many at once


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_message_once(anew, cleo):
    wrote = [write(cleo, str(number)) for number in range(4)]
    start = threading.Barrier(8)

    def work(message):
        start.wait()
        try:
            delivery.transmit(message_id=message.pk)
        finally:
            connection.close()

    workers = [
        threading.Thread(target=work, args=(message,))
        for message in wrote
        for _ in "ab"
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [sent.body for sent in at_twilio(anew, cleo)] == ["0", "1", "2", "3"]


@pytest.mark.django_db(transaction=True)
def test_what_was_never_queued_is_brought_to_a_worker(cleo, settings):
    message = write(cleo)
    Message.objects.update(created_at=timezone.now() - timedelta(seconds=10))
    (waiting,) = Message.objects.not_begun(before=timezone.now())
    assert waiting.pk == message.pk
    delivery.claim(customer_id=cleo.pk)
    write(cleo, "Another one")
    assert not Message.objects.not_begun(before=timezone.now()).exists()


# Reading


def test_reading_is_noted_once(cleo, ada):
    for place in "ab":
        Message.objects.create(
            customer=cleo,
            direction="inbound",
            status="received",
            body=place,
            created_at=timezone.now(),
        )
    assert messages.mark_read(customer_id=cleo.pk, by=ada) == 2
    assert messages.mark_read(customer_id=cleo.pk, by=ada) == 0
    assert not Message.objects.unread().exists()
