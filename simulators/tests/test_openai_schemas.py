"""Strict schemas are held to the vendor's rules."""

import pytest

from simulators.openai.errors import RefusedError
from simulators.openai.schemas import fits, wanted


def strict(schema):
    return {
        "format": {
            "type": "json_schema",
            "name": "report",
            "strict": True,
            "schema": schema,
        }
    }


def test_a_strict_schema_is_taken():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert wanted(strict(schema)) == schema


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        (
            {"type": "object", "properties": {}, "required": []},
            "'additionalProperties' is required to be supplied and to be false",
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "required": [],
                "additionalProperties": False,
            },
            "Missing 'a'",
        ),
        ({"type": "array", "items": {"type": "string"}}, "got 'type: \"array\"'"),
        (
            {
                "type": "object",
                "properties": {"a": {"oneOf": [{"type": "string"}]}},
                "required": ["a"],
                "additionalProperties": False,
            },
            "'oneOf' is not permitted",
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"$ref": "#/$defs/None"}},
                "required": ["a"],
                "additionalProperties": False,
            },
            "does not point to a schema",
        ),
    ],
)
def test_a_loose_schema_is_refused_in_the_vendors_words(schema, complaint):
    with pytest.raises(RefusedError) as refused:
        wanted(strict(schema))
    assert complaint in refused.value.message
    assert refused.value.code == "invalid_json_schema"
    assert refused.value.param == "text.format.schema"


def test_plain_text_has_no_schema():
    assert wanted(None) is None
    assert wanted({"format": {"type": "text"}}) is None


@pytest.mark.parametrize(
    ("value", "fitting"),
    [
        ({"n": 3}, True),
        ({"n": 6}, False),
        ({"n": True}, False),
        ({}, False),
        ({"n": 3, "m": 1}, False),
    ],
)
def test_an_answer_fits_or_does_not(value, fitting):
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "maximum": 5}},
        "required": ["n"],
        "additionalProperties": False,
    }
    assert fits(value, schema, schema) is fitting
