"""Who sees which call, and what the pages say."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics import definitions, documents, find, grading, metrics, services
from analytics.models import Answer, Measures, QualityReport, Step
from analytics.tests.conftest import ANSWERED, default_card, happened
from audio.intervals import Interval
from calls.models import (
    Call,
    CallbackRequest,
    Customer,
    Disposition,
    Line,
    Message,
    Queue,
    Recording,
    Transfer,
    User,
    Utterance,
    Voicemail,
)
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
    reported(call)


def reported(call):
    """A report under the default scorecard, with one answer that was proven."""
    version = default_card()
    report = QualityReport.objects.create(
        call=call,
        written_at=ANSWERED,
        card=version,
        model="m",
        transcript="final",
        summary="Cleo looked for her lamp.",
        disposition="resolved",
        to_improve=["Be quicker."],
    )
    Answer.objects.create(
        report=report,
        question=version.questions.get(key="understanding"),
        given="mostly",
        rationale="She asked.",
        quotes=[
            {
                "speaker": "caller",
                "text": "Where is my lamp?",
                "start": 3.0,
                "end": 5.0,
                "fault": "",
            }
        ],
    )
    grading.grade(report)
    return report


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
            ended_at=ANSWERED + timedelta(seconds=n // 2 + 60),
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
    assert "70 %" in shown


def test_the_list_says_who_it_was_in_which_queue_and_how_it_went(client, call, sam):
    call.customer = Customer.objects.create(number=call.from_number, name="Cleo <3")
    call.queue = Queue.objects.create(name="Support")
    call.outcome = "handled"
    call.save()
    shown = texts(client, sam, "/calls/")
    expected = ("Cleo &lt;3", readable(call.from_number), "Handled", "Inbound")
    for each in (*expected, "<td>Support</td>"):
        assert each in shown


def test_the_list_is_filtered_by_outcome_and_queue(client, sam):
    support, sales = (Queue.objects.create(name=name) for name in ("Support", "Sales"))
    many(6, outcome="handled", queue=support)
    Call.objects.filter(from_number="+15550000000").update(outcome="abandoned")
    Call.objects.filter(from_number="+15550000001").update(queue=sales)
    documents.rebuild(list(Call.objects.values_list("pk", flat=True)))
    client.force_login(sam)

    def found(**asked):
        rows = client.get("/calls/", asked).context["rows"]
        return sorted(call.from_number[-1] for call, *_ in rows)

    assert found(outcome="abandoned") == ["0"]
    assert found(queue=sales.pk) == ["1"]
    assert found(queue=support.pk, outcome="handled") == ["2", "3", "4", "5"]


def test_older_calls_are_those_of_the_same_filter(client, sam):
    many(find.PAGE_SIZE + 1, outcome="handled")
    documents.rebuild(list(Call.objects.values_list("pk", flat=True)))
    shown = texts(client, sam, "/calls/?outcome=handled&q=")
    assert 'href="?outcome=handled&amp;before=' in shown


def test_pages_follow_each_other_without_gap_or_repeat(client, sam):
    many(find.PAGE_SIZE * 2 + 3)
    client.force_login(sam)
    address, seen = "/calls/", []
    while address:
        context = client.get(address).context
        seen += [call.sid for call, *_ in context["rows"]]
        older = context["older"]
        address = f"/calls/?before={older}".replace("+", "%2B") if older else ""
    assert seen == [call.sid for call in Call.objects.all()]


def test_a_page_takes_few_queries_however_many_calls(
    client, sam, ada, django_assert_max_num_queries
):
    known = {
        "agent": ada,
        "queue": Queue.objects.create(name="Support"),
        "customer": Customer.objects.create(number="+15550107788", name="Cleo"),
        "outcome": "handled",
    }
    many(find.PAGE_SIZE, **known)
    client.force_login(sam)
    with django_assert_max_num_queries(14):
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
    addresses = [page, f"{page}progress", f"{page}sound", f"{page}peaks"]
    assert [client.get(address).status_code for address in addresses] == [404] * 4


def test_the_page_shows_all_that_was_found(client, page, call, found, stored, sam):
    services.advance(call_id=call.pk)
    shown = texts(client, sam, page)
    for expected in (
        "Where is &lt;my&gt; lamp?",
        "Cleo looked for her lamp.",
        "found in the transcript",
        "Be quicker.",
        'data-at="3.000"',
        f'data-sound="{page}sound"',
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


# What is read and heard in step


def said(call, text, words, *, start=1.0):
    call.utterances.all().delete()
    Utterance.objects.create(
        call=call,
        source="final",
        item="1",
        speaker="caller",
        start=start,
        end=9.0,
        text=text,
        words=[{"text": w, "start": a, "end": b} for w, a, b in words],
    )


def spoken(client, user, address):
    (line,) = client_page(client, user, address).context["transcript"]
    return line.words


def test_words_carry_their_times_in_hundredths_after_the_line(client, page, call, sam):
    said(call, "Where is it?", [("Where", 1, 1.31), ("is", 1.35, 1.5), ("it?", 2, 3)])
    assert spoken(client, sam, page) == "0 31 35 50 100 200"


def test_what_was_blacked_out_may_be_several_words(client, page, call, sam):
    said(call, "I am [PERSON NAME]", [("I am", 1, 1.2), ("[PERSON NAME]", 1.5, 2)])
    assert spoken(client, sam, page) == "0 20 0 20 50 100 50 100"


def test_words_that_are_not_those_of_the_line_are_left_out(client, page, call, sam):
    said(call, "Where is it?", [("Where", 1, 1.3), ("it?", 2, 3)])
    assert spoken(client, sam, page) == ""


def test_a_figure_leads_to_its_definition_and_to_its_places(client, page, found, sam):
    shown = texts(client, sam, page)
    assert 'href="/measures/#dead_air_count"' in shown
    assert 'data-at="20.000" data-until="30.000">0:20<' in shown


def test_every_measure_has_a_place_among_the_definitions(client, sam, page):
    shown = texts(client, sam, "/measures/")
    for definition in definitions.DEFINITIONS:
        assert f'id="{definition.name}"' in shown


def test_the_definitions_are_for_those_who_are_logged_in(client, db):
    assert client.get("/measures/").status_code == 302


def test_one_channel_is_drawn_as_one_and_cannot_be_heard_apart(
    client, page, stored, sam
):
    both = client_page(client, sam, page).context
    assert [who for who, _ in both["channels"]] == ["caller", "agent"]
    assert both["can_solo"]
    Recording.objects.update(channels=1)
    one = client_page(client, sam, page).context
    assert [who for who, _ in one["channels"]] == ["everybody"]
    assert not one["can_solo"]


def test_the_policy_lets_in_the_style_of_the_waveform_and_no_other(client, page, sam):
    answer = client_page(client, sam, page)
    policy = answer["Content-Security-Policy"]
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    assert f'nonce="{nonce}"' in answer.content.decode()
    assert "unsafe" not in policy
    assert "nonce" not in client.get("/calls/")["Content-Security-Policy"]


# What the telephone knows


def after(seconds):
    return ANSWERED + timedelta(seconds=seconds)


@pytest.fixture
def cleo(call):
    call.customer = Customer.objects.create(number=call.from_number, name="Cleo")
    call.save(update_fields=["customer"])
    return call.customer


@pytest.fixture
def left(call):
    return Voicemail.objects.create(
        call=call, recording_sid="RE1", duration=7.0, start=41.0, left_at=after(50)
    )


def handed_on(call, by, **fields):
    state = {"kind": "warm", "state": "completed", "began_at": after(30)}
    return Transfer.objects.create(call=call, by=by, **(state | fields))


def test_the_page_says_what_is_known_and_nothing_of_the_rest(client, page, call, sam):
    bare = texts(client, sam, page)
    names = ("Line", "Queue", "Answered by", "Disposition")
    for name in names:
        assert f"<dt>{name}</dt>" not in bare
    for word in ("Voicemail", "Transfers", "Sent by WhatsApp", "called back", "Notes"):
        assert word not in bare
    call.line = Line.objects.create(number="+15550100000", name="Main line")
    call.queue = Queue.objects.create(name="Support")
    call.disposition = Disposition.objects.create(name="Solved")
    call.answered_by, call.outcome = "machine_end_beep", "handled"
    call.notes = "Wants <brass>.\nSoon."
    call.save()
    shown = texts(client, sam, page)
    values = ("Main line", "Support", "An answering machine", "Solved")
    for name, value in zip(names, values, strict=True):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in shown
    assert "Handled" in shown
    assert "Wants &lt;brass&gt;." in shown


def test_a_machine_that_twilio_is_not_sure_of_is_not_named(client, page, call, sam):
    Call.objects.update(answered_by="unknown")
    assert "Answered by" not in texts(client, sam, page)


def test_a_supervisor_gets_from_the_call_to_the_customer(client, page, cleo, sam, ada):
    address = f"/admin/calls/customer/{cleo.pk}/change/"
    shown = texts(client, sam, page)
    assert "<h1>Cleo</h1>" in shown
    assert address in shown
    assert client.get(address).status_code == 200
    assert address not in texts(client, ada, page)


def test_transfers_are_told_with_what_became_of_them(client, page, call, ada, ben, sam):
    sales = Queue.objects.create(name="Sales")
    handed_on(call, ada, to_agent=ben)
    handed_on(call, ada, to_queue=sales, kind="cold", state="failed", reason="missed")
    handed_on(call, ada, to_number="+15550103344", state="canceled")
    found = client_page(client, sam, page).context["handovers"]
    assert [each.text for each in found] == [
        "Ada → Ben · warm · Completed",
        "Ada → Sales · cold · Nobody took it: did not answer",
        "Ada → +1 555 010 3344 · warm · Canceled",
    ]
    assert 'data-at="30.000"' in texts(client, sam, page)


def client_page(client, user, address):
    client.force_login(user)
    return client.get(address)


@pytest.mark.usefixtures("found", "left")
def test_muting_transfers_and_messages_lie_in_the_picture(client, page, call, sam):
    happened(call, (20.0, "mute.started"), (25.0, "mute.ended"))
    handed_on(call, call.agent, to_number="+15550103344")
    context = client_page(client, sam, page).context
    assert {"mute", "transfer", "voicemail"} <= context["picture"].kinds
    moments = [line for line in context["transcript"] if not line.spoken]
    told = [(line.kind, line.start, line.length) for line in moments]
    for expected in (("mute", 20, 5), ("transfer", 30, 0), ("voicemail", 41, 7)):
        assert expected in told


@pytest.mark.usefixtures("found", "stored", "left")
def test_a_voicemail_is_said_at_the_top_with_its_words(client, page, call, sam):
    Utterance.objects.create(
        call=call,
        source="final",
        item="2",
        speaker="caller",
        start=41.5,
        end=44.0,
        text="Call me & soon.",
    )
    shown = texts(client, sam, page)
    top = shown[: shown.index("Work after the call")]
    assert "“Call me &amp; soon.”" in top
    assert "Where is" not in top
    assert "not seen to yet" in top
    assert 'data-begin="41.000"' in shown
    assert "data-play" not in shown


@pytest.mark.parametrize("second", ["12.5", "0"])
def test_the_sound_may_begin_at_any_second(client, page, stored, left, sam, second):
    shown = texts(client, sam, f"{page}?t={second}")
    assert f'data-begin="{float(second):.3f}" data-play' in shown


@pytest.mark.parametrize("second", ["", "soon", "-1", "nan", "inf", "1e999"])
def test_a_second_that_is_none_is_left_alone(client, page, stored, sam, second):
    assert "data-begin" not in texts(client, sam, f"{page}?t={second}")


def test_a_wish_to_be_called_back_leads_to_the_call_that_did(
    client, page, call, cleo, sam
):
    many(1)
    back = Call.objects.get(from_number="+15550000000")
    CallbackRequest.objects.create(
        call=call,
        customer=cleo,
        requested_at=ANSWERED,
        answered_with=back,
        handled_by=sam,
        handled_at=ANSWERED,
    )
    shown = texts(client, sam, page)
    assert "seen to by Sam" in shown
    assert reverse("call", args=[back.sid]) in shown


def test_what_was_sent_after_the_call_is_shown_with_its_fate(
    client, page, call, cleo, sam
):
    for direction, body in (("outbound", "Your lamp <1>."), ("inbound", "Thank you!")):
        Message.objects.create(
            customer=cleo,
            call=call,
            direction=direction,
            status="failed",
            error="No opt-in.",
            body=body,
            created_at=ANSWERED,
        )
    shown = texts(client, sam, page)
    assert "Your lamp &lt;1&gt;." in shown
    assert "Failed: No opt-in." in shown
    assert "Thank you!" not in shown


@pytest.mark.usefixtures("found", "stored", "left")
def test_a_call_with_a_long_story_takes_as_few_queries(
    client, page, cleo, ben, sam, django_assert_max_num_queries
):
    call = cleo.calls.get()
    for _ in range(20):
        handed_on(call, sam, to_agent=ben)
        Message.objects.create(
            customer=cleo,
            call=call,
            by=ben,
            direction="outbound",
            status="sent",
            created_at=ANSWERED,
        )
    client.force_login(sam)
    with django_assert_max_num_queries(27):
        client.get(page)


@pytest.mark.usefixtures("found")
def test_after_a_failed_second_try_the_words_have_the_language_of_the_first(
    client, page, stored, sam
):
    for number, language in enumerate(("es", "")):
        stored.transcripts.create(
            call=stored.call,
            vendor_id=f"t-{number}",
            ordered_at=ANSWERED + timedelta(hours=number),
            completed_at=ANSWERED + timedelta(hours=number),
            language=language,
        )
    Utterance.objects.update(item="t-0:0")
    client.force_login(sam)
    text = client.get(page).content.decode()
    assert "From the recording · es" in " ".join(text.split())


@pytest.mark.usefixtures("found", "stored")
def test_a_vendors_whole_answer_is_not_read_for_a_page(client, page, sam):
    client.force_login(sam)
    with CaptureQueriesContext(connection) as questions:
        client.get(page)
    orders = [
        each["sql"] for each in questions if "analytics_transcript" in each["sql"]
    ]
    assert orders
    assert not any('"raw"' in each for each in orders)


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
    assert states == ["failed", *["waiting"] * 5]


def test_a_supervisor_cannot_become_a_superuser(client, sam):
    client.force_login(sam)
    address = f"/admin/calls/user/{sam.pk}/change/"
    client.post(
        address,
        {
            "username": "sam",
            "role": "supervisor",
            "first_name": "Samantha",
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
        }
        | {
            f"{rows}-{form}": "0"
            for rows in ("memberships", "presence_spans")
            for form in ("TOTAL_FORMS", "INITIAL_FORMS")
        },
    )
    sam.refresh_from_db()
    assert sam.first_name == "Samantha"
    assert not sam.is_superuser
