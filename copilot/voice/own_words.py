"""The sentences that are said without the model, in the caller's language; it does not decide when."""

from copilot.voice.phrases import phrases
from copilot.voice.tongues import spoken_in
from copilot.voice.vocabulary import Profile
from copilot.voice.wording import plain


class OwnWords:
    """An assistant's own sentences, and ours where it brings none.

    `language` is the one in which the caller was last clearly heard to speak, of those
    that the assistant answers in; before that its usual one.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.language = profile.language

    def hear(self, text: str) -> None:
        """The caller has said this."""
        spoken = spoken_in(plain(text), self._profile.languages)
        self.language = spoken or self.language

    @property
    def nudges(self) -> tuple[str, ...]:
        """What a caller is asked who says nothing, once and again."""
        return phrases(self.language).nudges

    @property
    def goodbye(self) -> str:
        """The last words to somebody who does not speak."""
        return self._profile.goodbye or phrases(self.language).goodbye

    @property
    def holding_line(self) -> str:
        """What is said while something takes its time."""
        return self._profile.holding_line or phrases(self.language).holding

    def before(self, tool: str) -> str:
        """What is said before a last tool if the model said nothing."""
        return self.goodbye if tool == "end_call" else self.holding_line
