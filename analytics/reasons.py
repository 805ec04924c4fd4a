"""What the codes of reasons mean to a person; codes that are not here are a vendor's own."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audio import wav

WITH_VENDOR: Final = "with_vendor"
WORKER_DIED: Final = "worker_died"
NOT_ANSWERED: Final = "not_answered"
NO_RECORDING: Final = "no_recording"
NOT_FETCHED: Final = "recording_not_fetched"
RECORDING_MISSING: Final = "recording_missing"
UNREADABLE: Final = "unreadable_recording"
CUT_SHORT: Final = "recording_cut_short"
EMPTY: Final = "empty_recording"
ODD_SOUND: Final = "odd_recording"
FILE_LOST: Final = "recording_file_lost"
NO_CONVERSATION: Final = "no_conversation"
NOTHING_SAID: Final = "nothing_said"
NO_TRANSCRIPT: Final = "no_transcript"
TOO_LONG: Final = "vendor_too_slow"
VENDOR_REFUSED: Final = "transcription_failed"
UNATTRIBUTED: Final = "unattributed"
NOT_REDACTED: Final = "redaction_off"
NOTHING_PRIVATE: Final = "nothing_private"
NOTHING_TO_REDACT_BY: Final = "no_words_to_redact_by"
NO_FOLLOW_UP: Final = "no_follow_up"
NOT_AGREED: Final = "not_agreed"
NO_SUMMARY: Final = "no_summary"
TOO_LATE: Final = "too_late"
NOT_WRITTEN: Final = "not_written"
UNEXPECTED: Final = "unexpected"

_TEXTS: Final[dict[str, Promise]] = {
    WITH_VENDOR: _("The recording is being transcribed."),
    WORKER_DIED: _("The worker stopped in the middle of the work."),
    NOT_ANSWERED: _("The call was not answered."),
    NO_RECORDING: _("There is no recording of this call."),
    NOT_FETCHED: _("The recording has not been fetched."),
    RECORDING_MISSING: _("The telephone service never announced the recording."),
    UNREADABLE: _("The recording is not a readable sound file."),
    CUT_SHORT: _("The recording's file ends before its sound does."),
    EMPTY: _("The recording holds no sound."),
    ODD_SOUND: _(
        "The recording's sample rate or number of channels is not a telephone's."
    ),
    FILE_LOST: _("The recording's file is no longer in the storage."),
    NO_CONVERSATION: _("Nobody spoke with the caller."),
    NOTHING_SAID: _("Nobody said anything."),
    NO_TRANSCRIPT: _("There is no transcript."),
    TOO_LONG: _("The transcription service took too long."),
    VENDOR_REFUSED: _("The transcription service could not transcribe the recording."),
    UNATTRIBUTED: _("There are words, but nobody can tell who said them."),
    NOT_REDACTED: _("Nothing is to be hidden in recordings."),
    NOTHING_PRIVATE: _("Nothing in it has to be hidden."),
    NOTHING_TO_REDACT_BY: _(
        "Without its transcript nobody knows what to hide in the recording."
    ),
    NO_FOLLOW_UP: _("This queue sends no message after a call."),
    NOT_AGREED: _("The customer has not agreed to messages on WhatsApp."),
    NO_SUMMARY: _("There is no summary to send."),
    TOO_LATE: _("The call was too long ago for a message."),
    NOT_WRITTEN: _("The message could not be sent."),
    UNEXPECTED: _("Something went wrong here; the log has the details."),
    "no_events": _("What the telephone service told of this call is not known."),
    "mono_recording": _(
        "The recording has one channel, so speakers cannot be told apart."
    ),
    "no_speech": _("No speech was found."),
    "no_reply": _("The caller got no answer that could be timed."),
    "not_connected": _("Nobody was connected to the caller."),
    "wrap_up_unknown": _("The time after the call was not recorded."),
    "timeout": _("The service did not answer in time."),
    "unreachable": _("The service could not be reached."),
    "unauthorised": _("The service refused our key."),
    "not_configured": _("No key is set for the service."),
    "garbled": _("The service sent an answer that could not be understood."),
    "too_large": _("The service sent an answer that is too large."),
    "refusal": _("The language model would not answer."),
    "incomplete": _("The language model's answer was cut short."),
    "404": _("The recording is not at the telephone service."),
    "429": _("The service was asked too often."),
}


def text(code: str) -> str:
    """A sentence for a person; an unknown code is the vendor's and shown as it is."""
    if code not in _TEXTS:
        return _("The service answered “%(code)s”.") % {"code": code} if code else ""
    return str(_TEXTS[code])


def of_file(error: wav.UnreadableError) -> str:
    """The code of what is wrong with a recording's file."""
    match error:
        case wav.CutShortError():
            return CUT_SHORT
        case wav.EmptyError():
            return EMPTY
        case wav.OddSoundError():
            return ODD_SOUND
        case _:
            return UNREADABLE
