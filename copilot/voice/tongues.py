"""Whether words are clearly in none of some languages, or clearly in one of them.

Told from the script and from the most frequent words. A few words tell nothing, and
what is not clear is not foreign.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from typing import Final

from copilot.voice.phrases import base
from copilot.voice.wording import plain

# So many frequent words that only another language has, and so many times the others.
ENOUGH: Final = 4
CLEARLY: Final = 3
# Who asks a short question has said so many; a letter of a script of its own counts half.
ENOUGH_TO_ANSWER: Final = 2

# So many letters, and this share of all, of a script in which no right language is written.
_LETTERS: Final = 10
_SHARE: Final = 0.6


def _plain_words(text: str) -> frozenset[str]:
    return frozenset(plain(text))


_FREQUENT: Final = {
    "ca": _plain_words(
        "el la els les un una de del que i a en és no per amb es al ho jo vostè què "
        "com més però si el seu la seva puc pot gràcies aquest aquesta hi ha molt"
    ),
    "da": _plain_words(
        "og i jeg det at en den til er som på de med han af for ikke der var mig sig "
        "men et har om vi min du kan dig din hvad også skal vil nu her deres deres tak"
    ),
    "de": _plain_words(
        "der die das und ich sie ist nicht ein eine zu in den mit sich auf für es von "
        "dem wir auch als an kann ihre ihnen haben werden hat sind bei aus nach wie "
        "noch bitte ihr mein meine einen einem was wenn oder mir uns gerne"
    ),
    "en": _plain_words(
        "the be to of and a in that have i it for not on with he as you do at this but "
        "his by from they we say her she or an will my one all would there their what "
        "so can is are your me if no am was has how please help"
    ),
    "es": _plain_words(
        "el la los las de que y a en un una ser se no por con su para como estar tener "
        "le lo todo pero más hacer o poder este ir otro es esta está usted mi me sí "
        "puedo puede gracias cuando del al qué muy"
    ),
    "fi": _plain_words(
        "ja on ei se että hän en oli mutta ovat tämä minä te voin voi kun niin mitä "
        "olen nyt jos kuin ole teidän teille sinä kiitos myös tai vain"
    ),
    "fr": _plain_words(
        "le la les de des du et est un une que qui dans en pour pas ne je vous il elle "
        "nous ce cette sur avec au aux plus votre vos mon ma mes mais ou par puis peux "
        "pouvez à être avoir sont merci"
    ),
    "it": _plain_words(
        "il lo la i gli le di che e è un una per non in con si da come mi ma sono ho "
        "del della al alla questo questa lei suo sua può posso più anche se o grazie"
    ),
    "nb": _plain_words(
        "og i jeg det at en den til er som på de med han av for ikke der var meg seg "
        "men et har om vi min du kan deg din hva også skal vil nå her deres takk"
    ),
    "nl": _plain_words(
        "de het een en van ik te dat die in is niet je u op aan met als voor zijn er "
        "maar om hem dan zou of wat mijn uw kunt kan wij we heeft hebben deze bij ook "
        "naar graag geen"
    ),
    "pl": _plain_words(
        "i w na się nie z do to że jest o jak a co po ale za od czy tak przez dla już "
        "tylko mogę może pan pani jestem są być ja ten ta proszę oraz"
    ),
    "pt": _plain_words(
        "o a os as de do da que e é em um uma para com não se no na por mais como mas "
        "eu você seu sua ao dos das isso este esta posso pode está foi são obrigado "
        "muito senhor"
    ),
    "sv": _plain_words(
        "och i jag det att en den till är som på de med han av för inte der var mig "
        "sig men ett har om vi min du kan dig din vad också ska vill nu här deras tack"
    ),
}
_SCRIPTS: Final = {
    **dict.fromkeys(_FREQUENT, ("LATIN",)),
    "ja": ("CJK", "HIRAGANA", "KATAKANA"),
    "ko": ("HANGUL", "CJK"),
    "ru": ("CYRILLIC",),
    "zh": ("CJK",),
}


def is_foreign(spoken: Sequence[str], languages: Collection[str]) -> bool:
    """Whether these words (as `plain` gives them) are clearly in none of the languages (BCP 47)."""
    # "no" is what some call "nb".
    right = frozenset(base(each).replace("no", "nb") for each in languages)
    if not right or any(language not in _SCRIPTS for language in right):
        return False
    return _in_foreign_script(spoken, right) or _has_foreign_words(spoken, right)


def spoken_in(said: Sequence[str], languages: Sequence[str]) -> str:
    """Which of the languages (BCP 47) these words (as `plain` gives them) are clearly in; "" if none is."""
    codes = [base(each).replace("no", "nb") for each in languages]
    scores = [_score(said, code, codes) for code in codes]
    best = max(scores, default=0)
    others = sum(score for score in scores if score != best)
    clear = best >= max(ENOUGH_TO_ANSWER, CLEARLY * others)
    return languages[scores.index(best)] if clear and scores.count(best) == 1 else ""


def _score(said: Sequence[str], code: str, among: Sequence[str]) -> int:
    """How much in the words only this one of the languages explains."""
    others = [other for other in among if other != code]
    known: frozenset[str] = frozenset().union(*map(_frequent, others))
    written = {script for other in others for script in _SCRIPTS.get(other, ())}
    own = set(_SCRIPTS.get(code, ())) - written - {"LATIN"}
    letters = sum(_script(letter) in own for word in said for letter in word)
    return _hits(said, _frequent(code) - known) + letters // 2


def _in_foreign_script(spoken: Sequence[str], right: Collection[str]) -> bool:
    # Names of things are written in Latin letters everywhere: there, words must tell.
    expected = {script for language in right for script in _SCRIPTS[language]}
    expected.add("LATIN")
    found = Counter(map(_script, filter(str.isalpha, "".join(spoken))))
    foreign = sum(n for script, n in found.items() if script not in expected)
    return foreign >= _LETTERS and foreign >= _SHARE * found.total()


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _has_foreign_words(spoken: Sequence[str], right: frozenset[str]) -> bool:
    """Whether another language explains the words, by those that the right ones lack."""
    for theirs, ours in _differences(right):
        foreign = _hits(spoken, theirs)
        if foreign >= ENOUGH and foreign >= CLEARLY * _hits(spoken, ours):
            return True
    return False


@cache
def _differences(right: frozenset[str]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """For each other language its own words, and those that only the right ones have."""
    known: frozenset[str] = frozenset().union(*map(_frequent, right))
    others = [theirs for other, theirs in _FREQUENT.items() if other not in right]
    return [(theirs - known, known - theirs) for theirs in others]


def _frequent(language: str) -> frozenset[str]:
    return _FREQUENT.get(language, frozenset())


def _hits(spoken: Sequence[str], frequent: frozenset[str]) -> int:
    return sum(map(frequent.__contains__, spoken))
