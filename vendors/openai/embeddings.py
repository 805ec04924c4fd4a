"""Texts as vectors; what they are compared with is not known here."""

from collections.abc import Sequence

from vendors.openai import clients
from vendors.openai.config import OpenAIConfig
from vendors.openai.failures import translated


def embed(config: OpenAIConfig, texts: Sequence[str]) -> list[list[float]]:
    """A vector per text, in their order. Blocking: for workers. Raises VendorError."""
    with translated():
        response = clients.for_workers(config).embeddings.create(
            model=config.embedding_model, input=list(texts)
        )
    return [entry.embedding for entry in response.data]
