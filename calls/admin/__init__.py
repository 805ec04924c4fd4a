"""This room in the admin; importing it registers the pages."""

from calls.admin import call, people

__all__ = ["call", "people"]
