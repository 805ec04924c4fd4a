"""Whether a sentence sounds pleased or displeased, by counting words of a small
lexicon; it knows no irony.
"""

import re

PLEASED = (
    "thank thanks great good perfect wonderful excellent happy glad love lovely helpful"
    " appreciate awesome fantastic pleased nice brilliant"
    " gracias perfecto bueno buena genial excelente encantado feliz maravilloso"
    " danke super prima toll wunderbar perfekt freue gut klasse ausgezeichnet"
)
DISPLEASED = (
    "angry terrible awful bad worst ridiculous unacceptable upset frustrated"
    " frustrating annoyed disappointed broken wrong problem never fail failed useless"
    " complaint rude horrible hate disgrace nonsense overcharged late"
    " terrible inaceptable malo mala peor enfadado enfadada problema harto nunca"
    " horrible roto queja ridículo vergüenza"
    " schlecht schrecklich unmöglich ärgerlich wütend kaputt problem falsch beschwerde"
    " unverschämt enttäuscht frechheit furchtbar"
)
NEGATING = "not no don't isn't wasn't never nicht kein keine"
NEGATIONS = frozenset(NEGATING.split())
UP, DOWN = frozenset(PLEASED.split()), frozenset(DISPLEASED.split())


def tone(text: str) -> tuple[str, float]:
    """POSITIVE, NEGATIVE or NEUTRAL, and how sure that is, from 0 to 1."""
    balance = weight(text)
    if balance == 0:
        return "NEUTRAL", 0.6
    sure = min(0.97, 0.62 + 0.12 * abs(balance))
    return ("POSITIVE" if balance > 0 else "NEGATIVE"), round(sure, 4)


def weight(text: str) -> int:
    """Pleased words less displeased ones; a negation turns the word after it."""
    balance, turned = 0, False
    for word in re.findall(r"[^\W\d_]+(?:'[a-z]+)?", text.lower()):
        sign = (word in UP) - (word in DOWN)
        balance += -sign if turned and sign > 0 else sign
        turned = word in NEGATIONS
    return balance
