"""Who is at the other end."""

from typing import ClassVar

import phonenumbers
from django.db import models
from django.utils.translation import gettext_lazy as _


def normalised(number: str, *, region: str | None = None) -> str:
    """The number in E.164; ValueError if it cannot be one.

    `region` (ISO 3166) is where a number without a country code belongs. Numbers that
    are possible count: a caller's number must not be lost because a plan has changed.
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from error
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError("not a possible number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class Customer(models.Model):
    """Somebody with a telephone number, and what we agreed with them."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    # Empty: never asked.
    whatsapp_opt_in = models.BooleanField(_("agreed to WhatsApp"), null=True)
    do_not_call = models.BooleanField(
        _("do not call"), default=False, help_text=_("Outbound calls are refused.")
    )
    # WhatsApp takes free text for 24 hours after the customer's last message.
    wrote_at = models.DateTimeField(_("last wrote on WhatsApp"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.name or self.number
