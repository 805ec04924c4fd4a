"""How often people agreed with the model, question by question; it changes no answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q

from analytics.models import Answer, Question, ScorecardVersion

# A question that is put otherwise is another question.
_SAME = ("key", "text", "instruction", "kind")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Answers of the model that a person reviewed, and those of them that stayed as they were."""

    reviewed: int = 0
    agreed: int = 0

    @property
    def percent(self) -> float | None:
        """None before the first review."""
        return 100 * self.agreed / self.reviewed if self.reviewed else None

    def is_too_low(self, *, least: int, reviews: int) -> bool:
        """Whether the question's answers by the model are only suggestions."""
        share = self.percent
        return share is not None and self.reviewed >= reviews and share < least


def of(
    version: ScorecardVersion, questions: Sequence[Question]
) -> dict[int, Agreement]:
    """Of each of the version's questions, by its id, over all versions that ask it in the same words.

    Only answers whose evidence held: the others never counted.
    """
    rows = (
        Answer.objects.filter(
            report__current=True,
            question__version__scorecard=version.scorecard_id,
            question__source=Question.Source.MODEL,
            final__isnull=False,
            given__isnull=False,
            doubt="",
        )
        .values_list(*(f"question__{name}" for name in _SAME))
        .annotate(reviewed=Count("pk"), agreed=Count("pk", filter=Q(final=F("given"))))
        .order_by()
    )
    found = {tuple(row[:-2]): Agreement(row[-2], row[-1]) for row in rows}
    return {
        each.pk: found.get(tuple(getattr(each, name) for name in _SAME), Agreement())
        for each in questions
    }


def only_suggests(version: ScorecardVersion, questions: Sequence[Question]) -> set[int]:
    """Ids of the questions whose answers by the model do not count until a person confirms them."""
    found = of(version, questions)
    return {
        each.pk
        for each in questions
        if each.source == Question.Source.MODEL
        and found[each.pk].is_too_low(
            least=each.least_agreement, reviews=version.reviews_needed
        )
    }
