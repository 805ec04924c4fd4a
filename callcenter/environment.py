"""Reading settings from the environment, refusing odd values; secrets may come from files."""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

env = FileAwareEnv()


def url(name: str, default: str) -> str:
    """An http(s) URL without a trailing slash."""
    value = str(env.str(name, default=default)).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ImproperlyConfigured(f"{name} must be an http(s) URL")
    return value


def port(name: str, default: int) -> int:
    value = int(env.int(name, default=default))
    if not 0 < value < 65536:
        raise ImproperlyConfigured(f"{name} must be a port from 1 to 65535")
    return value


def kept_secret(path: Path) -> str:
    """A random secret that is made once and kept beside the data of a development machine."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()
