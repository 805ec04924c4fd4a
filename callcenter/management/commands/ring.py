"""Places a simulated call to this call centre; the call itself is played elsewhere."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

SECONDS = 30


class Command(BaseCommand):
    """`manage.py ring`: a scenario, a sound file of one's own, or lines to be said."""

    help = "Let a simulated caller ring."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Options; without any, a happy caller rings."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--scenario", metavar="NAME", help="which call; see --list")
        what.add_argument(
            "--audio",
            metavar="FILE.wav",
            type=Path,
            help="a sound file: channel 1 is the caller, channel 2, if any, the agent,"
            " whom a simulated colleague then plays",
        )
        what.add_argument(
            "--lines",
            metavar="TEXT",
            nargs="+",
            help="what the caller says, one after the other",
        )
        what.add_argument(
            "--list",
            action="store_true",
            help="show the scenarios, and the numbers that can be called, and stop",
        )
        parser.add_argument(
            "--from", dest="from_", metavar="+1…", help="the caller's number"
        )
        parser.add_argument(
            "--to", metavar="+1…", help="which of our numbers is dialled"
        )
        parser.add_argument(
            "--colleague",
            action="store_true",
            help="a simulated colleague takes the call at once",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ring and print the CallSid, or list what can be played."""
        if options["list"]:
            known = _ask("/_sim/scenarios")
            for scenario in known["scenarios"]:
                self.stdout.write(f"{scenario['name']:<26} {scenario['title']}")
            self.stdout.write("\nNumbers to call:")
            for entry in known["numbers"]:
                self.stdout.write(f"{entry['number']:<26} {entry['title']}")
            return
        self.stdout.write(_ask("/_sim/ring", _wish(options))["sid"])


def _wish(options: dict[str, Any]) -> dict[str, Any]:
    wish: dict[str, Any] = {"colleague": options["colleague"]}
    if options["from_"]:
        wish["from"] = options["from_"]
    if options["to"]:
        wish["to"] = options["to"]
    if options["audio"]:
        wish["audio"] = str(options["audio"].resolve())
    elif options["lines"]:
        wish["lines"] = options["lines"]
    else:
        wish["scenario"] = options["scenario"] or "happy_support"
    return wish


def _ask(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310  always http on loopback
        settings.SIMULATORS_URL + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  likewise
            content: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refusal:
        raise CommandError(_reason(refusal)) from refusal
    except (OSError, ValueError) as error:
        raise CommandError(
            f"The simulators do not answer at {settings.SIMULATORS_URL}."
            " Start them with: make demo"
        ) from error
    return content


def _reason(refusal: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(refusal)["error"])
    except (ValueError, KeyError, TypeError):
        return f"The simulators answered {refusal.code}."
