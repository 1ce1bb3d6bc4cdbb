"""Each refusal reaches the application as the SDK's own error class, with the body that the documentation promises."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from program import Server, make_api_key
from telnyx import (
    APIStatusError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    Telnyx,
    UnprocessableEntityError,
)
from tokens import forge


@pytest.fixture(scope="module")
def room_id(client: Telnyx) -> str:
    return client.rooms.create(unique_name="taken").data.id


def refused(call: Callable[[], object], error_class: type[APIStatusError], status: int) -> dict:
    """Makes the call, checks the error and the form of its body, and returns the body."""
    with pytest.raises(error_class) as caught:
        call()
    assert caught.value.status_code == status
    body = caught.value.body
    bare = {key: value for key, value in body.items() if key != "errors"}
    assert body["errors"] == [bare]
    assert all(isinstance(bare[member], str) for member in ("code", "title", "detail"))
    assert isinstance(bare["meta"]["url"], str)
    return bare


def test_401(server: Server, room_id: str) -> None:
    rooms = Telnyx(base_url=server.base_url, api_key=make_api_key()).rooms
    for call in (
        lambda: rooms.list(),
        lambda: rooms.create(),
        lambda: rooms.retrieve(room_id),
        lambda: rooms.update(room_id),
        lambda: rooms.delete(room_id),
        lambda: rooms.actions.generate_join_client_token(room_id=room_id),
    ):
        assert refused(call, AuthenticationError, 401)["code"] == "10009"


def test_403(client: Telnyx, room_id: str) -> None:
    actions = client.rooms.actions
    unknown = refused(
        lambda: actions.generate_join_client_token(room_id=str(uuid4())), PermissionDeniedError, 403
    )
    assert unknown["code"] == "65001"
    pair = actions.generate_join_client_token(room_id=room_id).data
    for room, token in (
        (room_id, "not a token"),
        (room_id, pair.token),
        (room_id, forge(pair.refresh_token)),
        (str(uuid4()), pair.refresh_token),
    ):
        bad = refused(
            lambda room=room, token=token: actions.refresh_client_token(room_id=room, refresh_token=token),
            PermissionDeniedError,
            403,
        )
        assert bad["code"] == "10010"


def test_404(client: Telnyx) -> None:
    room = str(uuid4())
    for call in (
        lambda: client.rooms.retrieve(room),
        lambda: client.rooms.update(room),
        lambda: client.rooms.delete(room),
    ):
        assert refused(call, NotFoundError, 404)["code"] == "10005"


@pytest.mark.parametrize(
    ("pointer", "body"),
    [
        ("/unique_name", {"unique_name": "taken"}),
        ("/max_participants", {"max_participants": 51}),
        ("/max_participants", {"max_participants": "many"}),
        ("/enable_recording", {"enable_recording": "maybe"}),
        ("/webhook_event_url", {"webhook_event_url": "example.com"}),
        ("/webhook_timeout_secs", {"webhook_timeout_secs": 31}),
    ],
)
def test_422_for_a_room(client: Telnyx, room_id: str, pointer: str, body: dict) -> None:
    error = refused(lambda: client.rooms.create(extra_body=body), UnprocessableEntityError, 422)
    assert error["source"]["pointer"] == pointer


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_ttl_secs", 9),
        ("token_ttl_secs", 3601),
        ("refresh_token_ttl_secs", 59),
        ("refresh_token_ttl_secs", 86401),
    ],
)
def test_422_for_the_life_of_a_token(client: Telnyx, room_id: str, field: str, value: int) -> None:
    error = refused(
        lambda: client.rooms.actions.generate_join_client_token(room_id=room_id, **{field: value}),
        UnprocessableEntityError,
        422,
    )
    assert error["source"]["pointer"] == f"/{field}"


def test_422_for_an_unknown_filter(client: Telnyx) -> None:
    error = refused(lambda: client.rooms.list(filter={"colour": "red"}), UnprocessableEntityError, 422)
    assert (error["code"], error["source"]["parameter"]) == ("10031", "filter[colour]")
