"""What is found out after a call, and how far that has come; writes are in services."""

from analytics.models.daily import DailyFigures
from analytics.models.documents import CallDocument
from analytics.models.measures import Measures
from analytics.models.reports import QualityReport
from analytics.models.steps import Step, StepQuerySet
from analytics.models.transcripts import ForeignTranscript, Transcript

__all__ = [
    "CallDocument",
    "DailyFigures",
    "ForeignTranscript",
    "Measures",
    "QualityReport",
    "Step",
    "StepQuerySet",
    "Transcript",
]
