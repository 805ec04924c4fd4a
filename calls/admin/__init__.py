"""This room in the admin; importing it registers the pages."""

from calls.admin import access, call, customers, people, routing

__all__ = ["access", "call", "customers", "people", "routing"]
