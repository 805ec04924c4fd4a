"""Who is at the other end."""

import re
import unicodedata
from typing import ClassVar, Final

import phonenumbers
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import F, Func, Value
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


# The words of a name in lower case and without accents, by functions that every
# PostgreSQL has: letters and accents apart, then the letters alone.
_NAME: Final = SearchVector(
    Func(
        Func(F("name"), template="normalize(%(expressions)s, NFKD)"),
        Value("[\u0300-\u036f]"),
        Value(""),
        Value("g"),
        function="regexp_replace",
    ),
    config="simple",
)
_WORD: Final = re.compile(r"[^\W_]+")


class CustomerQuerySet(models.QuerySet["Customer"]):
    def named(self, text: str) -> "CustomerQuerySet":
        """Customers in whose name every word of the text begins one; nobody where it has none."""
        plain = unicodedata.normalize("NFKD", text)
        words = _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
        if not words:
            return self.none()
        # Letters and digits alone: nothing in them has a meaning in a query.
        query = " & ".join(f"'{word}':*" for word in words)
        rows = self.alias(words_of_name=_NAME)
        return rows.filter(
            words_of_name=SearchQuery(query, search_type="raw", config="simple")
        )


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

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [GinIndex(_NAME, name="customer_by_name")]

    def __str__(self) -> str:
        return self.name or self.number
