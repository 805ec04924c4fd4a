"""What is personal in a recording: hidden in its words, silenced in its sound, seen by few, and each look noted."""

import asyncio
import re

import numpy as np
import pytest
import soundfile
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from analytics import (
    facts,
    foreign,
    hiding,
    judgement,
    mood,
    privacy,
    reasons,
    services,
    serving,
    waveform,
)
from analytics.models import (
    ForeignTranscript,
    Original,
    OriginalLook,
    Redaction,
    Transcript,
)
from analytics.spoken import Said
from analytics.tests.conftest import heard, sound
from analytics.tests.test_work import begun, do, until_settled
from analytics.work import transcribe
from audio.intervals import Interval
from calls.models import User
from vendors.assemblyai.transcript import Sentiment, read

pytestmark = pytest.mark.django_db
CARD = "four one one one " + "one one one one " * 3
ASKS = "Please tell me the number of your card."
TELLS = f"Yes, it is {CARD.strip()} thank you."


@pytest.fixture
def told(vendors, call, conversation):
    """Ada asks at 5 s for a card number, and Cleo tells it from 10 s on."""
    return conversation(caller=[(10.0, TELLS)], agent=[(5.0, ASKS)])


@pytest.fixture
def transcribed(call, recording):
    """The same, as transcribing would leave it, with noise for voices."""
    noise = np.random.default_rng(1).integers(500, 9000, (2, 20 * 8000), np.int16)
    recording.file.save("call.wav", ContentFile(sound(*noise)))
    asks = said("agent", ASKS, 5.0)
    tells = said("caller", TELLS, 10.0)
    policies = {"credit_card_number"}
    covered = hiding.cover([asks, tells], [], policies)
    transcribe.store_words(call, ["t:0", "t:1"], covered)
    Redaction.objects.create(recording=recording, stretches=[[3.1, 9.05]])
    return recording


@pytest.fixture
def redacted(call, transcribed):
    """And there is the silenced copy."""
    assert do(call, "redact").state == "done"
    transcribed.refresh_from_db()
    return transcribed


@pytest.fixture
def eve(db):
    """Sam's colleague, who was given the permission in person."""
    made = User.objects.create_user("eve", role="supervisor")
    made.user_permissions.set(Permission.objects.filter(codename="view_original"))
    return made


def samples(file):
    with file.open("rb") as opened:
        return soundfile.read(opened, dtype="int16")[0]


# Words


def test_a_number_is_hidden_in_the_words_and_silenced_in_the_sound(call, told):
    assert until_settled(call, "transcribe").state == "done"
    assert privacy.sound(told, original=False) is None
    assert do(call, "redact").state == "done"
    shown = facts.transcript(call)[-1]
    hidden = [word for word in shown.words if "hidden" in word]
    assert "[card number]" in shown.text
    assert "one" not in shown.text.split()
    assert [word["hidden"] for word in hidden] == ["credit_card_number"]
    kept = Original.objects.get()
    assert (kept.utterance, "four one one one" in kept.text) == (shown, True)
    copy = samples(privacy.sound(told, original=False))
    start, end = (round(hidden[0][edge] * 8000) for edge in ("start", "end"))
    assert samples(told.file)[start:end].any()
    assert not copy[start:end].any()
    order = Transcript.objects.get()
    assert set(mood.of(call)) == {row.item for row in facts.transcript(call)}
    assert [each["text"] for each in order.entities] == ["[card number]"]


def test_the_model_that_judges_is_not_told(call, transcribed):
    request = judgement.request(facts.transcript(call), ())
    assert "[card number]" in request
    assert "one one" not in request


def test_without_redaction_words_and_sound_stay_as_they_are(call, told, settings):
    settings.REDACT_PII = False
    until_settled(call, "transcribe")
    assert do(call, "redact").reason == reasons.NOT_REDACTED
    assert "four one one one" in facts.transcript(call)[-1].text
    assert privacy.sound(told, original=False) == told.file


