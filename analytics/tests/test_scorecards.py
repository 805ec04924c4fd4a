"""What supervisors write, what of it never changes, and which scorecard a call gets."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse

from analytics import agreement, card_writing, cards, scoring
from analytics.models import (
    Answer,
    Measures,
    Option,
    QualityReport,
    Question,
    Scorecard,
    ScorecardVersion,
    Section,
)
from analytics.tests.conftest import ANSWERED, default_card
from calls.models import Call, Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(db):
    return default_card()


@pytest.fixture
def draft(shipped, sam):
    return card_writing.next_version(card=shipped.scorecard, by=sam)


@pytest.fixture
def blank(db, sam):
    """A new card's first draft, with a section."""
    card = Scorecard.objects.create(name="Sales")
    version = card_writing.next_version(card=card, by=sam)
    Section.objects.create(version=version, position=1, title="All")
    return version


def asked(version, title="Greeting", **more):
    section = version.sections.first()
    return Question.objects.create(
        version=version, section=section, title=title, **more
    )


# The default


def test_what_ships_is_in_force_and_makes_sense(shipped):
    assert shipped.is_fixed
    assert cards.problems(shipped) == []
    assert sum(cards.worths(shipped, cards.questions(shipped)).values()) == 100


def test_what_ships_is_answered_by_the_model_and_by_measures(shipped):
    sources = set(shipped.questions.values_list("source", flat=True))
    assert sources == {"model", "measure"}


# Versions


@pytest.mark.parametrize("name", ["sections", "questions"])
def test_nothing_of_a_version_in_force_is_changed_or_taken_out(shipped, name):
    row = getattr(shipped, name).first()
    row.title = "Something else"
    for change in (row.save, row.delete, shipped.save, shipped.delete):
        with pytest.raises(ValueError, match="never changes"):
            change()


def test_the_options_of_a_version_in_force_stay(shipped):
    option = Option.objects.filter(question__version=shipped).first()
    option.points = 99
    for change in (option.save, option.delete):
        with pytest.raises(ValueError, match="never changes"):
            change()


def test_the_next_version_is_a_copy_that_can_be_changed(shipped, draft):
    assert draft.number == shipped.number + 1
    card = [
        cards.card(each, cards.questions(each)).questions for each in (shipped, draft)
    ]
    plain = [
        [(q.key, q.kind, q.weight, q.options, q.condition) for q in questions]
        for questions in card
    ]
    assert plain[0] == plain[1]
    question = draft.questions.get(key="greeting")
    question.weight = 12
    question.save()
    assert shipped.questions.get(key="greeting").weight == 8


def test_a_copied_condition_hangs_on_the_copied_question(shipped, draft, sam):
    question = draft.questions.get(key="closing")
    question.only_question = draft.questions.get(key="greeting")
    question.only_answer = "yes"
    question.save()
    card_writing.put_in_force(version=draft, by=sam)
    third = card_writing.next_version(card=shipped.scorecard, by=sam)
    assert third.questions.get(key="closing").only_question.version == third


def test_there_is_one_draft_at_a_time(shipped, draft, sam):
    assert card_writing.next_version(card=shipped.scorecard, by=sam) == draft


def test_calls_are_judged_by_the_newest_version_in_force(shipped, draft, sam, call):
    assert cards.for_call(call) == shipped
    card_writing.put_in_force(version=draft, by=sam)
    assert cards.for_call(call) == draft


def test_a_queues_own_scorecard_comes_before_the_default(shipped, blank, sam, call):
    call.queue = Queue.objects.create(name="Sales")
    call.save()
    blank.scorecard.queues.add(call.queue)
    # As long as it is only a draft, the default is used.
    assert cards.for_call(call) == shipped
    asked(blank, weight=100)
    card_writing.put_in_force(version=blank, by=sam)
    assert cards.for_call(call) == blank


# What makes no sense


def test_weights_must_total_100(blank, sam):
    asked(blank, weight=60)
    with pytest.raises(
        card_writing.NotReadyError, match="total 60, and must total 100"
    ):
        card_writing.put_in_force(version=blank, by=sam)
    asked(blank, "Closing", weight=40)
    card_writing.put_in_force(version=blank, by=sam)


