"""Many values as one parameter of a question, for `__in`.

One by one a thousand of them take the interpreter for 5 ms in Django and psycopg, and as an
array of PostgreSQL's for 2; as JSON for less than one, and the rows that come back for one more.
"""

import json
from collections.abc import Collection

from django.db.models.expressions import RawSQL


def each_of(numbers: Collection[int]) -> RawSQL:
    """The rows of these keys."""
    return RawSQL(
        "SELECT jsonb_array_elements_text(%s)::bigint", [json.dumps([*numbers])]
    )


def each_text_of(texts: Collection[str]) -> RawSQL:
    """The rows of these texts."""
    return RawSQL("SELECT jsonb_array_elements_text(%s)", [json.dumps([*texts])])
