"""The Python SDK is configured by base URL and API key alone: by code, by environment, and with no key at all."""

import pytest
from program import Server
from recording import journal
from telnyx import AuthenticationError, Telnyx


def test_configured_by_code(server: Server) -> None:
    client = Telnyx(base_url=server.base_url, api_key=server.api_key)
    assert client.rooms.create(unique_name="by code").data.unique_name == "by code"


def test_configured_by_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_BASE_URL", server.base_url)
    monkeypatch.setenv("TELNYX_API_KEY", server.api_key)
    assert Telnyx().rooms.create(unique_name="by environment").data.unique_name == "by environment"


def test_without_a_key_the_request_goes_out_without_the_header_and_is_refused(server: Server) -> None:
    with pytest.raises(AuthenticationError):
        Telnyx(base_url=server.base_url).rooms.list()
    assert journal[-1].authorization is None
