"""The played Twilio as one object for the other simulators; it wires, others do."""

from pathlib import Path

import aiohttp
from aiohttp import web

from simulators import accounts
from simulators.twilio import collect, dial, interpreter, rest, verbs, waiting
from simulators.twilio.directory import Answerer
from simulators.twilio.exchange import Exchange, Opening, Trouble
from simulators.twilio.legs import Leg, Party
from simulators.twilio.messages import Mailroom
from simulators.twilio.sounds import Sounds, Voices
from simulators.twilio.tasks import Tasks
from simulators.twilio.webhooks import Callback, Faults, Postman

VERBS: dict[str, interpreter.Verb] = {
    "Say": verbs.say,
    "Play": verbs.play,
    "Pause": verbs.pause,
    "Start": verbs.start,
    "Stop": verbs.stop,
    "Connect": verbs.connect,
    "Dial": dial.dial,
    "Record": collect.record,
    "Gather": collect.gather,
    "Redirect": verbs.redirect,
    "Reject": verbs.reject,
    "Hangup": verbs.hangup,
}


# How long a closing engine waits for the product to take what it still has to say.
LAST_REPORTS = 1.0


class Engine:
    """Legs, documents, conferences, streams and recordings of one played account.

    `web_url` is where the product listens, `api_url` where this engine's REST does.
    """

    def __init__(
        self,
        *,
        web_url: str,
        data_dir: Path,
        api_url: str = "http://127.0.0.1:8090",
        faults: Faults | None = None,
        session: aiohttp.ClientSession | None = None,
        sounds: Sounds | None = None,
    ) -> None:
        self._session = session
        self._owns_session = session is None
        self._tasks = Tasks()
        self.exchange = Exchange(
            web_url=web_url,
            api_url=api_url,
            data_dir=Path(data_dir),
            sounds=sounds or Voices(),
            postman=Postman(
                token=accounts.TWILIO_AUTH_TOKEN,
                session=self._client,
                faults=faults,
                complain=self._complain,
            ),
            tasks=self._tasks,
        )
        self.exchange.interpreter = interpreter.Player(self.exchange, VERBS)
        self.exchange.entertainer = waiting.entertain
        self.mailroom = Mailroom(self.exchange)
        # Sound of an earlier run belongs to recordings that nobody can ask for any more.
        for orphan in self.exchange.data_dir.glob("recordings/RE*.wav"):
            orphan.unlink()

    @property
    def warnings(self) -> list[Trouble]:
        """What Twilio's debugger would show, oldest first."""
        return self.exchange.warnings

    def add_routes(self, app: web.Application) -> None:
        """Twilio's REST paths, and the control door's GET /_sim/twilio/warnings."""
        rest.add_routes(app, self.exchange, self.mailroom)

    def dial_in(self, *, from_: str, to: str, party: Party) -> Leg:
        """Somebody calls one of our numbers; LookupError when it is not ours."""
        number = self.exchange.numbers.get(to)
        if number is None:
            raise LookupError("this number does not belong to the account")
        callback = Callback(
            number.status_callback,
            frozenset({"completed"}),
            number.status_callback_method,
        )
        leg = self._incoming(from_, to, party, callback)
        if number.voice_fallback_url:
            leg.fallback = (number.voice_fallback_url, number.voice_fallback_method)
        if number.voice_url:
            self.exchange.begin(leg, Opening(number.voice_url, number.voice_method))
        else:
            leg.end("failed")
        return leg

    def client_call(
        self, *, identity: str, params: dict[str, str], party: Party
    ) -> Leg:
        """A browser calls: the TwiML app's URL is asked what to do."""
        exchange = self.exchange
        callback = Callback(f"{exchange.web_url}/call-status", frozenset({"completed"}))
        to = params.get("To", "")
        leg = self._incoming(f"client:{identity}", to, party, callback)
        leg.params = {**params, "ApplicationSid": accounts.TWIML_APP_SID}
        exchange.begin(leg, Opening(f"{exchange.web_url}/voice"))
        return leg

    def register_client(self, identity: str, answer: Answerer) -> None:
        """`answer` is asked when somebody rings this client; it may take its time."""
        self.exchange.directory.clients[identity] = answer

    def unregister_client(self, identity: str) -> None:
        self.exchange.directory.clients.pop(identity, None)

    def register_number(self, e164: str, answer: Answerer) -> None:
        """`answer` is asked when we dial out to this telephone number."""
        self.exchange.directory.phones[e164] = answer

    async def close(self) -> None:
        """Hang up everything, let the last reports go out, stop."""
        for leg in list(self.exchange.legs.values()):
            leg.end("completed" if leg.is_up else "canceled")
        await self._tasks.settle(LAST_REPORTS)
        await self._tasks.close()
        if self._session is not None and self._owns_session:
            await self._session.close()

    def _complain(self, code: int, message: str, resource: str) -> None:
        self.exchange.warn(code, message, resource)

    def _incoming(self, from_: str, to: str, party: Party, callback: Callback) -> Leg:
        leg = Leg(
            self.exchange, direction="inbound", from_=from_, to=to, callback=callback
        )
        leg.party = party
        self.exchange.add(leg)
        leg.ring()
        return leg

    def _client(self) -> aiohttp.ClientSession:
        """Our HTTP client; made late, because it belongs to a running loop."""
        if self._session is None:
            # Twilio's side never shares cookies between calls.
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session
