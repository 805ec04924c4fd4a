"""This room in the admin; importing it registers the pages."""

from calls.admin import access, call, people

__all__ = ["access", "call", "people"]
