"""`manage.py fill`: a database full of played calls, to see how it behaves when it is large."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from analytics.filling import writing


class Command(BaseCommand):
    help = "Add played calls with words, measures, reports and daily figures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--calls", type=int, required=True)
        parser.add_argument("--utterances-per-call", type=int, default=20)
        parser.add_argument("--days", type=int, default=365)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--yes", action="store_true", help="even beside calls that are real"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        wish = writing.Wish(
            calls=options["calls"],
            utterances=options["utterances_per_call"],
            days=options["days"],
            seed=options["seed"],
        )
        if min(wish.calls, wish.utterances, wish.days) < 1:
            raise CommandError("Numbers of calls, utterances and days are positive.")
        if not options["yes"] and writing.holds_real_calls():
            raise CommandError(
                "This database holds real calls, among which these would stand for"
                " ever. If that is what you want: --yes"
            )
        writing.fill(wish, now=timezone.now(), tell=self._tell)
        self._tell(f"{wish.calls:,} calls added")
        self.stderr.write("")

    def _tell(self, text: str) -> None:
        """On one line of a terminal; else a line each."""
        if sys.stderr.isatty():
            self.stderr.write(f"\r\033[K{text}", ending="")
        else:
            self.stderr.write(text)
