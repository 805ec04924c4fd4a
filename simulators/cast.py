"""Puts the people into the simulators: stage, telephones, colleagues, callers; no play."""

import logging
from functools import partial
from pathlib import Path

from aiohttp import web

from simulators import control, far_ends, handset, scenarios, telephone, traffic, voices
from simulators.colleague import Colleague
from simulators.stage import Stage
from simulators.twilio import Engine
from simulators.twilio.messages import Writer
from simulators.twilio.tasks import Tasks

log = logging.getLogger(__name__)

# Who writes back on WhatsApp, by the scenario in which they call.
WRITERS = {
    "happy_support": Writer("Nora Field", "Thank you, that was quick!"),
    "dead_air_announced": Writer(
        "Greta Brandt", "Thanks. Please call when it is ready."
    ),
    "two_languages": Writer("Carmen Ruiz", "¡Muchas gracias! Perfect."),
}
REACTION = 0.3  # seconds by which each colleague is slower than the one before


def install(  # noqa: PLR0913  wiring, by keyword only
    app: web.Application,
    *,
    engine: Engine,
    web_url: str,
    colleagues: tuple[str, ...] = (),
    password: str = "",
    callers: bool = False,
    folder: Path = scenarios.FOLDER,
) -> Stage:
    """Add the control door and the browsers' telephone network to the application.

    `colleagues` are the user names of simulated agents, who log in to the product at
    `web_url` with `password` as soon as the application runs. With `callers`, calls
    come by themselves. Whoever has a scenario also picks up when his number is called.
    """
    stage = Stage(engine, colleagues=bool(colleagues), folder=folder)
    control.add_routes(app, stage)
    telephone.add_routes(app, engine)
    handset.add_routes(app, engine)
    tasks = Tasks()
    people = [
        Colleague(
            web=web_url,
            username=username,
            password=password,
            stage=stage,
            telephones=engine,
            reaction=REACTION * place,
        )
        for place, username in enumerate(colleagues)
    ]

    far_ends.install(engine)
    # The product plays these as files: they must be known before they are heard.
    voices.hold_music()
    voices.ringback()
    called = scenarios.all_of(folder / scenarios.CALLED)
    for scenario in (*scenarios.everybody(folder), *called):
        engine.register_number(
            scenario.caller.number, partial(stage.pick_up, scenario=scenario)
        )
        if scenario.name in WRITERS:
            engine.mailroom.writers[scenario.caller.number] = WRITERS[scenario.name]

    async def come(_: web.Application) -> None:
        for person in people:
            tasks.start(person.run(), person.username)
        if callers:
            tasks.start(traffic.run(stage, scenarios.who_ring()), "traffic")

    async def go(_: web.Application) -> None:
        await tasks.close()
        await stage.close()

    app.on_startup.append(come)
    app.on_cleanup.append(go)
    return stage
