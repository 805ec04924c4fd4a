"""Running calls as a test looks at them: what was said so far, and what was written down of it."""

import re
from typing import Any

import requests

from calls.models import Call, Utterance
from simulators import accounts
from tests.stack.conftest import Stack, eventually, history

NOT_IN_PROGRESS = 21220  # Twilio's code


def normalised(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]", " ", text.lower()).split())


def by_speaker(lines: list[tuple[str, str]]) -> dict[str, str]:
    """All words of each speaker in their order: where a turn is split is a matter of taste."""
    said: dict[str, list[str]] = {}
    for speaker, text in lines:
        said.setdefault(speaker, []).append(normalised(text))
    return {speaker: " ".join(texts) for speaker, texts in said.items()}


def said(stack: Stack, sid: str) -> list[dict[str, Any]]:
    """The lines of a call that have been spoken to their end."""
    played = stack.performance(sid)
    # Within a line there may be silence, but not for so long.
    quiet_since = played["duration"] - 0.9
    *earlier, last = played["utterances"] or [{"end": quiet_since}]
    return [*earlier, last] if last["end"] < quiet_since else earlier


def is_speaking(stack: Stack, sid: str) -> bool:
    """Whether a voice is heard in this moment."""
    played = stack.performance(sid)
    last = played["utterances"][-1:]
    return bool(last) and last[0]["end"] >= played["duration"] - 0.05


def talking(stack: Stack, sid: str) -> Call:
    """Wait until caller and agent have begun to talk."""
    eventually(
        lambda: (
            Call.objects.filter(sid=sid, agent_joined_at__isnull=False).exists()
            and said(stack, sid)
        ),
        seconds=40,
        what="the conversation begins",
        instead=lambda: history(sid),
    )
    return Call.objects.get(sid=sid)


def written(sid: str) -> dict[str, str]:
    live = Utterance.objects.filter(call__sid=sid, source="live")
    return by_speaker([(one.speaker, one.text) for one in live])


def is_written(sid: str, lines: list[dict[str, Any]]) -> bool:
    """Whether the live transcript begins with exactly these lines."""
    wanted = by_speaker([(line["speaker"], line["text"]) for line in lines])
    found = written(sid)
    return all(
        f"{found.get(speaker, '')} ".startswith(f"{words} ")
        for speaker, words in wanted.items()
    )


def check_all_is_written(stack: Stack, sid: str) -> None:
    """Every word that was said until now comes to the live transcript, and no other."""
    lines = eventually(lambda: said(stack, sid), seconds=20, what="a line")
    try:
        eventually(lambda: is_written(sid, lines), seconds=8, what="the words")
    except AssertionError:
        wanted = by_speaker([(line["speaker"], line["text"]) for line in lines])
        assert written(sid) == wanted


def hang_up(stack: Stack, sid: str) -> None:
    """End a call at the telephone service; over there is as good, and we may hear of it only later."""
    account = accounts.TWILIO_ACCOUNT_SID
    answer = requests.post(
        f"{stack.simulators}/2010-04-01/Accounts/{account}/Calls/{sid}.json",
        data={"Status": "completed"},
        auth=(account, accounts.TWILIO_AUTH_TOKEN),
        timeout=10,
    )
    if answer.status_code == 400 and answer.json()["code"] == NOT_IN_PROGRESS:
        return
    answer.raise_for_status()


def end_all(stack: Stack) -> None:
    """No call goes on: neither at the telephone service nor as far as we have heard."""
    live = Call.objects.live().values_list("sid", flat=True)
    for sid in live:
        hang_up(stack, sid)
    eventually(
        lambda: not live.all().exists(),
        seconds=30,
        what="the calls end",
        instead=lambda: {sid: history(sid) for sid in live.all()},
    )


def ended(sid: str) -> Call:
    eventually(
        lambda: Call.objects.filter(sid=sid, ended_at__isnull=False).exists(),
        seconds=90,
        what="the end of the call",
        instead=lambda: history(sid),
    )
    return Call.objects.get(sid=sid)
