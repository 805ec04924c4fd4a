"""What a deployment relies on: the compose file, and static files whose imports are hashed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_every_part_is_described(services):
    assert {
        "web",
        "media",
        "worker",
        "telephone",
        "beat",
        "postgres",
        "redis",
    } <= services.keys()


@pytest.mark.parametrize(
    "name", ["web", "media", "worker", "telephone", "beat", "postgres", "redis"]
)
def test_a_part_restarts_and_tells_its_health(services, name):
    assert services[name]["restart"] == "unless-stopped"
    assert services[name]["healthcheck"]["test"]


def test_nothing_is_published_beyond_this_machine(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_redis_keeps_its_data(services):
    assert "--appendonly yes" in services["redis"]["command"]


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The static files as a production image holds them."""
    target = tmp_path_factory.mktemp("static")
    settings = f"from callcenter.settings import *\nSTATIC_ROOT = {str(target)!r}\n"
    module = tmp_path_factory.mktemp("settings") / "collecting.py"
    module.write_text(settings)
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "collectstatic",
            "--no-input",
            "-v0",
            "--skip-checks",
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "test",
            "DJANGO_SETTINGS_MODULE": "collecting",
            "PYTHONPATH": str(module.parent),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target


def test_every_module_imports_hashed_names(collected):
    """Django skips an import that it does not recognise, and the browser would miss it."""
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    own = [hashed for name, hashed in names.items() if name.startswith("js/")]
    assert own
    for name in own:
        text = (collected / name).read_text()
        for imported in re.findall(r"""from\s*["'](\.[^"']+)["']""", text):
            assert re.search(r"\.[0-9a-f]{12}\.js$", imported), (name, imported)


def test_the_telephones_library_is_there(collected):
    assert (collected / "twilio/twilio.min.js").exists()
