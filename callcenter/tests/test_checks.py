"""What refuses to start, and with which words."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from callcenter import checks

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_debug_a_missing_key_is_an_error_and_no_simulator(settings):
    settings.DEBUG = False
    missing = {error.msg for error in checks.no_simulator_in_production()}
    assert missing == {
        "TWILIO_ACCOUNT_SID is not set.",
        "OPENAI_API_KEY is not set.",
        "ASSEMBLYAI_API_KEY is not set.",
    }


def test_an_account_without_its_other_keys_is_named(settings):
    settings.TWILIO_AUTH_TOKEN = ""
    assert [error.msg for error in checks.vendor_keys_are_complete()] == [
        "TWILIO_ACCOUNT_SID is set but TWILIO_AUTH_TOKEN is not."
    ]


def test_without_debug_there_is_no_default_secret(tmp_path):
    refused = run(
        "manage.py", "check", DATABASE_URL="postgresql:///x", VAR_DIR=str(tmp_path)
    )
    assert refused.returncode != 0
    assert "SECRET_KEY must be set" in refused.stderr


@pytest.mark.parametrize("value", ["0", "70000", "eighty"])
def test_an_odd_port_is_one_clear_line(tmp_path, value):
    refused = run("-m", "callcenter.demo", VAR_DIR=str(tmp_path), PORT=value)
    assert refused.returncode == 1
    assert (
        refused.stderr.strip() == f"PORT must be a port from 1 to 65535, not '{value}'."
    )


def test_a_taken_port_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = run("-m", "callcenter.demo", VAR_DIR=str(tmp_path), PORT=port)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {port} is taken.")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("given", "vendor", "key", "model"),
    [
        ({}, "openai", "sk-1", "gpt-4o-mini-tts"),
        (
            {"SPEECH_BASE_URL": "https://tts.us.assemblyai.com/v1/openai"},
            "assemblyai",
            "aai-1",
            "assemblyai-tts-1",
        ),
        ({"SPEECH_BASE_URL": "https://voice.example/v1"}, "voice.example", "", ""),
        (
            {
                "SPEECH_BASE_URL": "https://voice.example/v1",
                "SPEECH_API_KEY": "own",
                "SPEECH_MODEL": "deep",
            },
            "voice.example",
            "own",
            "deep",
        ),
    ],
)
def test_the_voice_s_address_says_whose_key_it_is_shown(
    tmp_path, given, vendor, key, model
):
    told = run(
        "-c",
        "from callcenter import settings as s;"
        "print(s.SPEECH_VENDOR, s.SPEECH_API_KEY, s.SPEECH_MODEL, sep='|')",
        VAR_DIR=str(tmp_path),
        DEBUG="true",
        OPENAI_API_KEY="sk-1",
        ASSEMBLYAI_API_KEY="aai-1",
        **given,
    )
    assert told.stdout.strip() == f"{vendor}|{key}|{model}", told.stderr


def test_a_voice_of_nobody_we_know_needs_its_own_key(settings):
    settings.SPEECH_API_KEY = settings.SPEECH_MODEL = ""
    assert [error.msg for error in checks.a_foreign_voice_has_its_own_key()] == [
        "SPEECH_BASE_URL is set but SPEECH_API_KEY is not.",
        "SPEECH_BASE_URL is set but SPEECH_MODEL is not.",
    ]


@pytest.mark.parametrize("model", ["tts-1-hd", "gpt-4o-mini-tts-2025-12-15"])
def test_a_voice_that_ends_is_named_with_the_way_out(settings, model):
    settings.OPENAI_IS_SIMULATED = False
    settings.SPEECH_MODEL = model
    (warning,) = checks.the_voice_stays()
    assert f"{model} off on 2027-01-06" in warning.msg
    assert "SPEECH_BASE_URL=" in warning.hint


def test_a_voice_that_stays_is_not_warned_of(settings):
    assert checks.the_voice_stays() == []
    settings.OPENAI_IS_SIMULATED = False
    settings.SPEECH_VENDOR = "assemblyai"
    settings.SPEECH_MODEL = "assemblyai-tts-1"
    assert checks.the_voice_stays() == []


def test_a_kind_of_personal_data_with_a_slip_in_its_name_is_refused(settings):
    settings.PII_POLICIES = ["credit_card_number", "credit_card"]
    (error,) = checks.the_policies_of_redaction_exist()
    assert error.msg.startswith("PII_POLICIES has credit_card,")
    settings.REDACT_PII = False
    assert checks.the_policies_of_redaction_exist() == []


def test_redaction_without_policies_is_refused(settings):
    settings.PII_POLICIES = []
    assert [error.id for error in checks.the_policies_of_redaction_exist()] == [
        "callcenter.E005"
    ]


def test_originals_that_nothing_replaces_are_kept_and_that_is_said(settings):
    settings.REDACT_PII = settings.KEEP_ORIGINALS = False
    assert len(checks.what_is_deleted_was_redacted()) == 1
