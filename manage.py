#!/usr/bin/env python
"""The operator's door: Django's commands, with the embedded servers where none are set."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    from django.core.management import execute_from_command_line

    from callcenter import embedded

    with embedded.servers_for(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
