#!/usr/bin/env python
"""The operator's door: Django's commands, with the embedded servers where none are set."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    if sys.argv[1:2] == ["measure"]:  # works anywhere, and signs nothing
        os.environ.setdefault("SECRET_KEY", "none")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from callcenter import announcement, embedded

    try:
        with embedded.servers_for(sys.argv):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}\n(The demo sets everything: make demo)")
    except announcement.Held:
        sys.exit("Another command of this folder is using the database; end it.")


if __name__ == "__main__":
    main()