def test_points_may_total_anything(blank, sam):
    blank.scoring = ScorecardVersion.Scoring.POINTS
    blank.save()
    asked(blank, weight=7)
    card_writing.put_in_force(version=blank, by=sam)


def test_a_number_is_never_answered_by_the_model(blank):
    with pytest.raises(IntegrityError):
        asked(blank, kind="number", source="model")


def test_the_form_says_so_before_the_database_does(blank):
    question = asked(blank)
    question.kind = Question.Kind.NUMBER
    with pytest.raises(ValidationError, match="never by the model"):
        question.full_clean()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "choice"}, "two options"),
        ({"kind": "text"}, "does not count"),
        ({"kind": "number", "source": "hand"}, "ranges with points"),
        ({"source": "measure", "measure": "mood"}, "choose the measure"),
        ({"source": "measure", "measure": "hold_time"}, "from which measure"),
        ({"only_measure": "mood"}, "no such measure"),
    ],
)
def test_a_draft_that_makes_no_sense_is_not_put_in_force(blank, sam, wrong, told):
    asked(blank, weight=100, **wrong)
    with pytest.raises(card_writing.NotReadyError, match=told):
        card_writing.put_in_force(version=blank, by=sam)


def test_a_question_can_hang_only_on_one_before_it(blank, sam):
    late = asked(blank, "Late", position=2, weight=50)
    early = asked(blank, "Early", position=1, weight=50)
    early.only_question, early.only_answer = late, "yes"
    early.save()
    with pytest.raises(card_writing.NotReadyError, match="before it"):
        card_writing.put_in_force(version=blank, by=sam)


def test_a_question_hangs_on_answers_that_can_be_chosen(blank, sam):
    note = asked(blank, "Note", kind="text", source="hand")
    asked(blank, "Late", position=1, weight=100, only_question=note, only_answer="x")
    with pytest.raises(card_writing.NotReadyError, match="yes or no or a choice"):
        card_writing.put_in_force(version=blank, by=sam)


def test_options_of_the_same_title_are_two_answers(blank):
    question = asked(blank, kind="choice")
    for title in ("Good", "good!", "?", "!"):
        Option.objects.create(question=question, title=title)
    keys = question.options.values_list("key", flat=True)
    assert set(keys) == {"good", "good-2", "option", "option-2"}


# Measures


def measured(call, **figures):
    return Measures.objects.create(
        call=call,
        computed_at=ANSWERED,
        thresholds={},
        result={"figures": figures, "reasons": {}},
    )


def test_a_share_is_in_percent_and_of_whoever_is_judged(shipped, call):
    measures = measured(call, talk_share={"agent": 0.6, "caller": 0.4})
    question = shipped.questions.get(key="talk-share")
    assert cards.measured(question, measures, "agent") == "60"
    question.whose = Question.Whose.CALLER
    assert cards.measured(question, measures, "agent") == "40"


@pytest.mark.parametrize(("seconds", "answer"), [(4.9, "no"), (5.0, "yes"), (9, "no")])
def test_a_measure_answers_a_yes_or_no_by_its_range(call, seconds, answer):
    question = Question(
        kind="yes_no",
        source="measure",
        measure="hold_time",
        measure_low=5,
        measure_high=9,
    )
    found = cards.measured(question, measured(call, hold_time=seconds), "agent")
    assert found == answer


def test_a_measure_that_is_unknown_answers_nothing(shipped, call):
    question = shipped.questions.get(key="dead-air")
    assert cards.measured(question, measured(call, dead_air_time=None), "agent") is None
    assert cards.measured(question, None, "agent") is None


def test_holds_are_asked_about_only_where_there_were_any(shipped, call):
    questions = cards.questions(shipped)
    question = next(each for each in questions if each.key == "hold-announced")
    for holds, expected in ((0, False), (2, True)):
        call.measures.all().delete()
        known = cards.known(call, measured(call, hold_count=holds), "agent")
        assert scoring.is_asked(cards.as_question(question), known) is expected


# Trust


