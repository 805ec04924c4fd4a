"""Filters for the pages of this room."""
