"""How several call centres, one for each of xdist's workers, share the tests."""

from pathlib import PurePath

from xdist.scheduler import LoadScopeScheduling

# What takes longest begins first, so that all end at about the same time; what is not
# named here comes last.
ORDER = (
    "test_scenarios",
    "test_audio",
    "test_contract",
    "test_faults",
    "test_voice",
    "test_browser_voice",
    "test_browser_telephone",
    "test_browser",
    "test_browser_messages",
    "test_api",
    "test_races",
    "test_growth",
    "test_control",
    "test_demo",
    "test_bad_input",
)
# They look at the same calls, and so at the same call centre.
PLAYED = ("test_scenarios", "test_audio", "test_contract")
# Each test of these has calls of its own: it may run wherever there is time. All other
# modules stay whole.
APART = (
    "test_voice",
    "test_browser_voice",
    "test_browser_telephone",
    "test_browser",
    "test_browser_messages",
)


class CentresScheduling(LoadScopeScheduling):
    """Gives each call centre a module, or one of the tests that stand apart, after the other."""

    def _split_scope(self, nodeid: str) -> str:
        module = _module(nodeid)
        if module in PLAYED:
            return "played"
        return nodeid if module in APART else module


def place(nodeid: str) -> int:
    """Where a test comes in the order."""
    module = _module(nodeid)
    return ORDER.index(module) if module in ORDER else len(ORDER)


def _module(nodeid: str) -> str:
    return PurePath(nodeid.partition("::")[0]).stem
