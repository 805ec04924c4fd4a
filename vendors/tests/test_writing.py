"""Replies and reports from a server that speaks the vendor's protocol."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import BaseModel

from vendors.errors import VendorError
from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.embeddings import embed
from vendors.openai.writing import answer, stream_reply
from vendors.tests.conftest import Outside

TALK = """<conversation>
{"speaker":"caller","text":"My order is late."}
</conversation>"""


class Summary(BaseModel):
    summary: str
    points: list[str]


@pytest.fixture(autouse=True)
async def _no_connection_is_left() -> AsyncIterator[None]:
    yield
    await clients.close()


async def reply(config: OpenAIConfig) -> list[str]:
    return [
        piece
        async for piece in stream_reply(
            config, instructions="Propose a reply.", input=TALK, person="p" * 64
        )
    ]


def summarise(config: OpenAIConfig) -> Summary:
    return answer(
        config,
        instructions="Summarise the call.",
        input=TALK,
        shape=Summary,
        person="p" * 64,
    )


async def test_a_reply_comes_in_pieces(openai_config: OpenAIConfig) -> None:
    pieces = await reply(openai_config)
    assert len(pieces) > 3
    assert "".join(pieces).endswith(("?", ".", "!"))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("429", "rate_limit_exceeded"),
        ("500", "500"),
        ("hang", "timeout"),
        ("drop", "unreachable"),
        ("refuse", "refusal"),
    ],
)
async def test_a_reply_that_fails_says_how(
    outside: Outside, openai_config: OpenAIConfig, kind: str, code: str
) -> None:
    outside.fault("openai", kind)
    with pytest.raises(VendorError) as caught:
        await reply(replace(openai_config, reply_timeout=1.0))
    assert (caught.value.vendor, caught.value.code) == ("openai", code)
    assert caught.value.retryable is (kind != "refuse")


async def test_a_wrong_key_is_not_worth_a_retry(openai_config: OpenAIConfig) -> None:
    with pytest.raises(VendorError) as caught:
        await reply(replace(openai_config, api_key="sk-wrong"))
    assert not caught.value.retryable


async def test_no_key_is_said_before_anything_is_sent(
    openai_config: OpenAIConfig,
) -> None:
    with pytest.raises(VendorError) as caught:
        await reply(replace(openai_config, api_key=""))
    assert caught.value.code == "not_configured"


def test_an_answer_has_the_shape_that_was_asked_for(
    openai_config: OpenAIConfig,
) -> None:
    assert isinstance(summarise(openai_config).summary, str)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("refuse", "refusal"),
        ("incomplete", "incomplete"),
        ("garbage", "garbled"),
        ("429", "rate_limit_exceeded"),
        ("drop", "unreachable"),
    ],
)
def test_an_answer_that_fails_says_how(
    outside: Outside, openai_config: OpenAIConfig, kind: str, code: str
) -> None:
    outside.fault("openai", kind)
    with pytest.raises(VendorError) as caught:
        summarise(openai_config)
    assert caught.value.code == code


def test_each_text_has_its_vector(openai_config: OpenAIConfig) -> None:
    one, other = embed(openai_config, ["hello", "good bye"])
    assert len(one) == len(other) > 100
