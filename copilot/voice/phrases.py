"""The sentences that the voice has of its own, by language; it does not decide when they are said."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrases:
    """Whole sentences of one language, said as they are.

    `decline`: that is not talked about. `again`: please say it once more.
    `no_card`: a card's number is not read aloud. `nudges`: what somebody who says nothing
    is asked, once and again. `goodbye`: the last words, and `holding` those while something
    takes its time, where an assistant brings none.
    """

    decline: str
    again: str
    no_card: str
    nudges: tuple[str, str]
    goodbye: str
    holding: str


_ENGLISH: Final = Phrases(
    "I'm sorry, I can't talk about that. What else can I do for you?",
    "I'm sorry, could you say that once more?",
    "For your safety I don't read card numbers aloud.",
    ("Are you still there?", "I cannot hear you. Is there anything I can do?"),
    "Thank you for calling. Goodbye.",
    "One moment, please.",
)
_NORWEGIAN: Final = Phrases(
    "Beklager, det kan jeg ikke snakke om. Hva annet kan jeg hjelpe deg med?",
    "Beklager, kan du si det en gang til?",
    "For din sikkerhet leser jeg ikke opp kortnumre.",
    ("Er du der fortsatt?", "Jeg hører deg ikke. Kan jeg hjelpe deg med noe?"),
    "Takk for at du ringte. Ha det bra.",
    "Et øyeblikk.",
)
_BY_LANGUAGE: Final = {
    "ca": Phrases(
        "Ho sento, d'això no en puc parlar. En què més el puc ajudar?",
        "Ho sento, m'ho podria repetir?",
        "Per la seva seguretat no llegeixo números de targeta en veu alta.",
        ("Encara hi és?", "No el sento. El puc ajudar en res?"),
        "Gràcies per trucar. Adeu.",
        "Un moment, si us plau.",
    ),
    "da": Phrases(
        "Beklager, det kan jeg ikke tale om. Hvad kan jeg ellers hjælpe med?",
        "Beklager, vil du sige det en gang til?",
        "For din sikkerheds skyld læser jeg ikke kortnumre højt.",
        ("Er du der stadig?", "Jeg kan ikke høre dig. Kan jeg hjælpe med noget?"),
        "Tak for opkaldet. Farvel.",
        "Et øjeblik.",
    ),
    "de": Phrases(
        "Darüber kann ich leider nicht sprechen. Was kann ich sonst für Sie tun?",
        "Entschuldigung, können Sie das bitte noch einmal sagen?",
        "Zu Ihrer Sicherheit lese ich keine Kartennummern vor.",
        ("Sind Sie noch da?", "Ich kann Sie nicht hören. Kann ich etwas für Sie tun?"),
        "Danke für Ihren Anruf. Auf Wiederhören.",
        "Einen Moment, bitte.",
    ),
    "en": _ENGLISH,
    "es": Phrases(
        "Lo siento, de eso no puedo hablar. ¿En qué más puedo ayudarle?",
        "Lo siento, ¿podría repetirlo, por favor?",
        "Por su seguridad no leo números de tarjeta en voz alta.",
        ("¿Sigue ahí?", "No le oigo. ¿Puedo hacer algo por usted?"),
        "Gracias por llamar. Adiós.",
        "Un momento, por favor.",
    ),
    "fi": Phrases(
        "Valitettavasti en voi puhua siitä. Miten muuten voin auttaa?",
        "Anteeksi, voisitteko toistaa?",
        "Turvallisuutenne vuoksi en lue korttinumeroita ääneen.",
        ("Oletteko vielä siellä?", "En kuule teitä. Voinko auttaa jotenkin?"),
        "Kiitos soitosta. Kuulemiin.",
        "Hetkinen, olkaa hyvä.",
    ),
    "fr": Phrases(
        "Je regrette, je ne peux pas en parler. Que puis-je faire d'autre pour vous ?",
        "Pardon, pourriez-vous répéter, s'il vous plaît ?",
        "Pour votre sécurité, je ne lis pas les numéros de carte à voix haute.",
        ("Êtes-vous toujours là ?", "Je ne vous entends pas. Puis-je vous aider ?"),
        "Merci de votre appel. Au revoir.",
        "Un instant, s'il vous plaît.",
    ),
    "it": Phrases(
        "Mi dispiace, di questo non posso parlare. In che altro posso aiutarla?",
        "Mi scusi, potrebbe ripetere?",
        "Per la sua sicurezza non leggo numeri di carta ad alta voce.",
        ("È ancora in linea?", "Non la sento. Posso fare qualcosa per lei?"),
        "Grazie per la chiamata. Arrivederci.",
        "Un momento, per favore.",
    ),
    "ja": Phrases(
        "申し訳ございませんが、それについてはお話しできません。ほかにご用件はございますか。",
        "恐れ入りますが、もう一度お願いいたします。",
        "安全のため、カード番号は読み上げません。",
        (
            "もしもし、聞こえていますか。",
            "お声が聞こえません。何かご用件はございますか。",
        ),
        "お電話ありがとうございました。失礼いたします。",
        "少々お待ちください。",
    ),
    "ko": Phrases(
        "죄송하지만 그 내용은 말씀드릴 수 없습니다. 다른 도움이 필요하신가요?",
        "죄송합니다. 다시 한 번 말씀해 주시겠어요?",
        "안전을 위해 카드 번호는 읽어 드리지 않습니다.",
        ("아직 듣고 계신가요?", "목소리가 들리지 않습니다. 도와드릴 일이 있을까요?"),
        "전화해 주셔서 감사합니다. 안녕히 계세요.",
        "잠시만 기다려 주세요.",
    ),
    "nb": _NORWEGIAN,
    "nl": Phrases(
        "Sorry, daar kan ik niet over praten. Waarmee kan ik u verder helpen?",
        "Sorry, kunt u dat nog een keer zeggen?",
        "Voor uw veiligheid lees ik geen kaartnummers voor.",
        ("Bent u er nog?", "Ik kan u niet horen. Kan ik iets voor u doen?"),
        "Bedankt voor het bellen. Tot ziens.",
        "Een ogenblik, alstublieft.",
    ),
    "no": _NORWEGIAN,
    "pl": Phrases(
        "Przykro mi, nie mogę o tym rozmawiać. W czym jeszcze mogę pomóc?",
        "Przepraszam, czy można powtórzyć?",
        "Dla bezpieczeństwa nie odczytuję na głos numerów kart.",
        ("Czy jest tam ktoś?", "Nic nie słyszę. Czy mogę w czymś pomóc?"),
        "Dziękuję za telefon. Do widzenia.",
        "Chwileczkę, proszę.",
    ),
    "pt": Phrases(
        "Lamento, não posso falar sobre isso. Em que mais posso ajudar?",
        "Desculpe, pode repetir, por favor?",
        "Para sua segurança, não leio números de cartão em voz alta.",
        ("Ainda está aí?", "Não consigo ouvir. Posso ajudar em alguma coisa?"),
        "Obrigado por ligar. Até logo.",
        "Um momento, por favor.",
    ),
    "ru": Phrases(
        "Извините, об этом я не могу говорить. Чем ещё я могу вам помочь?",
        "Извините, повторите, пожалуйста.",
        "В целях безопасности я не произношу номера карт вслух.",
        ("Вы ещё здесь?", "Я вас не слышу. Могу ли я вам чем-то помочь?"),
        "Спасибо за звонок. До свидания.",
        "Одну минуту, пожалуйста.",
    ),
    "sv": Phrases(
        "Tyvärr kan jag inte prata om det. Vad kan jag annars hjälpa till med?",
        "Ursäkta, kan du säga det en gång till?",
        "För din säkerhet läser jag inte upp kortnummer.",
        ("Är du kvar?", "Jag hör dig inte. Kan jag hjälpa till med något?"),
        "Tack för samtalet. Hej då.",
        "Ett ögonblick.",
    ),
    "zh": Phrases(
        "很抱歉，这个我不能谈。还有什么可以帮您？",
        "不好意思，请您再说一遍。",
        "为了您的安全，我不会念出卡号。",
        ("请问您还在吗？", "我听不到您的声音。有什么可以帮您的吗？"),
        "感谢您的来电，再见。",
        "请稍等。",
    ),
}


def phrases(language: str) -> Phrases:
    """Those of a language (BCP 47); English where we have none."""
    return _BY_LANGUAGE.get(base(language), _ENGLISH)


def base(language: str) -> str:
    """The language without country or script: "de" of "de-AT"."""
    return language.partition("-")[0].casefold()
