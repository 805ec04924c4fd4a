"""What people make of a report: both words are kept, the score counts anew, and only who may does."""

import pytest
from django.test import Client
from django.urls import reverse

from analytics import documents, grading, reviewing
from analytics.models import Answer, CallDocument, Contest, QualityReport, Revision
from analytics.tests.conftest import ANSWERED, beside_a_change, default_card
from calls.models import CallEvent, Voicemail
from calls.services.refusals import Refused

pytestmark = pytest.mark.django_db
QUOTE = {
    "speaker": "agent",
    "text": "Good morning",
    "start": 3.0,
    "end": 4.0,
    "fault": "",
}
PROMISE = {
    "who": "agent",
    "what": "Send a lamp.",
    "by_when": "by Friday",
    "quotes": [QUOTE],
    "doubt": "",
}


@pytest.fixture
def report(call):
    """Greeting (8) yes, understanding (15) with 7 of 10, politeness (8) in doubt, closing (8) not asked."""
    version = default_card()
    made = QualityReport.objects.create(
        call=call,
        written_at=ANSWERED,
        card=version,
        model="m",
        summary="Cleo looked for her lamp.",
        disposition="resolved",
        promises=[PROMISE],
    )

    def answered(key, **fields):
        question = version.questions.get(key=key)
        Answer.objects.create(report=made, question=question, **fields)

    answered("greeting", given="yes", quotes=[QUOTE])
    answered("understanding", given="mostly")
    answered("politeness", given="fully", doubt="quote_not_found")
    answered("closing", others_part=True)
    grading.grade(made)
    return made


def answer(report, key):
    return report.answers.get(question__key=key)


def fresh(report):
    report.refresh_from_db()
    return report


def test_what_counts_makes_the_score(report):
    # 8 x 1 and 15 x 0.7, of 23.
    assert (report.score, report.needs_human) == (80.4, 1)
    whys = dict(report.answers.values_list("question__key", "why"))
    assert whys["politeness"] == "needs_human"
    assert whys["closing"] == "others_part"


def test_who_may_hear_a_message_reads_no_report_on_a_colleague(
    client, call, report, ada, ben
):
    Voicemail.objects.create(
        call=call, recording_sid="RE1", duration=7.0, start=41.0, left_at=ANSWERED
    )
    for who, reads in ((ada, True), (ben, False)):
        client.force_login(who)
        page = client.get(reverse("call", args=[call.sid])).content.decode()
        assert (report.summary in page, "Score 80" in page) == (reads, reads)


# Correcting


def test_a_correction_keeps_both_values_and_counts_anew(report, sam):
    reviewing.correct(
        answer=answer(report, "greeting"), value="no", why="She did not.", by=sam
    )
    corrected = answer(report, "greeting")
    assert (corrected.given, corrected.final) == ("yes", "no")
    [kept] = corrected.corrections.all()
    assert (kept.before, kept.value, kept.by) == ("yes", "no", sam)
    # 15 x 0.7, of 23.
    assert fresh(report).score == 45.7


def test_an_answer_in_doubt_counts_once_a_person_has_confirmed_it(report, sam):
    reviewing.correct(
        answer=answer(report, "politeness"), value="fully", why="", by=sam
    )
    # 8 and 10.5 and 8, of 31.
    assert (fresh(report).score, report.needs_human) == (85.5, 0)


def test_a_suggested_answer_counts_once_a_person_has_confirmed_it(report, sam):
    report.answers.filter(question__key="greeting").update(suggested=True)
    grading.grade(report)
    # 10.5 of 15.
    assert (fresh(report).score, report.needs_human) == (70.0, 2)
    reviewing.correct(answer=answer(report, "greeting"), value="yes", why="", by=sam)
    assert (fresh(report).score, report.needs_human) == (80.4, 1)


def test_an_answer_that_the_question_does_not_have_is_refused(report, sam):
    with pytest.raises(Refused, match="no such answer"):
        reviewing.correct(
            answer=answer(report, "greeting"), value="maybe", why="", by=sam
        )
    assert answer(report, "greeting").final is None


def test_an_older_report_is_not_worked_on(report, sam):
    QualityReport.objects.update(current=False)
    with pytest.raises(Refused, match="newer report"):
        reviewing.acknowledge(report=report, by=sam)


