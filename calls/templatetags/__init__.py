"""Filters that the pages of this room and of those above share."""
