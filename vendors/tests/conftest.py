"""The outside, played by the simulators in a process of their own."""

import atexit
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from socket import socket

import httpx2
import pytest

from vendors.assemblyai.config import AssemblyAIConfig
from vendors.openai.config import OpenAIConfig
from vendors.twilio.config import TwilioConfig

ROOT = Path(__file__).parents[2]
# One for all: each new client reads all the certificates of the world.
HTTP = httpx2.Client()


@dataclass(frozen=True)
class Outside:
    """The running simulators."""

    url: str

    def fault(self, vendor: str, kind: str, **more: object) -> None:
        """Switch a fault on until the end of the test."""
        answer = HTTP.post(
            f"{self.url}/_sim/faults", json={"vendor": vendor, "kind": kind, **more}
        )
        assert answer.status_code == 201, answer.text

    def heal(self) -> None:
        """Switch every fault off."""
        HTTP.delete(f"{self.url}/_sim/faults")


@pytest.fixture(scope="session")
def _simulators(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    return _started(tmp_path_factory.getbasetemp() / "simulators")


@cache
def _started(data: Path) -> Outside:
    """One for all rooms, each of which imports the fixture. It ends when we do, however that is."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            *("-m", "callcenter.leashed", "simulators", "--port", str(port)),
            *("--web", "http://127.0.0.1:9", "--data", str(data)),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    atexit.register(_end, process)
    outside = Outside(f"http://127.0.0.1:{port}")
    _wait_for(outside, process)
    return outside


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


def _wait_for(outside: Outside, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the simulators ended"
        try:
            HTTP.get(f"{outside.url}/_sim/healthz").raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the simulators did not start")


@pytest.fixture
def outside(_simulators: Outside) -> Iterator[Outside]:
    """The simulators without a fault."""
    _simulators.heal()
    yield _simulators
    _simulators.heal()


@pytest.fixture
def openai_config(outside: Outside) -> OpenAIConfig:
    return OpenAIConfig(
        api_key="sk-simulated",
        base_url=f"{outside.url}/v1",
        connect_timeout=1.0,
        reply_timeout=2.0,
        max_retries=0,
    )


@pytest.fixture
def assemblyai_config(outside: Outside) -> AssemblyAIConfig:
    return AssemblyAIConfig(
        api_key="simulated-assemblyai-key", base_url=outside.url, timeout=2.0
    )


@pytest.fixture
def twilio_config(outside: Outside) -> TwilioConfig:
    return TwilioConfig(
        account_sid="AC00000000000000000000000000000001",
        auth_token="simulated-auth-token",
        api_key_sid="SK00000000000000000000000000000001",
        api_key_secret="simulated-api-secret",
        twiml_app_sid="AP00000000000000000000000000000001",
        api_url=outside.url,
        timeout=2.0,
    )


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def spoken(_simulators: Outside) -> Callable[[str], bytes]:
    """Speech as µ-law that the played vendors have said before, and so understand."""
    script = (
        "import sys; from simulators import voices;"
        "sys.stdout.buffer.write(voices.render(sys.argv[1], voice='alloy').mulaw)"
    )

    @cache
    def render(text: str) -> bytes:
        HTTP.post(
            f"{_simulators.url}/v1/audio/speech",
            json={"model": "tts-1", "voice": "alloy", "input": text},
            headers={"Authorization": "Bearer sk-simulated"},
        ).raise_for_status()
        return subprocess.run(
            [sys.executable, "-c", script, text],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout

    return render
