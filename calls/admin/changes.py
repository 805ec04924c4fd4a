"""What is different between two versions, for people: taken out struck through, put in marked."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Words around a change that stay, so that one sees where it is.
_AROUND: Final = 6


def compared(before: str, after: str) -> SafeString:
    """The words of both, the same ones shortened where nothing happens."""
    old, new = _words(before), _words(after)
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    return format_html_join("", "{}", ((part,) for part in _parts(matcher, old, new)))


def _parts(
    matcher: "SequenceMatcher[str]", old: list[str], new: list[str]
) -> Iterator[SafeString | str]:
    codes = matcher.get_opcodes()
    for place, (kind, old_from, old_to, new_from, new_to) in enumerate(codes):
        if kind == "equal":
            first, last = place == 0, place == len(codes) - 1
            yield _shortened(old[old_from:old_to], first=first, last=last)
            continue
        if old_to > old_from:
            yield format_html("<del>{}</del>", "".join(old[old_from:old_to]))
        if new_to > new_from:
            yield format_html("<ins>{}</ins>", "".join(new[new_from:new_to]))


def _shortened(words: list[str], *, first: bool, last: bool) -> str:
    """Only what stands next to a change."""
    around = 2 * _AROUND  # each word is followed by its space
    if len(words) <= 2 * around:
        return "".join(words)
    begin = "" if first else "".join(words[:around])
    end = "" if last else "".join(words[-around:])
    return f"{begin}… {end}"


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)
