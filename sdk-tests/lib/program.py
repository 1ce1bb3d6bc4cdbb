"""Starts the program on ephemeral ports with a data folder and an API key of its own, keeps its logs, stops it."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recording import OUTPUT, remember_printed_key, remember_secrets

PROGRAM = Path(os.environ.get("GREENROOM_BIN") or OUTPUT.parent.parent / "target/debug/greenroom").resolve()
START_LIMIT = 30.0
STOP_LIMIT = 15.0
#: The more is logged, the more the final search for secrets says.
LOG_EVERYTHING = {"GREENROOM_LOG__LEVEL": "trace", "GREENROOM_LOG__REQUESTS": "true"}
ADDRESSES = re.compile(r"listening on (http://\S+)\n(?s:.*)listening on https://\S+:(\d+)\n")
KEY = re.compile(r"\bKEY[\w-]{17,}")


@dataclass(frozen=True)
class Server:
    """A running program: its address, its TLS port, the API key that it was given, its data folder."""

    http: str
    tls_port: int
    api_key: str
    data: Path

    @property
    def base_url(self) -> str:
        return f"{self.http}/v2"


def make_api_key() -> str:
    """A fresh API key, noted as a secret."""
    key = f"KEY{secrets.token_hex(24)}"
    remember_secrets(key)
    return key


def run_command(server: Server, *command: str) -> str:
    """Runs one of the program's other commands beside a server; returns what it prints."""
    done = subprocess.run(
        [PROGRAM, *command, "--data", server.data], env=_clean_environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


@contextmanager
def running(name: str, **sections: dict[str, int]) -> Iterator[Server]:
    """`name` names the log files; `sections` are settings by section, such as `limits={"api_key_burst": 5}`."""
    api_key = make_api_key()
    logs = OUTPUT / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    stdout_log = logs / f"{name}.stdout.log"
    with (
        tempfile.TemporaryDirectory(prefix="greenroom-sdk-") as data,
        stdout_log.open("wb") as stdout,
        (logs / f"{name}.stderr.log").open("wb") as stderr,
    ):
        arguments = ["dev", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--data", data]
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            env=_environment(api_key, sections),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
        try:
            http, tls_port = _addresses(process, stdout_log)
            yield Server(http, tls_port, api_key, Path(data))
            _save_metrics(name, http)
        finally:
            process.terminate()
            try:
                process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.copytree(data, OUTPUT / "data" / name, dirs_exist_ok=True)
            for key in set(KEY.findall(stdout_log.read_text())) - {api_key}:
                remember_printed_key(key)
    if process.returncode != 0:
        raise RuntimeError(f"the program ended with {process.returncode} instead of 0")


def _environment(api_key: str, sections: dict[str, dict[str, int]]) -> dict[str, str]:
    env = _clean_environment() | LOG_EVERYTHING | {"GREENROOM_API_KEY": api_key}
    for section, settings in sections.items():
        for key, value in settings.items():
            env[f"GREENROOM_{section}__{key}".upper()] = str(value)
    return env


def _clean_environment() -> dict[str, str]:
    """Nothing of the caller's own settings reaches the program: it refuses those that it does not know."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("GREENROOM_", "TELNYX_"))}


def _addresses(process: subprocess.Popen, stdout_log: Path) -> tuple[str, int]:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if found := ADDRESSES.search(stdout_log.read_text()):
            return found[1], int(found[2])
        if process.poll() is not None:
            break
        time.sleep(0.02)
    stderr = stdout_log.with_name(stdout_log.name.replace("stdout", "stderr")).read_text()
    raise RuntimeError(f"the program did not print its addresses\n--- stderr of the program ---\n{stderr}")


def _save_metrics(name: str, http: str) -> None:
    with urllib.request.urlopen(f"{http}/metrics", timeout=10) as response:
        path = OUTPUT / "metrics" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(response.read())
