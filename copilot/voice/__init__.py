"""The AI voice: what it says, when, and what of it was heard."""
