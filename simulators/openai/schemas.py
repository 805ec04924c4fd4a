"""The rules a strict JSON schema must keep at OpenAI, and whether an answer fits one;
it writes no answers.
"""

from collections.abc import Iterator
from typing import Any

from simulators.openai.errors import RefusedError, missing, wrong_type, wrong_value

Schema = dict[str, Any]
MOST_PROPERTIES = 5000
NOT_PERMITTED = (
    "oneOf",
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "propertyNames",
    "unevaluatedProperties",
    "contains",
    "uniqueItems",
    "default",
)
FORMATS = ("text", "json_object", "json_schema")


def wanted(text: object) -> Schema | None:
    """The schema of a request's `text` parameter, checked; None for plain text."""
    if text is None:
        return None
    if not isinstance(text, dict):
        raise wrong_type("text", "an object", text)
    form = text.get("format") or {"type": "text"}
    if not isinstance(form, dict):
        raise wrong_type("text.format", "an object", form)
    match form.get("type"):
        case "text":
            return None
        case "json_object":
            return {"type": "object"}
        case "json_schema":
            return _schema(form)
    raise wrong_value("text.format.type", form.get("type"), list(FORMATS))


def _schema(form: dict[str, Any]) -> Schema:
    for name in ("name", "schema"):
        if name not in form:
            raise missing(f"text.format.{name}")
    schema = form["schema"]
    if not isinstance(schema, dict):
        raise wrong_type("text.format.schema", "an object", schema)
    if form.get("strict"):
        check_strict(schema, str(form["name"]))
    return schema


def check_strict(schema: Schema, name: str) -> None:
    """Refuse, as the vendor does, what strict mode does not take."""
    for problem in strict_problems(schema):
        raise _invalid(name, problem)


def strict_problems(schema: Schema) -> Iterator[str]:
    """What strict mode does not take in a schema, in the vendor's words."""
    if "anyOf" in schema or schema.get("type") != "object":
        yield not_an_object(schema)
        return
    count = 0
    for place, part in walk(schema):
        for problem in _problems(part, schema):
            yield f"In context={place!r}, {problem}"
        count += len(part.get("properties", {}))
    if count > MOST_PROPERTIES:
        yield f"schema has more than {MOST_PROPERTIES} properties."


def not_an_object(schema: Schema) -> str:
    got = schema.get("type")
    return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{got}\"'."


def walk(schema: Schema) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """Every schema inside a schema, with the way to it; references are not followed."""
    waiting: list[tuple[tuple[str, ...], object]] = [((), schema)]
    while waiting:
        place, part = waiting.pop()
        if not isinstance(part, dict):
            continue
        yield place, part
        for key in ("properties", "$defs", "definitions"):
            inner = part.get(key)
            if isinstance(inner, dict):
                waiting += [((*place, key, name), s) for name, s in inner.items()]
        if "items" in part:
            waiting.append(((*place, "items"), part["items"]))
        for number, option in enumerate(part.get("anyOf", [])):
            waiting.append(((*place, "anyOf", str(number)), option))


def _problems(part: Schema, root: Schema) -> Iterator[str]:
    for word in NOT_PERMITTED:
        if word in part:
            yield f"'{word}' is not permitted."
    if "$ref" in part:
        yield from _reference_problems(part, root)
        return
    if not set(part) & {"type", "anyOf", "enum", "const"}:
        yield "schema must have a 'type' key."
    if part.get("type") == "array" and "items" not in part:
        yield "array schema missing items."
    if part.get("type") == "object":
        yield from _object_problems(part)


def _reference_problems(part: Schema, root: Schema) -> Iterator[str]:
    others = sorted(set(part) - {"$ref"})
    if others:
        yield f"$ref cannot have keywords {others!r}."
    elif resolve(part, root) is None:
        yield f"reference '{part['$ref']}' does not point to a schema."


def _object_problems(part: Schema) -> Iterator[str]:
    if part.get("additionalProperties") is not False:
        yield "'additionalProperties' is required to be supplied and to be false."
    properties = part.get("properties", {})
    required = part.get("required", [])
    absent = [name for name in properties if name not in required]
    extra = [name for name in required if name not in properties]
    if absent:
        yield (
            "'required' is required to be supplied and to be an array including every"
            f" key in properties. Missing '{absent[0]}'."
        )
    if extra:
        yield f"Extra required key '{extra[0]}' supplied."


def resolve(part: Schema, root: Schema) -> Schema | None:
    """The schema that a reference names, in the same document."""
    found: Any = root
    for step in str(part["$ref"]).removeprefix("#").strip("/").split("/"):
        if step:
            found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _invalid(name: str, why: str) -> RefusedError:
    return RefusedError(
        f"Invalid schema for response_format '{name}': {why}",
        "text.format.schema",
        "invalid_json_schema",
    )


JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def fits(value: object, schema: Schema, root: Schema) -> bool:
    """Whether a value keeps a schema of the kind that strict mode takes."""
    if "$ref" in schema:
        target = resolve(schema, root)
        return target is not None and fits(value, target, root)
    if "anyOf" in schema:
        return any(fits(value, option, root) for option in schema["anyOf"])
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    names = schema.get("type", [])
    for name in [names] if isinstance(names, str) else names:
        if isinstance(value, JSON_TYPES[name]) and not (
            isinstance(value, bool) and name in {"number", "integer"}
        ):
            return _fits_inside(value, schema, root)
    return not names


def _fits_inside(value: object, schema: Schema, root: Schema) -> bool:
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return set(schema.get("required", [])) <= set(value) and all(
            name in properties and fits(entry, properties[name], root)
            for name, entry in value.items()
            if properties
        )
    if isinstance(value, list):
        size = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**6)
        return size and all(fits(e, schema.get("items", {}), root) for e in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        return bool(low <= value <= high)
    return True
