"""The tools that the model has asked for on one stream, and what they answered; it uses none itself."""

from typing import Final

from copilot.voice.reply import Reply
from copilot.voice.vocabulary import Answered, ToolDone, UseTool

# Tools after which the voice has nothing more to say.
LAST_TOOLS: Final = frozenset({"end_call", "transfer_to_queue"})


class Errands:
    """`known` is what tools answered for lines that nobody heard: it is not asked of them again."""

    def __init__(self) -> None:
        self.known: list[Answered] = []
        self._using: UseTool | None = None
        # A line that was said, whose last tool is in use.
        self._departed: Reply | None = None

    @property
    def is_busy(self) -> bool:
        """Whether the model has to know first what comes of a tool."""
        return self._using is not None

    def begin(self, tool: UseTool) -> UseTool:
        """The model waits for this one."""
        self._using = tool
        return tool

    def is_using(self, tool: UseTool) -> bool:
        return self._using is tool

    def depart(self, reply: Reply, tool: UseTool) -> UseTool:
        """All of a line was said, and its last tool follows."""
        self._departed = reply
        return tool

    def returned(self, event: ToolDone) -> UseTool | None:
        """The tool for which the model waited, if it is that."""
        using = self._using
        if using is None or using.call_id != event.call_id:
            return None
        self._using = None
        return using

    def came_back(self, event: ToolDone) -> list[Answered] | None:
        """What is known after a last tool that did not do what was announced, if it is that."""
        departed = self._departed
        if departed is None or departed.tool is None:
            return None
        if departed.tool.call_id != event.call_id:
            return None
        self._departed = None
        return (
            None if event.done else [*departed.answers, answered(departed.tool, event)]
        )


def answered(tool: UseTool, event: ToolDone) -> Answered:
    """A tool, as it was asked for, with what came of it."""
    return Answered(tool.call_id, tool.name, tool.arguments, event.output)
