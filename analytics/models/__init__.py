"""What is found out after a call, and how far that has come; writes are in services."""

from analytics.models.measures import Measures
from analytics.models.privacy import Original, OriginalLook, Redaction
from analytics.models.reports import QualityReport
from analytics.models.steps import Step, StepQuerySet
from analytics.models.transcripts import ForeignTranscript, Transcript

__all__ = [
    "ForeignTranscript",
    "Measures",
    "Original",
    "OriginalLook",
    "QualityReport",
    "Redaction",
    "Step",
    "StepQuerySet",
    "Transcript",
]