def test_each_deed_is_in_the_calls_history_without_any_words(report, ada, sam):
    greeting = answer(report, "greeting")
    reviewing.acknowledge(report=report, by=ada)
    row = reviewing.contest(answer=greeting, reason="I did greet.", by=ada)
    reviewing.answer_contest(contest=row, value="no", reply="Listen again.", by=sam)
    told = CallEvent.objects.filter(name__startswith="report.").order_by("number")
    assert [event.name for event in told] == [
        "report.acknowledged",
        "report.contested",
        "report.corrected",
        "report.contest_answered",
    ]
    assert [event.data["by"]["name"] for event in told] == ["Ada", "Ada", "Sam", "Sam"]
    assert "greet" not in str([event.data for event in told])


# Contesting


@pytest.mark.parametrize(
    ("value", "state", "score"), [("no", "accepted", 45.7), ("yes", "rejected", 80.4)]
)
def test_an_objection_is_accepted_with_another_answer(
    report, ada, sam, value, state, score
):
    row = reviewing.contest(
        answer=answer(report, "greeting"), reason="I only said my name.", by=ada
    )
    assert fresh(report).score == 80.4
    done = reviewing.answer_contest(contest=row, value=value, reply="I see.", by=sam)
    assert (done.state, done.answered_by) == (state, sam)
    assert fresh(report).score == score


def test_an_answer_is_contested_once_at_a_time_and_answered_once(report, ada, sam):
    greeting = answer(report, "greeting")
    row = reviewing.contest(answer=greeting, reason="I did.", by=ada)
    with pytest.raises(Refused, match="already"):
        reviewing.contest(answer=greeting, reason="Really.", by=ada)
    reviewing.answer_contest(contest=row, value="", reply="No.", by=sam)
    with pytest.raises(Refused, match="already"):
        reviewing.answer_contest(contest=row, value="", reply="No.", by=sam)


# Rewriting


def rewritten(report, by, **changes):
    told = {
        "summary": report.summary,
        "disposition": report.disposition,
        "promises": [{"who": "agent", "what": "Send a lamp.", "by_when": "by Friday"}],
    }
    return reviewing.rewrite(report=report, by=by, **(told | changes))


def test_only_what_changed_is_a_revision(report, ada):
    assert rewritten(report, ada) == []
    rewritten(report, ada, summary="She found it.", disposition="follow_up")
    kept = Revision.objects.order_by("field").values_list("field", "before", "after")
    assert list(kept) == [
        ("disposition", "resolved", "follow_up"),
        ("summary", "Cleo looked for her lamp.", "She found it."),
    ]
    assert fresh(report).summary == "She found it."


def test_a_promise_keeps_its_proof_as_long_as_its_words_stay(report, ada):
    later = {"who": "agent", "what": "Send a lamp.", "by_when": "on Monday"}
    new = {"who": "caller", "what": "Call again.", "by_when": ""}
    rewritten(report, ada, promises=[later, new, new | {"what": " "}])
    kept, added = fresh(report).promises
    assert (kept["by_when"], kept["quotes"]) == ("on Monday", [QUOTE])
    assert (added["what"], added["quotes"]) == ("Call again.", [])


@pytest.mark.parametrize("wrong", [{"disposition": "great"}, {"summary": "  "}])
def test_nonsense_is_refused(report, ada, wrong):
    with pytest.raises(Refused):
        rewritten(report, ada, **wrong)


def corrected(report, by):
    reviewing.correct(answer=answer(report, "greeting"), value="no", why="", by=by)


def accepted(report, by):
    row = Contest.objects.create(answer=answer(report, "greeting"), reason="No.")
    reviewing.answer_contest(contest=row, value="no", reply="Yes.", by=by)


def concluded(report, by):
    rewritten(report, by, disposition="escalated")


@pytest.mark.parametrize("deed", [corrected, accepted, concluded])
def test_the_call_is_found_by_what_people_made_of_its_report(report, sam, deed):
    def found():
        documents.refresh()
        document = CallDocument.objects.get(call=report.call)
        return document.score, document.conclusion

    before = found()
    deed(report, sam)
    now = fresh(report)
    assert found() == (now.score, now.disposition) != before


# The doors


