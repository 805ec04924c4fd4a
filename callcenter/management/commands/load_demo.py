"""`manage.py load_demo`: the demo's tables and people, for a machine without accounts."""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from callcenter.demo_data import load_demo_data
from callcenter.people import load_demo_people


class Command(BaseCommand):
    help = (
        "Migrate, and create the people and the data of the demo (only with DEBUG on)."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo users have known passwords: DEBUG must be on.")
        # In one process: Django's start is half of what each would take.
        call_command("migrate", verbosity=0, interactive=False)
        colleagues = load_demo_people(
            colleagues=os.environ["SIMULATED_COLLEAGUES"].split(","),
            colleague_password=os.environ["SIMULATED_COLLEAGUE_PASSWORD"],
        )
        load_demo_data(colleagues=colleagues)
