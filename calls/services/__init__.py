"""The verbs of this room: the only writers of its records, keyword-only, each safe to repeat."""
