"""The message after a call: to whom, with what, and never twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics import reasons, services, tasks
from analytics.models import QualityReport, Step
from calls.models import Customer, Message, MessageTemplate, Queue

pytestmark = pytest.mark.django_db
LONG = "The lamp was found at the neighbours'. " * 40


@pytest.fixture
def template():
    return MessageTemplate.objects.create(
        name="After the call",
        content_sid="HX" + "1" * 32,
        body="Hello {{1}}, in short: {{2}}",
        variables=["name", "summary"],
    )


@pytest.fixture
def call(call, template):
    """Cleo has agreed, the queue writes after calls, and there is a summary."""
    call.customer = Customer.objects.create(
        number=call.from_number, name="Cleo", whatsapp_opt_in=True
    )
    call.queue = Queue.objects.create(name="Support", whatsapp_after_call=template)
    call.ended_at = timezone.now() - timedelta(minutes=1)
    call.save()
    report(call)
    return call


def report(call, summary="The lamp was found."):
    QualityReport.objects.filter(call=call).update(current=False)
    QualityReport.objects.create(
        call=call,
        written_at=timezone.now(),
        model="m",
        transcript="final",
        summary=summary,
        disposition="resolved",
    )


def followed_up(call):
    services.advance(call_id=call.pk)
    earlier = Step.objects.filter(call=call).exclude(name="follow_up")
    earlier.filter(state="waiting").update(state="done")
    step = Step.objects.get(call=call, name="follow_up")
    tasks.run_step(step.pk)
    step.refresh_from_db()
    return step


def test_the_summary_is_sent_once_however_often_the_step_runs(call, sam):
    step = followed_up(call)
    assert (step.state, step.reason) == ("done", "")
    report(call, "Another summary.")
    services.run_again(step=step, by=sam)
    assert followed_up(call).state == "done"
    message = Message.objects.get()
    assert message.body == "Hello Cleo, in short: The lamp was found."
    assert (message.call, message.by) == (call, None)
    assert message.key == f"after-call:{call.pk}"


def test_whoever_has_no_name_is_greeted_all_the_same(call):
    Customer.objects.update(name="")
    followed_up(call)
    assert Message.objects.get().body.startswith("Hello there, ")


def test_a_long_summary_is_cut_to_what_fits(call):
    report(call, LONG)
    assert followed_up(call).state == "done"
    assert Message.objects.get().body.endswith("…")


def no_queue(call):
    call.queue = None


def no_template(call):
    call.queue.whatsapp_after_call = None
    call.queue.save()


def not_asked(call):
    Customer.objects.update(whatsapp_opt_in=None)


def refused(call):
    Customer.objects.update(whatsapp_opt_in=False)


def no_customer(call):
    call.customer = None


def no_report(call):
    QualityReport.objects.all().delete()


def long_ago(call):
    call.ended_at = timezone.now() - timedelta(days=2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (no_queue, reasons.NO_FOLLOW_UP),
        (no_template, reasons.NO_FOLLOW_UP),
        (not_asked, reasons.NOT_AGREED),
        (refused, reasons.NOT_AGREED),
        (no_customer, reasons.NOT_AGREED),
        (no_report, reasons.NO_SUMMARY),
        (long_ago, reasons.TOO_LATE),
    ],
)
def test_nothing_is_sent_without_a_reason_to(call, change, reason):
    change(call)
    call.save()
    step = followed_up(call)
    assert (step.state, step.reason) == ("done", reason)
    assert reasons.text(reason)
    assert not Message.objects.exists()


def test_a_template_that_cannot_be_sent_is_a_visible_failure(call):
    MessageTemplate.objects.update(active=False)
    step = followed_up(call)
    assert (step.state, step.reason) == ("failed", reasons.NOT_WRITTEN)
    assert step.message == "There is no such template."
