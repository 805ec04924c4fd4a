"""How long assistants took to answer, from the database: one query, percentiles computed there; it shows nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection
from django.utils import timezone

# What there are percentiles of: the whole silence, and the stages of `latency.STAGES`.
WHOLE: Final = "whole"
MEASURED: Final = (WHOLE, "understood", "thought", "voiced", "played")

# An answer is a reply to something that the caller said; trials are no customers'. What
# waited for a human, or for the end of a veto window, says nothing of our speed from
# there on. GREATEST leaves nulls out, so that a stage begins at the latest moment known
# before it, and is never negative.
_QUERY: Final = """
WITH answer AS (
    SELECT
        (line.created_at AT TIME ZONE %(zone)s)::date AS day,
        version.assistant_id,
        version.number,
        line.*,
        line.released_at IS NOT NULL
        OR (
            line.first_audio_at - line.first_token_at >= version.veto_seconds
            AND EXISTS (
                SELECT FROM calls_callevent AS event
                WHERE event.call_id = line.call_id
                    AND event.name = 'line.changed'
                    AND event.data ->> 'key' = line.key
                    AND event.data ->> 'state' = 'waiting'
            )
        ) IS TRUE AS waited
    FROM copilot_assistantline AS line
    JOIN calls_assistantversion AS version ON version.id = line.version_id
    JOIN calls_call AS call ON call.id = line.call_id
    WHERE line.created_at >= %(since)s
        AND line.created_at < %(until)s
        AND line.kind = 'reply'
        AND line.speech_end IS NOT NULL
        AND NOT call.trial
), stage AS (
    SELECT
        day,
        assistant_id,
        number,
        waited,
        CASE WHEN first_audio_at IS NOT NULL AND NOT waited
            THEN GREATEST(first_audio_at, speech_end) - speech_end
        END AS whole,
        CASE WHEN final_at IS NOT NULL
            THEN GREATEST(speech_end, final_at) - speech_end
        END AS understood,
        CASE WHEN first_token_at IS NOT NULL
            THEN GREATEST(speech_end, final_at, first_token_at)
                - GREATEST(speech_end, final_at)
        END AS thought,
        CASE WHEN first_audio_at IS NOT NULL AND NOT waited
            THEN GREATEST(speech_end, final_at, first_token_at, first_audio_at)
                - GREATEST(speech_end, final_at, first_token_at)
        END AS voiced,
        CASE WHEN first_mark_at IS NOT NULL
            THEN GREATEST(
                speech_end, final_at, first_token_at, first_audio_at, first_mark_at
            ) - GREATEST(speech_end, final_at, first_token_at, first_audio_at)
        END AS played
    FROM answer
), total AS (
    SELECT
        day,
        assistant_id,
        number,
        count(*) AS answers,
        count(*) FILTER (WHERE waited) AS waited,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY whole) AS whole,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY understood)
            AS understood,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY thought) AS thought,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY voiced) AS voiced,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY played) AS played
    FROM stage
    GROUP BY GROUPING SETS (
        (),
        (day),
        (assistant_id),
        (assistant_id, number),
        (day, assistant_id),
        (day, assistant_id, number)
    )
)
SELECT
    total.day,
    total.assistant_id,
    assistant.name,
    total.number,
    total.answers,
    total.waited,
    total.whole,
    total.understood,
    total.thought,
    total.voiced,
    total.played
FROM total
LEFT JOIN calls_assistant AS assistant ON assistant.id = total.assistant_id
ORDER BY total.day DESC NULLS FIRST, assistant.name NULLS FIRST, total.number DESC
"""


class Spread(NamedTuple):
    """Half of all took no longer than the first, 95 of 100 no longer than the second; seconds."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Row:
    """The answers of a day, an assistant or a version of it; None is all of them.

    `waited` of them waited for a human; of their time until the first sound nothing is
    in the spreads.
    """

    day: date | None
    assistant: int | None
    name: str
    version: int | None
    answers: int
    waited: int
    spreads: dict[str, Spread | None]


def between(first: date, last: date) -> list[Row]:
    """All rows and their sums, days of the configured time zone, both included; the newest first."""
    zone = timezone.get_default_timezone()
    since = datetime.combine(first, time.min, zone)
    until = datetime.combine(last + timedelta(days=1), time.min, zone)
    asked: dict[str, str | datetime] = {
        "zone": str(zone),
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, asked)
        return list(_rows(cursor.fetchall()))


def _rows(found: list[tuple[Any, ...]]) -> Iterator[Row]:
    for day, assistant, name, version, answers, waited, *spreads in found:
        named = zip(MEASURED, spreads, strict=True)
        yield Row(
            day=day,
            assistant=assistant,
            name=name or "",
            version=version,
            answers=answers,
            waited=waited,
            spreads={key: _spread(each) for key, each in named},
        )


def _spread(percentiles: list[float | None] | None) -> Spread | None:
    if not percentiles or percentiles[0] is None or percentiles[1] is None:
        return None
    return Spread(round(percentiles[0], 3), round(percentiles[1], 3))