def reviewed(question, given, final, number):
    call = Call.objects.create(
        sid=f"CA{number:032}",
        direction="inbound",
        status="completed",
        from_number="+15550107788",
        to_number="+15550100000",
        created_at=ANSWERED,
    )
    report = QualityReport.objects.create(call=call, written_at=ANSWERED, model="m")
    Answer.objects.create(report=report, question=question, given=given, final=final)


@pytest.mark.parametrize(
    ("agreed", "differed", "suggests"),
    [(3, 1, False), (4, 1, False), (3, 2, True), (0, 5, True)],
)
def test_a_question_with_too_little_agreement_only_suggests(
    shipped, agreed, differed, suggests
):
    # 80 % at least, once 5 answers have been reviewed.
    ScorecardVersion.objects.filter(pk=shipped.pk).update(reviews_needed=5)
    shipped.refresh_from_db()
    question = shipped.questions.get(key="greeting")
    for number in range(agreed):
        reviewed(question, "yes", "yes", number)
    for number in range(differed):
        reviewed(question, "yes", "no", 100 + number)
    questions = cards.questions(shipped)
    assert (question.pk in agreement.only_suggests(shipped, questions)) is suggests


def test_trust_goes_on_with_a_question_until_it_is_put_otherwise(shipped, draft):
    reviewed(shipped.questions.get(key="greeting"), "yes", "no", 1)
    copy = draft.questions.get(key="greeting")
    assert agreement.of(draft, [copy])[copy.pk].percent == 0
    copy.instruction = "A greeting and a name."
    copy.save()
    assert agreement.of(draft, [copy])[copy.pk].percent is None


# The admin


def test_a_supervisor_sees_a_version_in_force_and_cannot_change_it(
    client, shipped, sam
):
    client.force_login(sam)
    page = reverse("admin:analytics_scorecardversion_change", args=[shipped.pk])
    shown = client.get(page).content.decode()
    assert "In force" in shown
    assert 'name="_save"' not in shown
    assert client.post(page, {"scoring": "points"}).status_code == 403


def test_a_supervisor_writes_the_next_version_and_puts_it_in_force(
    client, shipped, sam
):
    client.force_login(sam)
    begin = reverse("admin:analytics_scorecard_next", args=[shipped.scorecard_id])
    page = client.post(begin).url
    form = filled(client.get(page).context)
    first = next(name for name in form if name.endswith("-weight"))
    answer = client.post(page, form | {first: "50", "_in_force": ""}, follow=True)
    assert "must total 100" in answer.content.decode()
    assert shipped.scorecard.draft is not None
    client.post(page, form | {"_in_force": ""})
    assert shipped.scorecard.draft is None
    assert shipped.scorecard.current.published_by == sam


def filled(context):
    """What a browser would send of a page of the admin that nobody has touched."""
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    sent = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                sent[field.html_name] = value
    return sent


def test_looking_does_not_begin_a_version_and_an_agent_may_not(
    client, shipped, sam, ada
):
    begin = reverse("admin:analytics_scorecard_next", args=[shipped.scorecard_id])
    client.force_login(sam)
    assert client.get(begin).status_code == 403
    client.force_login(ada)
    assert client.post(begin).status_code == 302
    assert shipped.scorecard.draft is None


def test_a_queue_has_one_scorecard(client, shipped, blank, sam):
    queue = Queue.objects.create(name="Sales")
    shipped.scorecard.queues.add(queue)
    client.force_login(sam)
    page = reverse("admin:analytics_scorecard_change", args=[blank.scorecard_id])
    form = filled(client.get(page).context) | {"queues": [queue.pk]}
    assert "has the scorecard" in client.post(page, form).content.decode()


def test_a_questions_own_page_stores_it_and_leads_back(client, draft, sam):
    question = draft.questions.get(key="resolution")
    client.force_login(sam)
    page = reverse("admin:analytics_question_change", args=[question.pk])
    form = filled(client.get(page).context) | {
        "only_question": draft.questions.get(key="greeting").pk,
        "only_answer": "Yes",
    }
    answer = client.post(page, form)
    question.refresh_from_db()
    assert answer.url.endswith(f"/scorecardversion/{draft.pk}/change/")
    assert question.only_answer == "yes"
