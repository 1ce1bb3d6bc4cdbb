"""Client tokens through the Python SDK: what a pair holds, who signed it, and what refreshing gives."""

import json
import time
from datetime import datetime

import httpx
import pytest
from program import Server
from recording import journal
from telnyx import Telnyx
from tokens import decode

CLAIMS = ["aud", "exp", "grants", "grants_version", "iat", "iss", "jti", "nbf", "sid", "sub", "typ"]


@pytest.fixture(scope="module")
def room_id(client: Telnyx) -> str:
    return client.rooms.create(unique_name="tokens").data.id


@pytest.fixture(scope="module")
def jwks(server: Server) -> dict:
    return httpx.get(f"{server.http}/.well-known/jwks.json").json()


def assert_token(token: str, typ: str, room_id: str, jwks: dict, expires_at: datetime | str, ttl: int) -> dict:
    """All that must hold for one token, whichever way it was made. Returns its claims."""
    parts = decode(token)
    claims = parts.claims
    assert parts.header_text == '{"alg":"Ed25519","typ":"JWT","kid":"%s"}' % parts.header["kid"]
    assert parts.signed_by(jwks)
    assert list(claims) == CLAIMS
    assert parts.payload_text == json.dumps(claims, separators=(",", ":"))
    assert (claims["typ"], claims["sub"], claims["grants_version"]) == (typ, "null", "1.0.0")
    assert claims["iss"] == claims["aud"] == "telnyx_access_token"
    assert claims["exp"] == claims["iat"] + ttl
    assert claims["nbf"] == claims["iat"] - 1
    assert abs(claims["iat"] - time.time()) < 10
    (grant,) = claims["grants"]
    assert grant["actions"] == ["join"]
    assert grant["resources"] == [f"telnyx:video:rooms:{room_id}"]
    if isinstance(expires_at, str):
        assert expires_at.endswith("Z") and "." not in expires_at
        expires_at = datetime.fromisoformat(expires_at)
    assert expires_at.timestamp() == claims["exp"]
    return claims


def test_a_pair_has_the_default_lives(client: Telnyx, room_id: str, jwks: dict) -> None:
    data = client.rooms.actions.generate_join_client_token(room_id=room_id).data
    assert journal[-1].status == 201
    access = assert_token(data.token, "access", room_id, jwks, data.token_expires_at, 600)
    refresh = assert_token(data.refresh_token, "refresh", room_id, jwks, data.refresh_token_expires_at, 3600)
    assert access["sid"] == refresh["sid"]
    assert access["grants"] == refresh["grants"]
    assert access["jti"] != refresh["jti"]


@pytest.mark.parametrize(("access", "refresh"), [(10, 60), (3600, 86400)])
def test_lives_are_taken_at_their_bounds(
    client: Telnyx, room_id: str, jwks: dict, access: int, refresh: int
) -> None:
    data = client.rooms.actions.generate_join_client_token(
        room_id=room_id, token_ttl_secs=access, refresh_token_ttl_secs=refresh
    ).data
    assert_token(data.token, "access", room_id, jwks, data.token_expires_at, access)
    assert_token(data.refresh_token, "refresh", room_id, jwks, data.refresh_token_expires_at, refresh)


def test_lives_may_be_strings(client: Telnyx, room_id: str, jwks: dict) -> None:
    data = client.rooms.actions.generate_join_client_token(
        room_id=room_id, extra_body={"token_ttl_secs": "30"}
    ).data
    assert_token(data.token, "access", room_id, jwks, data.token_expires_at, 30)


def test_refresh_with_and_without_a_key(server: Server, client: Telnyx, room_id: str, jwks: dict) -> None:
    made = client.rooms.actions.generate_join_client_token(room_id=room_id).data
    original = decode(made.token).claims
    for sdk in (client, Telnyx(base_url=server.base_url)):
        response = sdk.rooms.actions.with_raw_response.refresh_client_token(
            room_id=room_id, refresh_token=made.refresh_token, token_ttl_secs=120
        )
        assert response.status_code == 201
        data = response.http_response.json()["data"]
        assert "refresh_token" not in data
        claims = assert_token(data["token"], "access", room_id, jwks, data["token_expires_at"], 120)
        assert (claims["sid"], claims["grants"]) == (original["sid"], original["grants"])
        assert claims["jti"] != original["jti"]
