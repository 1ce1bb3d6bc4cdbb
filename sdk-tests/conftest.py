"""What the Python tests share: one running program for each test file, and the official SDK pointed at it."""

import os
from collections.abc import Iterator

import pytest
from program import Server, running
from recording import watch_httpx
from telnyx import Telnyx

for name in [name for name in os.environ if name.startswith("TELNYX_")]:
    del os.environ[name]
watch_httpx()


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A program of its own for the test file; `SETTINGS` in the file are its settings by section."""
    name = f"python-{request.module.__name__.removeprefix('test_').replace('_', '-')}"
    with running(name, **getattr(request.module, "SETTINGS", {})) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Server) -> Telnyx:
    return Telnyx(base_url=server.base_url, api_key=server.api_key)