def test_the_live_transcript_is_held_against_covered_words(call, told):
    heard(call, 5, 8, ASKS, "agent")
    heard(call, 10, 18, "Yes, it is [card number] thank you.", "caller")
    until_settled(call, "transcribe")
    assert Transcript.objects.get().live_word_error_rate == 0.0


def named(kind, text, start, end):
    return hiding.Named(kind, text, start, end)


def said(speaker, text, start):
    words = [
        {"text": word, "start": start + at, "end": start + at + 1, "confidence": 0.9}
        for at, word in enumerate(text.split())
    ]
    return Said(speaker, words[0]["start"], words[-1]["end"], text, words)


def test_what_the_vendor_names_is_hidden_where_it_was_said():
    both = [said("caller", "I am Cleo Miller.", 0), said("agent", "Yes yes yes", 1)]
    name = named("person_name", "Cleo Miller", 2, 4)
    covered = hiding.cover(both, [name], {"person_name"})
    assert [each.said.text for each in covered] == [
        "I am [person name].",
        "Yes yes yes",
    ]
    assert covered[1].original is None


def test_what_nobody_is_known_to_have_said_is_hidden_of_everybody():
    both = [said("caller", "I am Cleo", 0), said("agent", "Yes yes yes", 0)]
    covered = hiding.cover(both, [named("password", "xyz", 1, 2)], {"password"})
    assert [each.said.text for each in covered] == [
        "I [password] Cleo",
        "Yes [password] yes",
    ]


def test_a_kind_that_no_policy_names_is_shown():
    one = [said("caller", "I am Cleo", 0)]
    covered = hiding.cover(one, [named("star_sign", "Cleo", 2, 3)], {"password"})
    assert covered[0].said.text == "I am Cleo"


def test_a_number_that_was_divided_between_mixed_voices_is_hidden_in_both():
    both = [said("caller", "It is 4111 1111", 0), said("agent", "1111 1111, right", 4)]
    covered = hiding.cover(both, [], {"credit_card_number"}, mixed=True)
    assert [each.said.text for each in covered] == [
        "It is [card number]",
        "[card number], right",
    ]
    voices = [each.words for each in both]
    silent = hiding.stretches(voices, [], {"credit_card_number"}, mixed=True)
    assert silent == [Interval(2 - hiding.MARGIN, 6 + hiding.MARGIN)]


# Sound


def test_the_copy_is_silent_where_the_number_is_said_and_only_there(redacted):
    heard_by_all = privacy.sound(redacted, original=False)
    copy, whole = samples(heard_by_all), samples(redacted.file)
    assert copy.shape == whole.shape
    row = Redaction.objects.get()
    quiet = np.zeros(len(whole), bool)
    for start, end in row.stretches:
        quiet[int(start * 8000) : int(np.ceil(end * 8000))] = True
    assert whole[quiet].any()
    assert not copy[quiet].any()
    assert (copy[~quiet] == whole[~quiet]).all()


def test_until_the_copy_is_there_nobody_hears_the_recording(call, transcribed):
    assert privacy.sound(transcribed, original=False) is None
    assert privacy.sound(transcribed, original=True) == transcribed.file


def test_a_recording_without_anything_personal_needs_no_copy(call, transcribed):
    Redaction.objects.update(stretches=[])
    assert do(call, "redact").reason == reasons.NOTHING_PRIVATE
    assert privacy.sound(transcribed, original=False) == transcribed.file


def test_without_words_nobody_knows_what_to_silence(call, transcribed):
    Redaction.objects.all().delete()
    step = do(call, "redact")
    assert (step.state, step.reason) == ("failed", reasons.NOTHING_TO_REDACT_BY)
    assert privacy.sound(transcribed, original=False) is None


def test_a_recording_that_cannot_be_read_is_heard_by_nobody(call, transcribed):
    transcribed.file.save("call.wav", ContentFile(b"RIFF, they say"))
    assert do(call, "redact").reason == reasons.UNREADABLE
    assert privacy.sound(transcribed, original=False) is None


