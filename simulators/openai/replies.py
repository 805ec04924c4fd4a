"""What the played model lets an agent say next: the script's own answer, a fact from
the prompt, or a rule of thumb by intent; never anything about the caller that was not
said.
"""

import re
from dataclasses import dataclass

from simulators import languages
from simulators.openai.conversation import Line, last_words, turns
from simulators.openai.knowledge import Exchange, recall, words

# The order decides: a greeting that carries a question is about the question.
INTENTS: tuple[tuple[str, str], ...] = (
    (
        "injection",
        r"ignore .*(instruction|prompt|rule)|system prompt|you are now|developer mode"
        r"|jailbreak|reveal .*(prompt|password|instruction)|pretend (to be|you)"
        r"|ignor\w+ .*(instrucciones|reglas)|ignorier\w* .*(anweisung|regel)"
        r"|act as (a|an|if)|repeat after me",
    ),
    (
        "manager",
        r"\b(manager|supervisor|your boss|gerente|encargad[oa]|vorgesetzte\w*)\b",
    ),
    (
        "angry",
        r"\b(ridiculous|unacceptable|terrible|awful|furious|angry|fed up|disgrace\w*"
        r"|worst|third time|inaceptable|ridículo|harto|harta|vergüenza|enfadad[oa]"
        r"|unverschämt|unmöglich|frechheit|wütend|sauer|schrecklich)\b",
    ),
    (
        "refund",
        r"\b(refund\w*|money back|reimburse\w*|reembolso\w*|devolución|devolver"
        r"|erstatt\w*|rückerstattung|geld zurück)\b",
    ),
    (
        "cancel",
        r"\b(cancel\w*|terminate|cancelar|anular|baja|kündig\w*|stornier\w*)\b",
    ),
    (
        "delivery",
        r"\b(deliver\w*|parcel|package|shipping|shipment|tracking|courier|arriv\w*"
        r"|entrega\w*|paquete|envío|pedido|liefer\w*|paket|sendung|bestellung)\b",
    ),
    (
        "password",
        r"\b(password|log ?in|sign ?in|locked out|reset|contraseña|iniciar sesión"
        r"|acceder|passwort|kennwort|anmelden|einloggen)\b",
    ),
    (
        "billing",
        r"\b(bill\w*|invoice\w*|charg\w*|payment|paid|price|factura\w*|cobr\w*|pago"
        r"|rechnung\w*|abgebucht|zahlung|betrag)\b",
    ),
    (
        "appointment",
        r"\b(appointment|schedule|reschedule|book\w*|reserv\w*|cita|agendar|termin\w*"
        r"|buchen|verschieben)\b",
    ),
    (
        "broken",
        r"\b(not working|doesn't work|broken|error|problem|issue|slow|outage|offline"
        r"|no funciona|roto|avería|funktioniert nicht|kaputt|fehler|störung)\b",
    ),
    (
        "waiting",
        r"\b(still there|are you there|hello\?|how long|sigue ahí|sind sie noch da)",
    ),
    (
        "goodbye",
        r"\b(good ?bye|bye|have a (nice|good)|that's all|that is all|adiós|hasta luego"
        r"|eso es todo|tschüss|auf wiederhören|das war's|das wäre alles)\b",
    ),
    ("thanks", r"\b(thanks|thank you|gracias|danke|vielen dank)\b"),
    ("greeting", r"\b(hello|hi|hey|good (morning|afternoon)|hola|buen\w+|guten|hallo)"),
)
REPLIES: dict[str, dict[str, str]] = {
    "en": {
        "injection": "I can't help with that, but I'm glad to help with your account"
        " or an order. What can I do for you today?",
        "manager": "I understand. Let me see what I can settle for you right now, and"
        " I will bring in my supervisor if you still wish.",
        "angry": "I'm sorry about this, and I understand why you are upset. Let me"
        " look into it right away and put it right.",
        "refund": "I can look into a refund for you. Could you give me the order"
        " number, please?",
        "cancel": "I can help you with the cancellation. May I ask what made you"
        " decide, and could you give me your account number?",
        "delivery": "Let me check where your delivery is. Could you give me the order"
        " number, please?",
        "password": "I can send you a link to reset your password. Which email address"
        " is on your account?",
        "billing": "Let me look at your bill. Could you tell me the invoice number or"
        " your account number, please?",
        "appointment": "I can find a time for you. Which day would suit you best?",
        "broken": "I'm sorry it is not working. Could you tell me what you see on the"
        " screen, and when it started?",
        "waiting": "Thank you for waiting, I am still here and looking into it.",
        "goodbye": "Thank you for calling. Have a good day, goodbye.",
        "thanks": "You're welcome. Is there anything else I can help you with?",
        "greeting": "Hello, thank you for calling. How can I help you today?",
        "other": "I see. Could you tell me a little more, so that I can help you?",
        "opening": "Hello, how can I help you today?",
    },
    "es": {
        "injection": "No puedo ayudarle con eso, pero con gusto le ayudo con su cuenta"
        " o su pedido. ¿En qué puedo ayudarle?",
        "manager": "Lo entiendo. Veo ahora mismo qué puedo resolver y, si lo desea,"
        " aviso a mi supervisor.",
        "angry": "Siento mucho lo ocurrido y entiendo su molestia. Lo reviso ahora"
        " mismo para solucionarlo.",
        "refund": "Puedo revisar su reembolso. ¿Me da el número de pedido, por favor?",
        "cancel": "Le ayudo con la cancelación. ¿Me da su número de cuenta, por favor?",
        "delivery": "Voy a comprobar dónde está su entrega. ¿Me da el número de"
        " pedido, por favor?",
        "password": "Le puedo enviar un enlace para cambiar la contraseña. ¿Qué correo"
        " tiene en su cuenta?",
        "billing": "Voy a revisar su factura. ¿Me da el número de factura, por favor?",
        "appointment": "Le busco una cita. ¿Qué día le viene mejor?",
        "broken": "Siento que no funcione. ¿Qué ve en la pantalla y desde cuándo?",
        "waiting": "Gracias por esperar, sigo aquí y lo estoy revisando.",
        "goodbye": "Gracias por llamar. Que tenga un buen día, adiós.",
        "thanks": "De nada. ¿Hay algo más en que pueda ayudarle?",
        "greeting": "Hola, gracias por llamar. ¿En qué puedo ayudarle?",
        "other": "Entiendo. ¿Puede contarme un poco más para poder ayudarle?",
        "opening": "Hola, ¿en qué puedo ayudarle?",
    },
    "de": {
        "injection": "Dabei kann ich nicht helfen, aber gern bei Ihrem Konto oder"
        " einer Bestellung. Was kann ich für Sie tun?",
        "manager": "Das verstehe ich. Ich sehe, was ich gleich klären kann, und hole"
        " auf Wunsch meine Vorgesetzte dazu.",
        "angry": "Das tut mir leid, ich verstehe Ihren Ärger. Ich sehe mir das sofort"
        " an und bringe es in Ordnung.",
        "refund": "Ich prüfe die Erstattung gern. Wie lautet die Bestellnummer, bitte?",
        "cancel": "Ich helfe Ihnen bei der Kündigung. Wie lautet Ihre Kundennummer?",
        "delivery": "Ich sehe nach, wo Ihre Lieferung ist. Wie lautet die"
        " Bestellnummer, bitte?",
        "password": "Ich kann Ihnen einen Link zum Zurücksetzen schicken. Welche"
        " E-Mail-Adresse ist hinterlegt?",
        "billing": "Ich sehe mir die Rechnung an. Wie lautet die Rechnungsnummer?",
        "appointment": "Ich suche einen Termin für Sie. Welcher Tag passt Ihnen?",
        "broken": "Es tut mir leid, dass es nicht geht. Was sehen Sie auf dem"
        " Bildschirm, und seit wann?",
        "waiting": "Danke fürs Warten, ich bin noch da und sehe nach.",
        "goodbye": "Danke für Ihren Anruf. Einen schönen Tag, auf Wiederhören.",
        "thanks": "Gern geschehen. Kann ich sonst noch etwas für Sie tun?",
        "greeting": "Guten Tag, danke für Ihren Anruf. Was kann ich für Sie tun?",
        "other": "Ich verstehe. Erzählen Sie mir bitte etwas mehr, damit ich helfen"
        " kann.",
        "opening": "Guten Tag, was kann ich für Sie tun?",
    },
}
# How somebody goes on who has the word although the caller asked nothing new.
GOING_ON: dict[str, tuple[str, ...]] = {
    "en": (
        "I am with you again. What else can I do for you?",
        "Good. Is there something more that I can help you with?",
        "I am listening. How can I help you further?",
        "Tell me what you need, and I will see to it.",
        "I understand. Please go on.",
        "That is good to know. What would you like to do next?",
        "I have made a note of that. What else is there?",
        "Very well. Shall we look at anything else?",
    ),
    "es": (
        "Vuelvo a estar con usted. ¿Qué más puedo hacer por usted?",
        "Bien. ¿Hay algo más en que le pueda ayudar?",
        "Le escucho. ¿En qué más le ayudo?",
        "Dígame qué necesita y me ocupo de ello.",
    ),
    "de": (
        "Ich bin wieder für Sie da. Was kann ich noch für Sie tun?",
        "Gut. Gibt es noch etwas, wobei ich helfen kann?",
        "Ich höre. Wie kann ich Ihnen weiterhelfen?",
        "Sagen Sie mir, was Sie brauchen, und ich kümmere mich darum.",
    ),
}
FACTS = re.compile(r"knowledge|article|passage|source|document|fact", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a reply is made from."""

    lines: tuple[Line, ...]
    rest: tuple[str, ...] = ()
    known: tuple[Exchange, ...] = ()


def intent(text: str) -> str:
    """The first intent whose words occur; other when none does."""
    for name, pattern in INTENTS:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return "other"


def language(lines: tuple[Line, ...]) -> str:
    """The caller's language; his last words decide where they tell."""
    heard = [line.text for line in lines if line.speaker == "caller"]
    whole, _ = languages.detect(" ".join(heard))
    last, _ = languages.detect(heard[-1] if heard else "", default=whole)
    return last


def suggest(situation: Situation) -> str:
    """One short thing the agent could say now."""
    phrases = REPLIES[language(situation.lines)]
    spoken = turns(situation.lines)
    heard = [line.text for line in spoken if line.speaker == "caller"]
    if not heard:
        return phrases["opening"]
    scripted = recall(situation.lines, situation.known)
    if scripted:
        return scripted
    wanted = intent(heard[-1])
    if wanted == "injection":
        return phrases[wanted]
    return fact(heard[-1], situation.rest) or phrases[wanted]


def go_on(situation: Situation) -> str:
    """What a model says that talks to the caller itself: never the same sentence twice."""
    lines = situation.lines
    reply = suggest(situation)
    if not any(line.speaker == "assistant" for line in lines):
        return reply
    said = " ".join(line.text for line in lines if line.speaker != "caller")
    fresh = (reply, *alternatives(situation)) if last_words(lines) else ()
    options = (*fresh, *GOING_ON[language(lines)])
    return next((option for option in options if option not in said), options[-1])


def alternatives(situation: Situation) -> list[str]:
    """The best reply first, then others that fit any moment of a call."""
    phrases = REPLIES[language(situation.lines)]
    options = [suggest(situation), phrases["other"], phrases["waiting"]]
    options += [phrases["thanks"], phrases["greeting"]]
    return list(dict.fromkeys(options))


def fact(question: str, rest: tuple[str, ...]) -> str | None:
    """The sentence of the prompt's knowledge that shares most with the question."""
    asked = _topics(question)
    best, most = None, 1
    for sentence in _facts(rest):
        shared = len(asked & _topics(sentence))
        if shared > most:
            best, most = sentence, shared
    return best


def _facts(rest: tuple[str, ...]) -> list[str]:
    """Sentences that stand under a heading such as "Knowledge:"."""
    sentences: list[str] = []
    inside = False
    for line in rest:
        if line.rstrip("*").endswith(":") or line.startswith(("#", "<")):
            inside = bool(FACTS.search(line))
        elif inside:
            plain = re.sub(r"^[-*•\d.)\s\[\]]+", "", line)
            sentences += re.split(r"(?<=[.!?])\s+", plain)
    return [s for s in sentences if len(s) > 20]


def _topics(text: str) -> set[str]:
    return {word[:6] for word in words(text) if len(word) > 3}
