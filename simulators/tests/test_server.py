"""The simulators as a process: they start, say when they cannot, and stop when told."""

import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect

from simulators import accounts
from simulators.tests.outside import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def process(folder, port):
    started = subprocess.Popen(
        [sys.executable, "-m", "simulators", "--port", str(port), "--data", folder],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_stops_cleanly(tmp_path, number):
    port = free_port()
    with process(tmp_path, port) as simulators:
        assert simulators.stdout.readline().endswith(f":{port}\n")
        address = f"http://127.0.0.1:{port}/_sim/healthz"
        with urllib.request.urlopen(address, timeout=5) as response:
            assert response.read() == b'{"status": "ok"}'
        simulators.send_signal(number)
        assert simulators.wait(timeout=10) == 0
        assert "Traceback" not in simulators.stderr.read()


def test_a_taken_port_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with process(tmp_path, port) as simulators:
            _, complaint = simulators.communicate(timeout=30)
    assert simulators.returncode == 1
    assert complaint.count("\n") == 1
    assert str(port) in complaint


def test_an_open_websocket_does_not_hold_the_stop_up(tmp_path):
    port = free_port()
    with process(tmp_path, port) as simulators:
        simulators.stdout.readline()
        with connect(
            f"ws://127.0.0.1:{port}/v1/realtime?intent=transcription",
            additional_headers={"Authorization": f"Bearer {accounts.OPENAI_API_KEY}"},
        ) as client:
            client.recv(timeout=5)
            simulators.send_signal(signal.SIGTERM)
            assert simulators.wait(timeout=10) == 0
