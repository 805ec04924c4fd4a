"""What is found out after a call, and how far that has come; writes are in services."""

from analytics.models.measures import Measures
from analytics.models.questions import Option, Question, Section, option_key
from analytics.models.reports import Answer, QualityReport
from analytics.models.reviews import Contest, Correction, Revision
from analytics.models.scorecards import Scorecard, ScorecardVersion
from analytics.models.steps import Step, StepQuerySet
from analytics.models.transcripts import ForeignTranscript, Transcript

__all__ = [
    "Answer",
    "Contest",
    "Correction",
    "ForeignTranscript",
    "Measures",
    "Option",
    "QualityReport",
    "Question",
    "Revision",
    "Scorecard",
    "ScorecardVersion",
    "Section",
    "Step",
    "StepQuerySet",
    "Transcript",
    "option_key",
]
