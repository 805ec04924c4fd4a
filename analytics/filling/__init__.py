"""Calls that never were, in great numbers, for `manage.py fill`: to see how fast lists, search and trends are."""
