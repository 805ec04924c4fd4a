"""What is hidden of a call, and who has looked at it all the same."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from calls.models import Call, Recording, Utterance


class Original(models.Model):
    """An utterance of the final transcript as it was, where something in it is hidden."""

    utterance = models.OneToOneField(
        Utterance,
        verbose_name=_("utterance"),
        on_delete=models.CASCADE,
        related_name="original",
    )
    text = models.TextField(_("text"))
    words = models.JSONField(_("words"), default=list)

    class Meta:
        verbose_name = _("original")
        verbose_name_plural = _("originals")

    def __str__(self) -> str:
        return str(self.utterance_id)


class Redaction(models.Model):
    """Where a recording is to be silent, and the copy that is; without stretches it needs none."""

    recording = models.OneToOneField(
        Recording,
        verbose_name=_("recording"),
        on_delete=models.CASCADE,
        related_name="redaction",
    )
    # Pairs of seconds on the recording's own clock.
    stretches = models.JSONField(_("silent stretches"), default=list)
    policies = models.JSONField(_("what was looked for"), default=list)
    # None: it is not done yet, and nobody hears the recording.
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to="redacted/%Y/%m/%d", blank=True)

    class Meta:
        verbose_name = _("redaction")
        verbose_name_plural = _("redactions")

    def __str__(self) -> str:
        return str(self.recording_id)


class OriginalLook(models.Model):
    """Somebody saw or heard what is hidden: written before it is shown, and never changed."""

    class What(models.TextChoices):
        WORDS = "words", _("Words")
        SOUND = "sound", _("Sound")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    call = models.ForeignKey(
        Call, verbose_name=_("call"), on_delete=models.CASCADE, related_name="looks"
    )
    what = models.CharField(_("what"), max_length=5, choices=What.choices)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("look at an original")
        verbose_name_plural = _("looks at originals")
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.what} {self.call_id}"
