"""Recordings by links that expire: whose they are, how long, and that a player gets any part of the sound."""

import asyncio
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from analytics import serving
from calls.models import Recording, User

pytestmark = pytest.mark.django_db
SOUND = bytes(range(256)) * 40


@pytest.fixture
def page(call):
    return reverse("call", args=[call.sid])


@pytest.fixture
def stored(recording, settings):
    """A recording of which nothing is hidden from anybody."""
    settings.REDACT_PII = False
    recording.file.save("call.wav", ContentFile(SOUND))
    return recording


@pytest.fixture
def address(stored, sam):
    """A link for Sam."""
    token = serving.signed(stored, stored.file, sam, at=timezone.now())
    return reverse("call-recording", args=[stored.call.sid, token])


@pytest.fixture
def listen(client, sam, address):
    """The answer to Sam, and its sound, which is sent piece by piece."""
    client.force_login(sam)

    def ask(**headers):
        answer = client.get(address, headers=headers)

        async def pieces():
            return b"".join([piece async for piece in answer.streaming_content])

        return answer, asyncio.run(pieces())

    return ask


def test_the_page_gets_a_link_that_plays(client, page, stored, sam):
    client.force_login(sam)
    answer = client.get(f"{page}sound")
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get(answer.json()["url"]).status_code == 200


def test_a_recording_that_is_gone_is_said_to_be(client, page, stored, address, sam):
    stored.file.storage.delete(stored.file.name)
    client.force_login(sam)
    answer = client.get(f"{page}sound")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "gone")
    assert client.get(address).status_code == 404


def test_a_call_without_recording_has_no_link(client, page, sam):
    client.force_login(sam)
    assert client.get(f"{page}sound").status_code == 404
    assert client.get(f"{page}peaks").status_code == 404


def test_a_link_is_for_those_who_are_logged_in(client, address):
    assert client.get(address).status_code == 302


def test_a_link_is_nobody_elses(client, address, ada):
    client.force_login(ada)
    assert client.get(address).status_code == 410


def test_a_link_is_of_no_use_when_the_call_is_not_theirs_any_more(
    client, stored, ada, ben
):
    token = serving.signed(stored, stored.file, ada, at=timezone.now())
    stored.call.agent = ben
    stored.call.save()
    client.force_login(ada)
    address = reverse("call-recording", args=[stored.call.sid, token])
    assert client.get(address).status_code == 404


def test_a_link_is_of_no_use_without_the_permission(client, address, sam):
    User.objects.filter(pk=sam.pk).update(role=User.Role.INTEGRATOR)
    client.force_login(sam)
    assert client.get(address).status_code == 403


def test_a_link_is_for_one_recording(client, stored, sam):
    other = Recording.objects.create(
        call=stored.call, sid="RE" + "b" * 32, file="other.wav", duration=1.0
    )
    token = serving.signed(other, other.file, sam, at=timezone.now())
    with pytest.raises(serving.LinkError):
        serving.check(token, stored, stored.file, sam, at=timezone.now())


def test_a_link_ends_with_the_file_it_was_made_for(stored, sam):
    token = serving.signed(stored, stored.file, sam, at=timezone.now())
    stored.file.save("again.wav", ContentFile(SOUND))
    with pytest.raises(serving.LinkError):
        serving.check(token, stored, stored.file, sam, at=timezone.now())


def test_a_changed_link_is_none(client, address, sam):
    client.force_login(sam)
    for changed in (f"{address}x", address[:-1], address.rpartition(":")[0]):
        assert client.get(changed).status_code == 410


@pytest.mark.parametrize(("over", "status"), [(-10, 200), (10, 410)])
def test_a_link_expires(client, stored, sam, over, status):
    age = serving.LINK_SECONDS + over
    made = timezone.now() - timedelta(seconds=age)
    token = serving.signed(stored, stored.file, sam, at=made)
    client.force_login(sam)
    address = reverse("call-recording", args=[stored.call.sid, token])
    assert client.get(address).status_code == status


def test_each_opening_is_logged_by_ids(client, page, stored, sam, caplog):
    client.force_login(sam)
    with caplog.at_level("INFO", "analytics.sound_views"):
        client.get(f"{page}sound")
    assert f"recording {stored.sid} opened by user {sam.pk}" in caplog.text


def test_the_whole_recording_is_given_privately(listen):
    answer, sound = listen()
    assert (answer.status_code, sound) == (200, SOUND)
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"].startswith("private")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "audio/wav"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", range(10240)),
        ("bytes=100-199", range(100, 200)),
        ("bytes=10000-99999", range(10000, 10240)),
        ("bytes=-5", range(10235, 10240)),
        ("bytes=-99999", range(10240)),
    ],
)
def test_a_part_of_it_is_given(listen, asked, part):
    answer, sound = listen(range=asked)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {part[0]}-{part[-1]}/10240"
    assert answer["Content-Length"] == str(len(sound))
    assert sound == SOUND[part.start : part.stop]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=5-4", "bytes=-0", "bytes=-"])
def test_a_part_outside_it_is_refused(client, address, sam, asked):
    client.force_login(sam)
    answer = client.get(address, headers={"range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */10240"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=0-1", "bytes 0-1"])
def test_what_is_no_range_of_ours_is_answered_with_the_whole(listen, asked):
    answer, sound = listen(range=asked)
    assert (answer.status_code, sound) == (200, SOUND)


def test_a_part_of_what_it_still_is_is_given(listen):
    whole, _ = listen()
    for version in (whole["ETag"], whole["Last-Modified"]):
        answer, sound = listen(**{"range": "bytes=0-4", "if-range": version})
        assert (answer.status_code, sound) == (206, SOUND[:5])


@pytest.mark.parametrize("version", ['"other"', http_date(0)])
def test_a_part_of_what_it_was_before_is_answered_with_the_whole(listen, version):
    answer, sound = listen(**{"range": "bytes=0-4", "if-range": version})
    assert (answer.status_code, sound) == (200, SOUND)


def test_head_tells_what_get_would_and_sends_nothing(client, address, sam):
    client.force_login(sam)
    whole = client.head(address)
    part = client.head(address, headers={"range": "bytes=5-9"})
    assert (whole.status_code, whole["Content-Length"]) == (200, "10240")
    assert (part.status_code, part["Content-Range"]) == (206, "bytes 5-9/10240")
    assert whole.content == part.content == b""


def test_nothing_is_posted_to_a_recording(client, address, sam):
    client.force_login(sam)
    assert client.post(address).status_code == 405


class Bucket(Storage):
    """As of a service elsewhere: no path, and addresses that it has signed by itself."""

    def url(self, name):
        return f"https://sounds.example/{name}?signature=1"


def test_a_file_stored_elsewhere_is_fetched_from_there(rf, stored):
    file = stored.file
    file.storage = Bucket()
    answer = serving.audio_response(rf.get("/"), file)
    assert (answer.status_code, answer.url) == (302, Bucket().url(file.name))
    assert answer["Cache-Control"] == "private, no-store"
