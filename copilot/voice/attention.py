"""Whether words of the caller's are more than a sign of attention; how long they last is heard elsewhere."""

import re
from typing import Final

# The least voice before words count: what is understood of less is a guess. Seconds.
AUDIBLE: Final = 0.2
# What is said while listening, in the languages that are spoken here.
_ATTENTION: Final = frozenset(
    """
    mhm mm hm hmm uh huh uhhuh um ah oh ok okay yeah yep yes right sure alright
    ja jaja genau aha mhmm stimmt sí si vale claro ajá ya oui d'accord
    """.split()  # noqa: SIM905  words are read more easily than a list of strings
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+")
_FEW: Final = 3


def is_attention(text: str) -> bool:
    """Whether these words only say "I am listening"."""
    words = _WORD.findall(text.lower())
    return len(words) <= _FEW and all(word in _ATTENTION for word in words)
