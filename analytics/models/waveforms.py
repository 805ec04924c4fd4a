"""How a recording looks, so that no browser has to read hours of sound to draw it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from calls.models import Recording


class Waveform(models.Model):
    """The outline of one file of a recording; another file of it (redacted, fetched again) has its own."""

    recording = models.ForeignKey(
        Recording,
        verbose_name=_("recording"),
        on_delete=models.CASCADE,
        related_name="waveforms",
    )
    made_of = models.CharField(_("file"), max_length=100)
    seconds = models.FloatField(_("length (s)"))
    channels = models.PositiveSmallIntegerField(_("channels"))
    # One byte for each stretch, channel after channel.
    peaks = models.BinaryField(_("peaks"))

    class Meta:
        verbose_name = _("waveform")
        verbose_name_plural = _("waveforms")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording", "made_of"], name="waveform_one_of_each_file"
            )
        ]

    def __str__(self) -> str:
        return self.made_of

    def by_channel(self) -> list[list[int]]:
        """The peaks of each channel, 0 to 255."""
        whole = bytes(self.peaks)
        length = len(whole) // self.channels if self.channels else 0
        return [
            list(whole[channel * length : (channel + 1) * length])
            for channel in range(self.channels)
        ]