def test_redacting_again_leaves_one_copy(
    call, redacted, sam, django_capture_on_commit_callbacks
):
    services.run_again(step=call.steps.get(name="redact"), by=sam)
    with django_capture_on_commit_callbacks(execute=True):
        do(call, "redact")
    file = Redaction.objects.get().file
    folder, name = file.name.rsplit("/", 1)
    assert file.storage.listdir(folder)[1] == [name]


def test_each_copy_has_its_own_outline(
    call, transcribed, sam, django_capture_on_commit_callbacks
):
    outlines = []
    # The third copy gets the name of the first, which is gone by then.
    for stretches in ([[0, 1]], [[0, 2]], [[0, 20]]):
        Redaction.objects.update(stretches=stretches)
        step = begun(call, "redact")
        services.run_again(step=step, by=sam)
        with django_capture_on_commit_callbacks(execute=True):
            do(call, "redact")
        file = privacy.sound(transcribed, original=False)
        outlines.append(waveform.of(recording=transcribed, file=file).by_channel())
    assert outlines[0] != outlines[1]
    assert not any(map(any, outlines[2]))


def test_where_no_originals_are_kept_the_copy_takes_their_place(
    call, transcribed, settings, sam, django_capture_on_commit_callbacks
):
    settings.KEEP_ORIGINALS = False
    before = transcribed.file.name
    for _ in range(2):
        step = begun(call, "redact")
        services.run_again(step=step, by=sam)
        with django_capture_on_commit_callbacks(execute=True):
            do(call, "redact")
    transcribed.refresh_from_db()
    heard_by_all = privacy.sound(transcribed, original=False)
    assert not transcribed.file.storage.exists(before)
    assert heard_by_all.name == transcribed.file.name
    assert not samples(heard_by_all)[4 * 8000 : 9 * 8000].any()


def test_where_no_originals_are_kept_none_is_offered(call, transcribed, settings):
    settings.KEEP_ORIGINALS = False
    Original.objects.all().delete()
    assert privacy.has_original(call)
    do(call, "redact")
    assert not privacy.has_original(call)


def test_where_no_originals_are_kept_the_words_are_kept_covered_only(
    call, told, settings
):
    settings.KEEP_ORIGINALS = False
    until_settled(call, "transcribe")
    assert "[card number]" in facts.transcript(call)[-1].text
    assert not Original.objects.exists()
    assert "four" not in str(Transcript.objects.values().get())


# Looks


def look(client, who, call):
    client.force_login(who)
    return client.post(reverse("call-original", args=[call.sid]))


def original_sound(recording, who):
    token = serving.signed(recording, recording.file, who, at=timezone.now())
    return reverse("call-original-sound", args=[recording.call.sid, token])


@pytest.mark.parametrize("name", ["ada", "sam"])
def test_without_the_permission_nobody_sees_an_original(
    call, redacted, client, name, request
):
    who = request.getfixturevalue(name)
    assert look(client, who, call).status_code == 403
    assert client.get(original_sound(redacted, who)).status_code == 403
    with pytest.raises(PermissionDenied):
        privacy.original_text(facts.transcript(call), by=who)
    assert not OriginalLook.objects.exists()


def test_each_look_at_the_words_is_noted(call, redacted, client, eve):
    answer = look(client, eve, call)
    assert "four one one one" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    look(client, eve, call)
    rows = OriginalLook.objects.values_list("user", "call", "what")
    assert list(rows) == [(eve.pk, call.pk, "words")] * 2


def test_a_player_s_requests_for_the_sound_are_one_look(call, redacted, client, eve):
    client.force_login(eve)
    address = original_sound(redacted, eve)
    for range_ in ("bytes=0-99", "bytes=100-199"):
        answer = client.get(address, headers={"Range": range_})
        assert answer.status_code == 206
    assert OriginalLook.objects.get().what == "sound"


def test_the_page_of_the_original_links_to_its_sound(call, redacted, client, eve):
    page = look(client, eve, call).content.decode()
    (address,) = re.findall(r'<audio controls preload="none" src="([^"]+)"', page)
    assert client.get(address).status_code == 200
    client.force_login(User.objects.create_superuser("kim"))
    assert client.get(address).status_code == 410


