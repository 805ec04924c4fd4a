"""The AI voice: what it is told, what it may say and do, and how a telephone hears it."""
