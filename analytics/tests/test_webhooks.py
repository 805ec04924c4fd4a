"""AssemblyAI's door lets in only who knows the secret, and a message there is only a hint."""

import json

import pytest
from django.utils import timezone

from analytics import clients, services
from analytics.models import Step, Transcript
from calls.models import WebhookDelivery
from vendors.assemblyai.recordings import WEBHOOK_HEADER

pytestmark = pytest.mark.django_db
TOLD = {"transcript_id": "t-1", "status": "completed"}


@pytest.fixture
def tell(client):
    def post(body, secret=None):
        return client.post(
            "/assemblyai-webhook",
            body if isinstance(body, str) else json.dumps(body),
            content_type="application/json",
            headers={WEBHOOK_HEADER: secret or clients.webhook_secret()},
        )

    return post


@pytest.fixture
def ordered(call, recording):
    """A transcript is ordered and the step waits for it."""
    services.advance(call_id=call.pk)
    Step.objects.filter(name="fetch").update(state="done")
    Step.objects.filter(name="transcribe").update(
        state="running",
        reason="with_vendor",
        not_before=timezone.now() + timezone.timedelta(hours=1),
    )
    return Transcript.objects.create(
        call=call, recording=recording, vendor_id="t-1", ordered_at=timezone.now()
    )


def test_without_the_secret_nothing_is_written(client, ordered):
    answer = client.post("/assemblyai-webhook", TOLD, content_type="application/json")
    assert answer.status_code == 403
    assert not WebhookDelivery.objects.exists()


def test_a_wrong_secret_is_refused(tell, ordered):
    assert tell(TOLD, secret="guessed").status_code == 403


def test_the_waiting_step_is_woken(tell, ordered):
    assert tell(TOLD).status_code == 204
    step = Step.objects.get(name="transcribe")
    assert step.not_before <= timezone.now()
    assert step.queued_at


def test_a_repeated_message_is_kept_once(tell, ordered):
    for _ in range(2):
        assert tell(TOLD).status_code == 204
    assert WebhookDelivery.objects.get().call == ordered.call


def test_an_unknown_transcript_is_recorded_and_harmless(tell):
    assert tell(TOLD).status_code == 204
    assert WebhookDelivery.objects.get().call is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"transcript_id": 5, "status": "completed"}',
        "x" * 5000,
    ],
)
def test_what_is_no_message_is_refused(tell, body):
    assert tell(body).status_code == 400
    assert not WebhookDelivery.objects.exists()


def test_only_posts_are_taken(client):
    assert client.get("/assemblyai-webhook").status_code == 405
