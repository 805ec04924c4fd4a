"""`manage.py load_demo`: the demo's people, for a machine without accounts."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from callcenter.people import load_demo_people


class Command(BaseCommand):
    help = "Create the users of the demo (only with DEBUG on)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo users have known passwords: DEBUG must be on.")
        load_demo_people(
            colleagues=os.environ["SIMULATED_COLLEAGUES"].split(","),
            colleague_password=os.environ["SIMULATED_COLLEAGUE_PASSWORD"],
        )
