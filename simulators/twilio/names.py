"""Twilio's names for things: SIDs, dates and addresses; it holds no state."""

import re
import secrets
import time
from datetime import UTC, datetime
from email.utils import format_datetime

API_VERSION = "2010-04-01"
E164 = re.compile(r"^\+[1-9]\d{6,14}$")
IDENTITY = re.compile(r"^client:[\w.+-]{1,256}$")
WHATSAPP = re.compile(r"^whatsapp:\+[1-9]\d{6,14}$")


def sid(prefix: str) -> str:
    """A fresh SID: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def is_sid(value: str, prefix: str) -> bool:
    return re.fullmatch(prefix + "[0-9a-fA-F]{32}", value) is not None


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None


def iso8601(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def identity_of(address: str) -> str | None:
    """`agent_7` of `client:agent_7?key=value`; None for a telephone number."""
    if not address.startswith("client:"):
        return None
    return address.removeprefix("client:").partition("?")[0]
