"""What the AssemblyAI adapter must be told; not where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class AssemblyAIConfig:
    """A key and the models in order of preference. `timeout`: seconds per transfer.

    `language` as "es"; without one the vendor finds it out. `sentiment` and `entities`
    are asked for beside the words.
    """

    api_key: str
    base_url: str = "https://api.assemblyai.com"
    # The newest model does not fall back by itself: for languages it lacks, the second.
    speech_models: tuple[str, ...] = ("assemblyai-stt-3-7", "universal-2")
    timeout: float = 30.0
    language: str = ""
    sentiment: bool = True
    entities: bool = True
