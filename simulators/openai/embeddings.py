"""Embeddings that mean something without a trained model: hashed words and letter
groups, so texts that share words lie near each other.
"""

import base64
import hashlib
import re
import unicodedata
from typing import Any

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from simulators.openai import models
from simulators.openai.errors import (
    RefusedError,
    json_body,
    missing,
    unknown_parameter,
    wrong_type,
    wrong_value,
)

PARAMETERS = {"model", "input", "encoding_format", "dimensions", "user"}
MOST_INPUTS = 2048
WORD, LETTERS = 1.0, 0.35
# Words that carry no topic would otherwise make every pair of texts look alike.
COMMON_WORDS = (
    "a an and are as at be but by can do for from have how i in is it its me my of on"
    " or our so that the this to we what when will with you your"
)
COMMON = frozenset(COMMON_WORDS.split())


def embed(text: str, dimensions: int) -> NDArray[np.float32]:
    """A unit vector of the text; equal for equal text, near for shared words."""
    vector = np.zeros(dimensions, dtype=np.float32)
    for feature, weight in features(text):
        digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
        place = int.from_bytes(digest, "big")
        vector[(place >> 1) % dimensions] += weight if place & 1 else -weight
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        vector[0] = length = 1.0
    return vector / np.float32(length)


def features(text: str) -> list[tuple[str, float]]:
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    found: list[tuple[str, float]] = []
    for word in re.findall(r"\w+", plain):
        if word in COMMON:
            found.append((f"w {word}", 0.1))
            continue
        found.append((f"w {word}", WORD))
        padded = f"<{word}>"
        found += [
            (f"g {padded[at : at + 3]}", LETTERS) for at in range(len(padded) - 2)
        ]
    return found


async def create(request: web.Request) -> web.Response:
    body = await json_body(request)
    texts, dimensions = check(body)
    as_floats = body.get("encoding_format", "float") == "float"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": vector.tolist()
            if as_floats
            else base64.b64encode(vector.astype("<f4").tobytes()).decode(),
        }
        for index, vector in enumerate(embed(text, dimensions) for text in texts)
    ]
    tokens = sum(max(1, len(text) // 4) for text in texts)
    return web.json_response(
        {
            "object": "list",
            "data": data,
            "model": body["model"],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
    )


def check(body: dict[str, Any]) -> tuple[list[str], int]:
    """The texts and the size of their vectors, or the vendor's refusal."""
    for name in body:
        if name not in PARAMETERS:
            raise unknown_parameter(name)
    for name in ("model", "input"):
        if name not in body:
            raise missing(name)
    if body["model"] not in models.EMBEDDING:
        raise models.missing(str(body["model"]))
    if body.get("encoding_format", "float") not in {"float", "base64"}:
        raise wrong_value(
            "encoding_format", body["encoding_format"], ["float", "base64"]
        )
    return _texts(body["input"]), _dimensions(body)


def _texts(given: object) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise wrong_type("input", "a string or an array of strings", given)
    if not texts or len(texts) > MOST_INPUTS or "" in texts:
        raise RefusedError("'$.input' is invalid.", "input")
    return texts


def _dimensions(body: dict[str, Any]) -> int:
    full = models.EMBEDDING[body["model"]]
    wanted = body.get("dimensions", full)
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise wrong_type("dimensions", "an integer", wanted)
    if not 1 <= wanted <= full:
        raise RefusedError(
            f"Invalid value for 'dimensions' = {wanted}. Must be between 1 and {full}.",
            "dimensions",
        )
    return wanted
