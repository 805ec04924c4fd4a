"""Who sees which call, what the pages say, and that the recording can be played from any place."""

import asyncio
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from analytics import judgement, metrics, services, views
from analytics.models import Measures, QualityReport, Step
from analytics.tests.conftest import ANSWERED
from audio.intervals import Interval
from calls.models import Call, User, Utterance
from calls.templatetags.telephone_numbers import readable

pytestmark = pytest.mark.django_db
SOUND = bytes(range(256)) * 40


@pytest.fixture
def page(call):
    return reverse("call", args=[call.sid])


@pytest.fixture
def stored(recording):
    recording.file.save("call.wav", ContentFile(SOUND))
    return recording


@pytest.fixture
def found(call):
    """Everything that is found out after a call."""
    Utterance.objects.create(
        call=call,
        source="final",
        item="1",
        speaker="caller",
        start=3.0,
        end=5.0,
        text="Where is <my> lamp?",
    )
    result = metrics.measure(
        metrics.Facts(
            duration=60.0,
            connected={"agent": [Interval(2.0, 60.0)]},
            holds=[Interval(20.0, 30.0)],
            speech={
                "caller": [Interval(3.0, 5.0), Interval(40.0, 41.0)],
                "agent": [Interval(10.0, 12.0)],
            },
        )
    )
    Measures.objects.create(
        call=call,
        computed_at=ANSWERED,
        thresholds=result.thresholds_as_json(),
        result=result.as_json(),
    )
    report = judgement.Report(
        summary="Cleo looked for her lamp.",
        disposition="resolved",
        went_well=[],
        to_improve=["Be quicker."],
        scores=[
            judgement.Score(
                question="understanding",
                points=8,
                answer=None,
                rationale="She asked.",
                quotes=[judgement.Quote(speaker="caller", text="Where is my lamp?")],
            )
        ],
    )
    scores = judgement.checked(report, call.utterances.all())
    QualityReport.objects.create(
        call=call,
        written_at=ANSWERED,
        model="m",
        transcript="final",
        summary=report.summary,
        disposition=report.disposition,
        to_improve=report.to_improve,
        scores=scores,
        score=judgement.overall(scores),
    )


def texts(client, user, address):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def many(number, **fields):
    Call.objects.bulk_create(
        Call(
            sid=f"CA{n:032}",
            direction="inbound",
            status="completed",
            from_number=f"+1555{n:07}",
            to_number="+15550100000",
            created_at=ANSWERED + timedelta(seconds=n // 2),
            **fields,
        )
        for n in range(number)
    )


# The list


def test_the_list_is_for_those_who_are_logged_in(client):
    assert client.get("/calls/").status_code == 302


def test_an_agent_sees_the_own_calls_and_a_supervisor_all(client, call, ben, sam):
    assert readable(call.from_number) in texts(client, sam, "/calls/")
    assert readable(call.from_number) in texts(client, call.agent, "/calls/")
    assert readable(call.from_number) not in texts(client, ben, "/calls/")


def test_an_integrator_has_no_list(client, db):
    client.force_login(User.objects.create_user("ira", role="integrator"))
    assert client.get("/calls/").status_code == 403


def test_the_list_shows_outcome_and_score(client, call, found, sam):
    shown = texts(client, sam, "/calls/")
    assert "Resolved" in shown
    assert "80 %" in shown


def test_pages_follow_each_other_without_gap_or_repeat(client, sam):
    many(views.PAGE_SIZE * 2 + 3)
    client.force_login(sam)
    address, seen = "/calls/", []
    while address:
        context = client.get(address).context
        seen += [call.sid for call in context["calls"]]
        older = context["older"]
        address = f"/calls/?before={older}".replace("+", "%2B") if older else ""
    assert seen == [call.sid for call in Call.objects.all()]


def test_a_page_takes_few_queries_however_many_calls(
    client, sam, ada, django_assert_max_num_queries
):
    many(views.PAGE_SIZE, agent=ada)
    client.force_login(sam)
    with django_assert_max_num_queries(7):
        client.get("/calls/")


@pytest.mark.parametrize("cursor", ["x", "2026-11-20_", "2026-11-20T10:00:00_1", "_"])
def test_a_place_that_makes_no_sense_is_the_beginning(client, call, sam, cursor):
    assert readable(call.from_number) in texts(client, sam, f"/calls/?before={cursor}")


def test_a_call_is_found_by_its_number_with_or_without_plus(client, call, sam):
    for asked in ("15550107788", "%2B15550107788", call.sid):
        assert readable(call.from_number) in texts(client, sam, f"/calls/?q={asked}")
    assert "No call matches" in texts(client, sam, "/calls/?q=555")


def test_an_empty_list_says_what_will_be_there(client, sam):
    assert "No calls yet" in texts(client, sam, "/calls/")


# The page


def test_somebody_elses_call_is_not_there(client, page, ben, call):
    client.force_login(ben)
    addresses = [page, f"{page}progress", f"{page}recording"]
    assert [client.get(address).status_code for address in addresses] == [404] * 3


def test_the_page_shows_all_that_was_found(client, page, call, found, stored, sam):
    services.advance(call_id=call.pk)
    shown = texts(client, sam, page)
    for expected in (
        "Where is &lt;my&gt; lamp?",
        "Cleo looked for her lamp.",
        "found in the transcript",
        "Be quicker.",
        'data-at="3.000"',
        f'src="{page}recording"',
        "Agent owed the next word",
        "There is no transcript.",
    ):
        assert expected in shown


def test_the_page_holds_no_inline_code_or_style(client, page, found, stored, sam):
    shown = texts(client, sam, page)
    assert " style=" not in shown
    assert " onclick=" not in shown
    assert "<script>" not in shown


def test_a_call_that_goes_on_has_a_page_too(client, page, call, sam):
    Call.objects.update(status="in-progress", ended_at=None)
    shown = texts(client, sam, page)
    assert "The call goes on." in shown
    assert "data-unsettled" in shown


def test_a_failure_is_shown_with_its_reason_and_a_way_to_try_again(
    client, page, call, recording, sam, ada
):
    services.advance(call_id=call.pk)
    Step.objects.filter(name="fetch").update(
        state="failed", reason="unreachable", message="Connection refused"
    )
    shown = texts(client, sam, page)
    assert "The service could not be reached." in shown
    assert "Connection refused" in shown
    assert "Run again" in shown
    assert "Run again" not in texts(client, ada, page)


def test_a_supervisor_runs_a_step_again(client, page, call, recording, sam):
    services.advance(call_id=call.pk)
    Step.objects.filter(name="fetch").update(state="failed")
    client.force_login(sam)
    assert client.post(f"{page}steps/fetch").url == page
    assert Step.objects.get(name="fetch").state == "waiting"


def test_an_agent_does_not_run_steps(client, page, call, recording, ada):
    services.advance(call_id=call.pk)
    client.force_login(ada)
    assert client.post(f"{page}steps/fetch").status_code == 403
    assert client.post(f"{page}steps/nothing").status_code == 403


def test_the_progress_changes_its_version_with_every_event(
    client, page, call, recording, sam
):
    services.advance(call_id=call.pk)
    before = texts(client, sam, f"{page}progress")
    services.claim(step_id=Step.objects.get(name="fetch").pk)
    after = texts(client, sam, f"{page}progress")
    assert 'data-version="1"' in before
    assert 'data-version="2"' in after
    assert "Running" in after


# The recording


def heard(client, user, address, asked=None):
    """The answer and its sound, which is sent piece by piece."""
    client.force_login(user)
    answer = client.get(address, headers={"range": asked} if asked else {})

    async def pieces():
        return b"".join([piece async for piece in answer.streaming_content])

    return answer, asyncio.run(pieces())


def test_the_whole_recording_is_given_privately(client, page, stored, sam):
    answer, sound = heard(client, sam, f"{page}recording")
    assert (answer.status_code, sound) == (200, SOUND)
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"].startswith("private")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "audio/wav"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", range(10240)),
        ("bytes=100-199", range(100, 200)),
        ("bytes=10000-99999", range(10000, 10240)),
        ("bytes=-5", range(10235, 10240)),
        ("bytes=-99999", range(10240)),
    ],
)
def test_a_part_of_it_is_given(client, page, stored, sam, asked, part):
    answer, sound = heard(client, sam, f"{page}recording", asked)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {part[0]}-{part[-1]}/10240"
    assert answer["Content-Length"] == str(len(sound))
    assert sound == SOUND[part.start : part.stop]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=5-4", "bytes=-0", "bytes=-"])
