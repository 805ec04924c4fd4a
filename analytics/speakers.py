"""What those who speak are called on a page."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from calls.models import Speaker


def title(name: str) -> str:
    """The title of a speaker; of a channel that carries everybody, that."""
    titles: dict[str, str | Promise] = dict(Speaker.choices)
    return str(titles.get(name, _("Everybody")))
