"""What is found out after a call, and how far that has come; writes are in services."""

from analytics.models.daily import DailyFigures, DailyPresence
from analytics.models.documents import CallDocument
from analytics.models.measures import Measures
from analytics.models.privacy import Original, OriginalLook, Redaction
from analytics.models.questions import Option, Question, Section, option_key
from analytics.models.reports import Answer, QualityReport
from analytics.models.reviews import Contest, Correction, Revision
from analytics.models.scorecards import Scorecard, ScorecardVersion
from analytics.models.steps import Step, StepQuerySet
from analytics.models.transcripts import ForeignTranscript, Transcript
from analytics.models.waveforms import Waveform

__all__ = [
    "Answer",
    "CallDocument",
    "Contest",
    "Correction",
    "DailyFigures",
    "DailyPresence",
    "ForeignTranscript",
    "Measures",
    "Option",
    "Original",
    "OriginalLook",
    "QualityReport",
    "Question",
    "Redaction",
    "Revision",
    "Scorecard",
    "ScorecardVersion",
    "Section",
    "Step",
    "StepQuerySet",
    "Transcript",
    "Waveform",
    "option_key",
]