def test_a_part_outside_it_is_refused(client, page, stored, sam, asked):
    client.force_login(sam)
    answer = client.get(f"{page}recording", headers={"range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */10240"


def test_a_recording_that_is_gone_is_not_there(client, page, stored, sam):
    stored.file.storage.delete(stored.file.name)
    client.force_login(sam)
    assert client.get(f"{page}recording").status_code == 404


# The admin


@pytest.fixture
def admin(client, sam):
    User.objects.filter(pk=sam.pk).update(is_superuser=True)
    client.force_login(sam)
    return client


@pytest.mark.parametrize(
    "name",
    [
        *("calls/user", "calls/call", "calls/leg", "calls/callevent"),
        *("calls/utterance", "calls/recording", "calls/webhookdelivery"),
        *("analytics/step", "analytics/measures"),
        *("analytics/qualityreport", "analytics/transcript"),
    ],
)
def test_every_list_of_the_admin_opens_and_searches(admin, call, found, stored, name):
    services.advance(call_id=call.pk)
    assert admin.get(f"/admin/{name}/").status_code == 200
    assert admin.get(f"/admin/{name}/?q=x").status_code == 200


def test_a_call_in_the_admin_is_read_only(admin, call, found, stored):
    address = f"/admin/calls/call/{call.pk}/change/"
    assert call.sid in admin.get(address).content.decode()
    assert admin.post(address, {"sid": "CA0"}).status_code == 403
    assert admin.get("/admin/calls/call/add/").status_code == 403


def test_a_supervisor_looks_around_in_the_admin(client, call, found, sam):
    client.force_login(sam)
    assert client.get(f"/admin/calls/call/{call.pk}/change/").status_code == 200
    assert client.get("/admin/analytics/step/").status_code == 200


def test_the_admin_runs_chosen_steps_again_once_for_each_call(admin, call, recording):
    services.advance(call_id=call.pk)
    Step.objects.update(state="failed")
    chosen = list(
        Step.objects.filter(name__in=["judge", "transcribe"]).values_list(
            "pk", flat=True
        )
    )
    admin.post(
        "/admin/analytics/step/",
        {"action": "run_again", "_selected_action": chosen},
    )
    states = [step.state for step in call.steps.in_order()]
    assert states == ["failed", "waiting", "waiting", "waiting", "waiting"]


def test_a_supervisor_cannot_become_a_superuser(client, sam):
    client.force_login(sam)
    address = f"/admin/calls/user/{sam.pk}/change/"
    client.post(
        address,
        {
            "username": "sam",
            "role": "supervisor",
            "presence": "away",
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
        },
    )
    sam.refresh_from_db()
    assert sam.presence == "away"
    assert not sam.is_superuser
