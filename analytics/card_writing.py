"""The verbs of scorecards: the next version, and putting it in force; what it says is written in the admin."""

from django.db import transaction
from django.utils import timezone

from analytics import cards
from analytics.models import Option, Question, Scorecard, ScorecardVersion, Section
from calls.models import User


class NotReadyError(Exception):
    """A draft that makes no sense yet; `problems` says why, in words."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def next_version(*, card: Scorecard, by: User | None) -> ScorecardVersion:
    """The card's draft: the one that is there, else a copy of the newest version, else an empty one."""
    with transaction.atomic():
        # Its row orders two people who begin at once.
        Scorecard.objects.select_for_update(no_key=True).get(pk=card.pk)
        if (draft := card.draft) is not None:
            return draft
        last = card.versions.order_by("-number").first()
        new = ScorecardVersion(
            scorecard=card,
            number=1 if last is None else last.number + 1,
            created_by=by,
        )
        if last is None:
            new.save()
            return new
        new.scoring, new.reviews_needed = last.scoring, last.reviews_needed
        new.save()
        _copy(last, new)
        return new


def put_in_force(*, version: ScorecardVersion, by: User) -> None:
    """Calls are judged by it from now on, and it changes no more. NotReadyError says what is missing."""
    with transaction.atomic():
        Scorecard.objects.select_for_update(no_key=True).get(pk=version.scorecard_id)
        if faults := cards.problems(version):
            raise NotReadyError(faults)
        version.published_at, version.published_by = timezone.now(), by
        version.save()


def _copy(old: ScorecardVersion, new: ScorecardVersion) -> None:
    sections: dict[int, Section] = {}
    for section in old.sections.all():
        sections[section.pk] = Section.objects.create(
            version=new, position=section.position, title=section.title
        )
    questions: dict[int, Question] = {}
    for question in old.questions.all():
        before, options = question.pk, list(question.options.all())
        earlier = question.only_question_id
        question.pk, question._state.adding = None, True
        question.version, question.section = new, sections[question.section_id]
        question.only_question = None if earlier is None else questions.get(earlier)
        question.save()
        questions[before] = question
        for option in options:
            Option.objects.create(
                question=question,
                position=option.position,
                title=option.title,
                points=option.points,
                fails=option.fails,
                low=option.low,
                high=option.high,
            )
