"""The languages that Twilio speaks with every account's voices; no I/O."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ENGLISH: Final = "en-US"
SPOKEN: Final[tuple[tuple[str, Promise], ...]] = (
    ("ca-ES", _("Catalan")),
    ("zh-CN", _("Chinese (Mandarin)")),
    ("da-DK", _("Danish")),
    ("nl-NL", _("Dutch")),
    ("en-AU", _("English (Australia)")),
    ("en-GB", _("English (Great Britain)")),
    ("en-IN", _("English (India)")),
    ("en-US", _("English (United States)")),
    ("fi-FI", _("Finnish")),
    ("fr-CA", _("French (Canada)")),
    ("fr-FR", _("French (France)")),
    ("de-DE", _("German")),
    ("it-IT", _("Italian")),
    ("ja-JP", _("Japanese")),
    ("ko-KR", _("Korean")),
    ("nb-NO", _("Norwegian")),
    ("pl-PL", _("Polish")),
    ("pt-BR", _("Portuguese (Brazil)")),
    ("pt-PT", _("Portuguese (Portugal)")),
    ("ru-RU", _("Russian")),
    ("es-MX", _("Spanish (Mexico)")),
    ("es-ES", _("Spanish (Spain)")),
    ("sv-SE", _("Swedish")),
)
