"""More processes beside the running call centre's, behind the same PostgreSQL and Valkey; it judges nothing."""

import contextlib
import os
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from bench import product
from simulators import accounts
from tests.stack.conftest import FRAMES, Stack, eventually

START_SECONDS = 60
WORKER = ("celery", "-A", "callcenter.celery", "worker", "--without-mingle")


class Grown:
    """A second web process, which Twilio now asks, and a media server for its streams."""

    def __init__(self, stack: Stack, web: str, media: str) -> None:
        self.stack = replace(stack, web=web)
        self.media = media

    def frames(self) -> int:
        """Of how many 20 ms the media server has heard so far."""
        return round(counted(self.media)[FRAMES])


def counted(address: str) -> dict[str, float]:
    """What the process at this address has counted, for what has no labels."""
    text = requests.get(f"{address}/metrics", timeout=10).text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.labels
    }


@contextlib.contextmanager
def grown(stack: Stack, *, workers: bool = False) -> Iterator[Grown]:
    """Until the block ends callers ring at another process than that of the desks."""
    port, media_port = _free_ports()
    web, media = (f"http://127.0.0.1:{each}" for each in (port, media_port))
    environment = os.environ | {"PORT": str(port), "MEDIA_BASE_URL": media}
    commands = {
        "web-2": ("callcenter.serve", "--port", str(port)),
        "media-2": ("callcenter.media", "--port", str(media_port)),
    }
    if workers:
        commands["worker-2"] = (*WORKER, "--concurrency=2", "-n", "second@%h")
        commands["telephone-2"] = (
            *(*WORKER, "--queues=telephone", "--pool=threads", "--concurrency=2"),
            *("-n", "telephone-2@%h"),
        )
    with contextlib.ExitStack() as processes:
        for name, command in commands.items():
            log = Path(os.environ["VAR_DIR"], "log", f"{name}.log")
            processes.enter_context(product.process(command, environment, log=log))
        for address in (f"{web}/readyz", f"{media}/healthz"):
            eventually(
                lambda address=address: _answers(address),
                seconds=START_SECONDS,
                what=f"{address} answers",
            )
        with _asked(stack, web):
            yield Grown(stack, web, media)


@contextlib.contextmanager
def _asked(stack: Stack, web: str) -> Iterator[None]:
    """Every number of the account leads to this web process; afterwards to the first again."""
    _lead_to(stack, web)
    try:
        yield
    finally:
        _lead_to(stack, stack.web)


def _lead_to(stack: Stack, web: str) -> None:
    account = accounts.TWILIO_ACCOUNT_SID
    with requests.Session() as session:
        session.auth = (account, accounts.TWILIO_AUTH_TOKEN)
        base = f"{stack.simulators}/2010-04-01/Accounts/{account}/IncomingPhoneNumbers"
        listed = session.get(f"{base}.json", timeout=10).json()
        for number in listed["incoming_phone_numbers"]:
            form = {"VoiceUrl": f"{web}/voice", "StatusCallback": f"{web}/call-status"}
            answer = session.post(f"{base}/{number['sid']}.json", data=form, timeout=10)
            answer.raise_for_status()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
