"""What a caller is told: the line's own texts, else ours in the line's language; no I/O."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from calls.languages import ENGLISH
from calls.models import Line
from calls.twiml import Speech, Texts


def texts(line: Line | None) -> Texts:
    """All that may be said on this line; what the line leaves empty is not said."""
    language = ENGLISH if line is None else line.language
    with translation.override(_catalogue(language)):
        ours = _ours(_voice(language))
    if line is None:
        return ours
    return Texts(
        greeting=Speech(line.greeting, language),
        consent=Speech(line.consent, language),
        closed=Speech(line.closed_message, language),
        again=ours.again,
        connecting=ours.connecting,
        nobody_free=ours.nobody_free,
        invitation=ours.invitation,
        offer=ours.offer,
        thanks=ours.thanks,
        promise=ours.promise,
        goodbye=ours.goodbye,
    )


def own_words(text: str, line: Line | None) -> Speech:
    """What somebody has written for the callers of this line."""
    return Speech(text, ENGLISH if line is None else line.language)


def position(number: int, line: Line | None) -> Speech:
    """Where in line the caller is; 1 is next."""
    language = ENGLISH if line is None else line.language
    with translation.override(_catalogue(language)):
        text = (
            _("You are next in line.")
            if number == 1
            else _("You are number %(number)d in line.") % {"number": number}
        )
    return Speech(text, _voice(language))


def _ours(voice: str) -> Texts:
    company = {"company": settings.COMPANY_NAME}
    return Texts(
        greeting=Speech(_("Welcome to %(company)s.") % company, voice),
        consent=Speech(_("This call is recorded to improve our service."), voice),
        closed=Speech(_("You are calling outside our opening hours."), voice),
        again=Speech(_("One moment please, we are connecting you again."), voice),
        connecting=Speech(_("One moment please, we are connecting you."), voice),
        nobody_free=Speech(_("We are sorry, nobody is free to take your call."), voice),
        invitation=Speech(
            _("Please leave a message after the tone, and press hash when done."),
            voice,
        ),
        offer=Speech(
            _(
                "Press 1 and we call you back on the number that you are calling from."
                " To leave a message, stay on the line."
            ),
            voice,
        ),
        thanks=Speech(_("Thank you for your message. Goodbye."), voice),
        promise=Speech(_("Thank you. We will call you back. Goodbye."), voice),
        goodbye=Speech(_("Please call again later. Goodbye."), voice),
    )


def _catalogue(language: str) -> str:
    """The language that we have translations for, nearest to this one."""
    try:
        return translation.get_supported_language_variant(language.lower())
    except LookupError:
        return settings.LANGUAGE_CODE


def _voice(language: str) -> str:
    """English texts are not read out by a voice of another language."""
    spoken = language.partition("-")[0]
    return language if _catalogue(language).startswith(spoken) else ENGLISH
