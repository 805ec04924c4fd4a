"""What the call page shows of how the call was judged; it decides nothing and writes nothing."""

from typing import Any

from django.utils.translation import gettext as _

from analytics import speakers
from analytics.models import QualityReport
from analytics.scorecard import BY_KEY
from calls.models import Call


def of(call: Call) -> dict[str, Any]:
    """The context of the report's part of the page."""
    report = QualityReport.objects.filter(call=call, current=True).first()
    return {"report": report, "scores": _scores(report) if report else []}


def _scores(report: QualityReport) -> list[dict[str, Any]]:
    return [
        {
            **score,
            "title": BY_KEY[score["question"]].title,
            "doubt_text": _DOUBTS.get(score["doubt"], _nothing)(),
            "quotes": [
                {**quote, "speaker_title": speakers.title(quote["speaker"])}
                for quote in score["quotes"]
            ],
        }
        for score in report.scores
        if score["question"] in BY_KEY
    ]


def _nothing() -> str:
    return ""


_DOUBTS = {
    "not_answered": lambda: _("The model did not answer this question."),
    "quote_not_found": lambda: _("A quote was not found in the transcript."),
    "others_words": lambda: _("The proof is what somebody else said."),
    "no_quote": lambda: _("The model gave no proof."),
}
