"""The API from outside: its page's examples as written, its document under fire, its page in a browser."""

import itertools
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import schemathesis
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from playwright.sync_api import expect, sync_playwright
from schemathesis.checks import CHECKS, load_all_checks

from calls.models import Customer, User
from calls.services import tokens
from tests import chromium
from tests.stack.conftest import Stack, eventually

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/api.md"
SECONDS = 45


@pytest.fixture(scope="module")
def integrators(stack: Stack) -> list[str]:
    """Keys of several users, since each may ask only so often."""
    made = []
    for number in range(40):
        user, _ = User.objects.get_or_create(
            username=f"integrator-{number}", defaults={"role": User.Role.INTEGRATOR}
        )
        made.append(tokens.create(user=user, name="tests")[1])
    return made


@pytest.fixture(scope="module")
def key(integrators: list[str]) -> str:
    return integrators[0]


def examples() -> list[str]:
    """What stands in the page's shell blocks, without the first, which sets the names."""
    return re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1:]


def test_the_examples_run_as_they_are_written(stack: Stack, key: str):
    customer, _ = Customer.objects.get_or_create(number="+15550107788")
    customer.wrote_at = timezone.now()
    customer.save()
    known = {
        "API": stack.web,
        "TOKEN": key,
        "TWILIO_AUTH_TOKEN": settings.TWILIO_AUTH_TOKEN,
        "PATH": os.environ["PATH"],
    }
    answers = []
    for example in examples():
        here = example.replace("127.0.0.1:8090", stack.simulators.partition("//")[2])
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", here],
            env=known,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{here}\n{done.stdout}{done.stderr}"
        answers.append(done.stdout)
        if "SID" not in known:
            known["SID"] = json.loads(done.stdout)["sid"]
    started, status, details, ended, taken, back, words, message, *twilios = answers
    sid = known["SID"]
    assert sid.startswith("CA")
    assert json.loads(started)["to"] == "+1234567890"
    assert set(json.loads(status)) == {"sid", "status", "mode", "transcript"}
    assert {"sid", "status", "hold_time", "dead_air_time", "start_time"} <= set(
        json.loads(details)
    )
    assert json.loads(ended)["sid"] == sid
    for refused in (taken, back):
        # Nobody speaks in a call that no assistant had, or that is over.
        code = json.loads(refused)["error"]["code"]
        assert code in ("call_ended", "no_assistant", "not_answered", "not_yours")
    assert "where is my lamp" in json.loads(words)["transcript"]
    assert json.loads(message)["sid"]
    assert "<Response" in twilios[0]
    eventually(
        lambda: (
            requests.get(
                f"{stack.web}/call-status",
                {"sid": sid},
                headers={"Authorization": f"Bearer {key}"},
                timeout=10,
            ).json()["status"]
            not in ("queued", "initiated", "ringing", "in-progress")
        ),
        seconds=20,
        what="the call ends",
    )


# Numbers that exist in the played network only.
schemathesis.openapi.format(
    "phone", st.from_regex(r"\+155501[0-9]{5}", fullmatch=True).filter(str.isascii)
)


@pytest.fixture(scope="module")
def keys(integrators: list[str]) -> Iterator[str]:
    return itertools.cycle(integrators)


@pytest.fixture(scope="module")
def document(stack: Stack) -> schemathesis.BaseSchema:
    """The running document; requests that are well written and refused for what they ask get 422."""
    config = schemathesis.Config.from_dict(
        {
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": [
                        *("2xx", "401", "403", "404", "409", "422", "429", "5xx")
                    ]
                }
            }
        }
    )
    load_all_checks()
    return schemathesis.openapi.from_url(f"{stack.web}/api/schema", config=config)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/start-call"),
        ("POST", "/end-call"),
        ("POST", "/take-over"),
        ("POST", "/hand-back"),
        ("GET", "/call-status"),
        ("GET", "/call-details"),
        ("GET", "/get-transcript"),
        ("POST", "/send-whatsapp"),
        ("POST", "/voice"),
        ("POST", "/call-status"),
        ("POST", "/recording-status"),
    ],
)
def test_the_document_is_true(document, keys, method, path):
    """Whatever is asked, right or wrong, is answered as the document says."""
    operation = document[path][method]
    until = time.monotonic() + SECONDS / 11
    for mode in (
        schemathesis.GenerationMode.POSITIVE,
        schemathesis.GenerationMode.NEGATIVE,
    ):
        fire(operation, keys, mode, until)


def fire(operation, keys, mode, until) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis_settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case) -> None:
        if time.monotonic() > until:
            return
        case.call_and_validate(
            checks=CHECKS.get_all(),
            headers={"Authorization": f"Bearer {next(keys)}"},
            timeout=20,
        )

    ask()


@pytest.mark.browser
def test_the_page_shows_the_document_under_our_policy(stack: Stack):
    """The foreign component needs nothing that the policy forbids."""
    if chromium.EXECUTABLE is None:
        pytest.fail(chromium.MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.EXECUTABLE, args=["--no-sandbox"]
        )
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{stack.web}/api/docs")
        expect(page.get_by_text("/start-call", exact=True)).to_be_visible(
            timeout=20_000
        )
        page.get_by_text("/start-call", exact=True).click()
        expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
        browser.close()
    assert not [line for line in said if "Policy" in line or "rror" in line], said
