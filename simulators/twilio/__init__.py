"""A played Twilio: telephone lines, documents, conferences, streams and recordings, over Twilio's wire."""

from simulators.twilio.engine import Engine
from simulators.twilio.legs import Leg, Party

__all__ = ["Engine", "Leg", "Party"]
