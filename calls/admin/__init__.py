"""This room in the admin; importing it registers the pages."""

from calls.admin import access, assistants, call, customers, people, routing

__all__ = ["access", "assistants", "call", "customers", "people", "routing"]
