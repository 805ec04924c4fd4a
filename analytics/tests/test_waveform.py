"""The outline of a recording is made once, kept, and given to those who may listen."""

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from analytics import waveform
from analytics.models import Waveform
from analytics.tests.conftest import sound
from audio.mulaw import RATE

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(call):
    return reverse("call", args=[call.sid])


@pytest.fixture
def stored(recording, settings):
    settings.REDACT_PII = False
    loud, silent = np.full(RATE, 16384, np.int16), np.zeros(RATE, np.int16)
    recording.file.save("call.wav", ContentFile(sound(loud, silent)))
    return recording


def test_each_channel_is_drawn(client, page, stored, sam):
    client.force_login(sam)
    answer = client.get(f"{page}peaks")
    assert answer.json() == {"seconds": 1.0, "channels": [[127] * 50, [0] * 50]}
    assert answer["Cache-Control"] == "private, no-cache"


def test_what_the_browser_has_is_not_sent_again(client, page, stored, sam):
    client.force_login(sam)
    known = client.get(f"{page}peaks")["ETag"]
    again = client.get(f"{page}peaks", headers={"if-none-match": known})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", known)


def test_it_is_for_those_who_may_listen(client, page, stored, ben):
    assert client.get(f"{page}peaks").status_code == 302
    client.force_login(ben)
    assert client.get(f"{page}peaks").status_code == 404


def test_it_is_made_once(stored):
    first = waveform.of(recording=stored, file=stored.file)
    assert waveform.of(recording=stored, file=stored.file) == first
    assert Waveform.objects.count() == 1


def test_another_file_of_the_recording_has_its_own(stored):
    first = waveform.of(recording=stored, file=stored.file)
    silent = np.zeros(RATE, np.int16)
    stored.file.save("again.wav", ContentFile(sound(silent, silent)))
    second = waveform.of(recording=stored, file=stored.file)
    assert first.by_channel() != second.by_channel() == [[0] * 50] * 2


def test_a_file_that_is_no_sound_is_said_to_be_none(client, page, stored, sam):
    stored.file.save("bad.wav", ContentFile(b"no sound" * 50))
    client.force_login(sam)
    answer = client.get(f"{page}peaks")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unreadable")


def test_a_file_that_is_gone_is_said_to_be(client, page, stored, sam):
    stored.file.storage.delete(stored.file.name)
    client.force_login(sam)
    assert client.get(f"{page}peaks").json()["error"]["code"] == "gone"
