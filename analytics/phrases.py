"""Whether somebody's last words told the other to wait, in the languages we speak; it knows no times."""

import re
from collections.abc import Iterable
from typing import Final

from analytics.words import normalised

# Looked for in the last words only: an announcement that was followed by a chat
# announces nothing.
LAST_WORDS: Final = 14

_PHRASES: Final = (
    # English
    r"(one|a|just a|another) (short |quick |little )?(moment|second|sec|minute|bit)",
    r"(two|three|few|couple of|couple) (more )?(moments|seconds|minutes)",
    r"moment please|hold on|hang on|bear with me|stay on the line|please (wait|hold)",
    r"(put|place) you on hold|right back|back (with|to) you in",
    r"let me (just |quickly )?(check|look|see|pull|find|get|search|ask|open|verify)",
    r"i (will|ll|am going to|m going to) (just )?(check|look|ask|search)",
    r"(while|whilst) i (check|look|pull|find|search|get|open|ask)",
    r"(looking|checking) (that|it|this|into|for) .{0,30}(now|for you)",
    # Spanish
    r"(un|deme un|dame un|solo un) (momento|momentito|segundo|segundito|minuto)",
    r"unos (momentos|segundos|minutos)|espere|espera un|no cuelgue|en espera",
    r"(permitame|dejeme|dejame) (que )?"
    r"(ver|verificar|revisar|comprobar|consultar|mirar|busc|reviso|compruebo|miro|lo)",
    r"(voy a|ahora) (lo )?"
    r"(comprobar|revisar|consultar|verificar|mirar|compruebo|reviso|consulto)",
    r"mientras (lo )?(compruebo|reviso|busco|consulto|verifico)",
    # German
    r"(einen|ein|kleinen|kurzen|nur einen) (kurzen |kleinen )?(moment|augenblick|sekunde)",
    r"(moment|augenblick|sekunde) bitte|eine (minute|sekunde)|bitte warten|warten sie",
    r"bleiben sie (bitte )?(kurz )?(dran|in der leitung)|in die warteschleife",
    r"ich (sehe|schaue|prufe|suche|frage) (das |mal |kurz |eben |gleich |schnell |ihnen )*(nach|kurz|eben|mal)",
    r"lassen sie mich (das |kurz |mal |eben )*(nachsehen|nachschauen|prufen|schauen|sehen)",
)
_TELLS_TO_WAIT: Final = re.compile(rf"\b(?:{'|'.join(_PHRASES)})")


def tells_to_wait(words: Iterable[str]) -> bool:
    """Whether the end of these words, said by one person, announces a wait."""
    last = [word for spoken in words for word in normalised(spoken)][-LAST_WORDS:]
    return _TELLS_TO_WAIT.search(" ".join(last)) is not None
