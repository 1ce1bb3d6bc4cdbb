"""Notes every secret made and every error body seen, for the final search (check-secrets.mjs)."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx

OUTPUT = Path(__file__).resolve().parent.parent / "output"
JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")


@dataclass
class Exchange:
    """One request of this process, as the journal keeps it."""

    at: float
    method: str
    path: str
    status: int
    authorization: str | None
    retry_count: int
    retry_after: str | None


#: Every request that an SDK made, oldest first.
journal: list[Exchange] = []


def append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def remember_secrets(*secrets: str) -> None:
    """Adds API keys or tokens to the list of what must not be found in any log."""
    for secret in secrets:
        append(OUTPUT / "secrets.txt", secret)


def remember_printed_key(key: str) -> None:
    """The one key that `dev` makes and prints on purpose: a secret everywhere but on standard output."""
    remember_secrets(key)
    append(OUTPUT / "printed-keys.txt", key)


def record_body(method: str, path: str, status: int, text: str) -> None:
    if status < 400:
        remember_secrets(*JWT.findall(text))
    else:
        append(OUTPUT / "errors" / f"python-{os.getpid()}.txt", f"{method} {path} {status} {text}")


def watch_httpx() -> None:
    """Listens to the HTTP library under the SDK, so that the SDK stays configured by URL and key alone."""
    send = httpx.Client.send

    def recording_send(self, request, **kwargs):
        response = send(self, request, **kwargs)
        journal.append(
            Exchange(
                at=monotonic(),
                method=request.method,
                path=request.url.path,
                status=response.status_code,
                authorization=request.headers.get("authorization"),
                retry_count=int(request.headers.get("x-stainless-retry-count", 0)),
                retry_after=response.headers.get("retry-after"),
            )
        )
        record_body(request.method, request.url.path, response.status_code, response.read().decode())
        return response

    httpx.Client.send = recording_send
