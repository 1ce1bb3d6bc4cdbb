"""The calls of the vendor's samples: the Python one in a process of its own, the command-line one as the request that it makes."""

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


@pytest.fixture(scope="module")
def room_id(client: Telnyx) -> str:
    return client.rooms.create(unique_name="sample").data.id


def assert_pair(token: str, refresh_token: str, room_id: str) -> None:
    remember_secrets(token, refresh_token)
    for text, typ in ((token, "access"), (refresh_token, "refresh")):
        claims = decode(text).claims
        assert claims["typ"] == typ
        assert claims["grants"][0]["resources"] == [f"telnyx:video:rooms:{room_id}"]


def test_the_python_sample_prints_a_pair_of_tokens(server: Server, room_id: str) -> None:
    script = Path(__file__).with_name("sample.py")
    env = {"PATH": os.environ["PATH"], "TELNYX_BASE_URL": server.base_url, "TELNYX_API_KEY": server.api_key}
    printed = subprocess.run([sys.executable, script, room_id], env=env, capture_output=True, text=True, check=True).stdout
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