@pytest.fixture
def doors(report):
    """Each form of the page: address and what it sends."""
    sid, greeting = report.call.sid, answer(report, "greeting")
    row = Contest.objects.create(answer=answer(report, "understanding"), reason="No.")
    return {
        "correct": (
            reverse("report-correct", args=[sid, greeting.pk]),
            {"value": "no", "why": "So."},
        ),
        "contest": (
            reverse("report-contest", args=[sid, greeting.pk]),
            {"reason": "I did."},
        ),
        "answer": (
            reverse("report-answer-contest", args=[sid, row.pk]),
            {"value": "fully", "reply": "Yes."},
        ),
        "acknowledge": (reverse("report-acknowledge", args=[sid]), {}),
        "rewrite": (
            reverse("report-rewrite", args=[sid]),
            {"summary": "New.", "disposition": "resolved"},
        ),
    }


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("ada", {"contest", "acknowledge", "rewrite"}),
        ("sam", {"correct", "answer", "rewrite"}),
        ("ben", set()),
    ],
)
def test_the_calls_agent_a_supervisor_and_another_agent_may_do_this(
    client, request, doors, who, may
):
    client.force_login(request.getfixturevalue(who))
    answers = {
        name: client.post(address, sent).status_code
        for name, (address, sent) in doors.items()
    }
    assert {name for name, status in answers.items() if status == 302} == may
    assert {answers[name] for name in set(doors) - may} <= {403, 404}


def test_a_supervisor_does_not_review_their_own_call(client, doors, report, sam):
    report.call.agent = sam
    report.call.save(update_fields=["agent"])
    before = report.score
    client.force_login(sam)
    for name in ("correct", "answer"):
        address, sent = doors[name]
        page = client.post(address, sent, follow=True).content.decode()
        assert "Somebody else has to review it." in page
    assert (fresh(report).score, Contest.objects.get().state) == (before, "open")
    text = shown(client, sam, report)
    assert "Store this answer" not in text
    assert "Contest this answer" in text


def test_nothing_happens_by_looking_or_without_a_token(doors, sam):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    address, sent = doors["correct"]
    assert client.get(address).status_code == 405
    assert client.post(address, sent).status_code == 403


def test_after_a_form_one_is_back_at_its_answer_and_told_what_became_of_it(
    client, doors, report, sam
):
    client.force_login(sam)
    address, sent = doors["correct"]
    answer_ = client.post(address, sent | {"value": "perhaps"}, follow=True)
    back, _ = answer_.redirect_chain[0]
    assert back.endswith(f"#answer-{answer(report, 'greeting').pk}")
    assert "no such answer" in answer_.content.decode()


# The page


def shown(client, user, report):
    client.force_login(user)
    page = client.get(reverse("call", args=[report.call.sid]))
    return " ".join(page.content.decode().split())


def test_the_page_shows_score_answers_proof_and_why_something_does_not_count(
    client, report, sam
):
    text = shown(client, sam, report)
    for each in (
        "80 %",
        "Understanding the need",
        "Mostly",
        "10.5 of 15",
        'data-at="3.000" data-until="4.000"',
        "A quote was not found in the transcript.",
        "Somebody else had this part of the call.",
        "Send a lamp.",
        "by Friday",
    ):
        assert each in text


def test_the_agent_may_contest_and_the_supervisor_correct(client, report, ada, sam):
    theirs, ours = (shown(client, each, report) for each in (ada, sam))
    assert "Contest this answer" in theirs
    assert "I have read this report" in theirs
    assert "Store this answer" not in theirs
    assert "Store this answer" in ours
    assert "Contest this answer" not in ours


def test_a_corrected_answer_is_shown_beside_the_machines(client, report, sam):
    reviewing.correct(
        answer=answer(report, "greeting"), value="no", why="Listen.", by=sam
    )
    text = shown(client, sam, report)
    assert "The machine said: Yes" in text
    assert "Reviewed by Sam" in text


def test_contested_answers_are_a_list_of_the_admin(client, doors, sam):
    client.force_login(sam)
    page = client.get("/admin/analytics/contest/?state__exact=open")
    assert "Understanding the need" in page.content.decode()


def test_reports_with_an_open_objection_can_be_filtered(client, doors, sam):
    client.force_login(sam)
    page = client.get(
        "/admin/analytics/qualityreport/?answers__contests__state__exact=open"
    )
    assert page.status_code == 200
    assert page.context["cl"].result_count == 1


@pytest.mark.django_db(transaction=True)
def test_a_report_and_a_change_of_its_call_do_not_wait_for_each_other(report, sam):
    words = {"summary": "Cleo has her lamp.", "disposition": "resolved", "promises": []}
    beside_a_change(
        report.call, lambda: reviewing.rewrite(report=report, by=sam, **words)
    )
    assert fresh(report).summary == "Cleo has her lamp."
