"""The vendor's documented samples: the Python one as it stands, the command-line one as the request that it makes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from program import Server
from recording import remember_secrets
from telnyx import Telnyx
from tokens import decode

EXAMPLE_ROOM = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0"


@pytest.fixture(scope="module")
def room_id(client: Telnyx) -> str:
    return client.rooms.create(unique_name="sample").data.id


def assert_pair(token: str, refresh_token: str, room_id: str) -> None:
    remember_secrets(token, refresh_token)
    for text, typ in ((token, "access"), (refresh_token, "refresh")):
        claims = decode(text).claims
        assert claims["typ"] == typ
        assert claims["grants"][0]["resources"] == [f"telnyx:video:rooms:{room_id}"]


def test_the_python_sample_prints_a_pair_of_tokens(server: Server, room_id: str, tmp_path: Path) -> None:
    sample = Path(__file__).with_name("vendor_sample.py.txt").read_text()
    assert sample.count(EXAMPLE_ROOM) == 1
    script = tmp_path / "vendor_sample.py"
    script.write_text(sample.replace(EXAMPLE_ROOM, room_id))
    env = {"PATH": os.environ["PATH"], "TELNYX_BASE_URL": server.base_url, "TELNYX_API_KEY": server.api_key}
    printed = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"\b(token|refresh_token)='([^']+)'", printed))
    assert_pair(found["token"], found["refresh_token"], room_id)


@pytest.mark.parametrize(
    "body", [[], ["-d", "{}", "-H", "Content-Type: application/json"]], ids=["no body", "empty object"]
)
def test_the_command_line_sample_as_curl(server: Server, room_id: str, body: list[str]) -> None:
    url = f"{server.base_url}/rooms/{room_id}/actions/generate_join_client_token"
    command = ["curl", "-sS", "-X", "POST", url, "-H", f"Authorization: Bearer {server.api_key}", *body]
    answered = subprocess.run([*command, "-w", "\n%{http_code}"], capture_output=True, text=True, check=True)
    text, status = answered.stdout.rsplit("\n", 1)
    assert status == "201", text
    data = json.loads(text)["data"]
    assert_pair(data["token"], data["refresh_token"], room_id)
