"""`manage.py documents`: what calls are found by, and the figures of days, made again from the records."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from analytics import daily, documents, occupancy
from calls.models import Call


class Command(BaseCommand):
    help = "Make what calls are found by again, for all ended calls; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="without progress")

    def handle(self, *_args: Any, quiet: bool, **_options: Any) -> None:
        ended = Call.objects.filter(ended_at__isnull=False).order_by("pk")
        last, done = 0, 0
        while ids := list(
            ended.filter(pk__gt=last).values_list("pk", flat=True)[: documents.BATCH]
        ):
            documents.rebuild(ids)
            last, done = ids[-1], done + len(ids)
            if not quiet and sys.stderr.isatty():
                self.stderr.write(f"\r{done} calls", ending="")
        daily.count_all()
        occupancy.count_all(now=timezone.now())
        self.stdout.write(f"{done} documents made, all days counted.")