def test_the_page_of_the_original_asks_for_another_link_when_its_own_is_old(
    call, redacted, client, eve, sam
):
    page = look(client, eve, call).content.decode()
    (address,) = re.findall(r'data-link="([^"]+)"', page)
    assert client.get(client.get(address).json()["url"]).status_code == 200
    client.force_login(sam)
    assert client.get(address).status_code == 403


async def whole(answer):
    return b"".join([piece async for piece in answer.streaming_content])


def test_others_hear_the_copy_when_it_is_there(call, transcribed, client, sam):
    client.force_login(sam)
    address = reverse("call-sound", args=[call.sid])
    assert client.get(address).json()["error"]["code"] == "hidden"
    assert do(call, "redact").state == "done"
    heard = client.get(client.get(address).json()["url"])
    copy = Redaction.objects.get().file.read()
    assert copy != transcribed.file.read()
    assert asyncio.run(whole(heard)) == copy


def test_who_may_see_the_original_is_offered_it(call, redacted, client, eve, sam):
    for who, offered in ((eve, True), (sam, False)):
        client.force_login(who)
        page = client.get(reverse("call", args=[call.sid])).content.decode()
        assert (reverse("call-original", args=[call.sid]) in page) == offered


def test_looking_takes_a_post(call, redacted, client, eve):
    client.force_login(eve)
    assert client.get(reverse("call-original", args=[call.sid])).status_code == 405


def test_of_a_call_that_one_may_not_see_there_is_no_original(
    call, redacted, client, ben
):
    ben.user_permissions.set(Permission.objects.filter(codename="view_original"))
    assert look(client, ben, call).status_code == 404
    assert not OriginalLook.objects.exists()


def test_supervisors_see_who_looked(call, redacted, client, eve, sam):
    look(client, eve, call)
    sam.is_staff = True
    sam.save()
    client.force_login(sam)
    page = client.get(reverse("admin:analytics_originallook_changelist"))
    assert "eve" in page.content.decode()


# What else the vendor knows


def test_each_utterance_has_the_mood_that_covers_most_of_it():
    items = {
        "a": said("caller", "one two three four", 10),
        "b": said("agent", "so", 10),
    }
    verdicts = [
        Sentiment("", "POSITIVE", 0, 1, 0.9, "", "1"),
        Sentiment("", "NEGATIVE", 1, 4, 0.9, "", "1"),
        Sentiment("", "ECSTATIC", 0, 4, 0.9, "", "2"),
    ]
    speakers = {"1": "caller", "2": "agent"}
    assert mood.weighed(items, verdicts, speakers, 10.0) == {"a": "negative"}


@pytest.mark.parametrize("end", ["", " and xyzzy"])
def test_a_number_that_the_vendor_divided_between_two_voices_is_hidden(end):
    parts = ["It is 4111 1111", f"1111 1111{end}."]
    utterances = [
        {"speaker": who, "start": start, "end": start + 2000, "text": text}
        for who, start, text in zip("AB", (0, 2000), parts, strict=True)
    ]
    named = {"entity_type": "password", "text": "xyzzy", "start": 3000, "end": 4000}
    answer = read(
        {
            "id": "t",
            "status": "completed",
            "text": " ".join(parts),
            "utterances": utterances,
            "entities": [named] if end else [],
        }
    )
    assert foreign._text(answer).startswith("It is [card number]")


def test_somebody_else_s_recording_is_given_without_what_is_personal():
    row = ForeignTranscript.objects.create(
        digest="d", url="http://a", state="running", claim=1, asked_at=timezone.now()
    )
    text = "It is 4111 1111 1111 1111 and xyzzy."
    answer = read(
        {
            "id": "t",
            "status": "completed",
            "text": text,
            "utterances": [{"speaker": "A", "start": 0, "end": 7000, "text": text}],
            "entities": [
                {"entity_type": "password", "text": "xyzzy", "start": 6000, "end": 7000}
            ],
        }
    )
    foreign.finish(claim=foreign.Claim(row.pk, 1), answer=answer)
    row.refresh_from_db()
    assert row.text == "It is [card number] and [password]."
