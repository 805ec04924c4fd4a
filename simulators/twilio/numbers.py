"""The telephone numbers of the played account and what each of them does."""

from dataclasses import dataclass, field
from datetime import datetime

from simulators import accounts
from simulators.twilio.names import now


@dataclass(slots=True)
class Number:
    """A number and the URLs it asks."""

    sid: str
    number: str
    friendly_name: str
    voice_url: str
    status_callback: str
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)


def of_account(web_url: str) -> dict[str, Number]:
    """Both numbers, as an integrator would have set them up for the product."""
    ours = (
        accounts.TWILIO_NUMBER,
        accounts.TWILIO_WHATSAPP_NUMBER,
        accounts.TWILIO_ASSISTANT_NUMBER,
    )
    return {
        number: Number(
            sid=f"PN{index:032d}",
            number=number,
            friendly_name=number,
            voice_url=f"{web_url}/voice",
            status_callback=f"{web_url}/call-status",
            sms_url=f"{web_url}/whatsapp",
        )
        for index, number in enumerate(ours, start=1)
    }
