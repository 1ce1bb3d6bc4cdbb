"""Rooms through the Python SDK: create, retrieve, list, update, delete, filters, and what each answer holds."""

import re
from datetime import date, timedelta

import pytest
from recording import journal
from telnyx import NotFoundError, Telnyx
from telnyx.types import Room

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MICROSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def raw(client: Telnyx, room_id: str) -> dict:
    """The room as it stands on the wire: the SDK turns timestamps into objects."""
    return client.rooms.with_raw_response.retrieve(room_id).http_response.json()["data"]


def test_a_room_made_with_every_field_comes_back_with_every_field(client: Telnyx) -> None:
    wanted = {
        "unique_name": "Weekly stand-up (München)",
        "max_participants": 50,
        "enable_recording": True,
        "webhook_event_url": "https://example.com/hook?a=1",
        "webhook_event_failover_url": "https://example.org/failover",
        "webhook_timeout_secs": 30,
    }
    room = client.rooms.create(**wanted).data
    assert journal[-1].status == 201
    assert {field: getattr(room, field) for field in wanted} == wanted
    on_the_wire = raw(client, room.id)
    assert {field: on_the_wire[field] for field in wanted} == wanted
    assert UUID.fullmatch(on_the_wire["id"])
    assert on_the_wire["record_type"] == "room"
    assert on_the_wire["active_session_id"] is None
    assert MICROSECONDS.fullmatch(on_the_wire["created_at"])
    assert MICROSECONDS.fullmatch(on_the_wire["updated_at"])
    assert "sessions" not in on_the_wire


def test_create_without_arguments_gets_the_defaults(client: Telnyx) -> None:
    room = client.rooms.create().data
    assert (room.max_participants, room.enable_recording) == (10, False)
    assert (room.webhook_event_failover_url, room.webhook_timeout_secs) == ("", None)


def test_numbers_and_booleans_may_be_strings(client: Telnyx) -> None:
    body = {"max_participants": "12", "enable_recording": "false", "max_participant": 3}
    room = client.rooms.create(extra_body=body).data
    assert (room.max_participants, room.enable_recording) == (12, False)


def test_update_changes_what_is_given_keeps_what_is_absent_clears_what_is_null(client: Telnyx) -> None:
    made = client.rooms.create(unique_name="before", max_participants=20, webhook_timeout_secs=9).data
    renamed = client.rooms.update(made.id, unique_name="after").data
    assert journal[-1].status == 200
    kept = {"updated_at", "unique_name"}
    assert renamed.unique_name == "after"
    assert renamed.model_dump(exclude=kept) == made.model_dump(exclude=kept)
    assert renamed.updated_at > made.updated_at
    cleared = client.rooms.update(made.id, extra_body={"webhook_timeout_secs": None}).data
    assert (cleared.webhook_timeout_secs, cleared.unique_name) == (None, "after")


def test_delete_answers_204_and_the_room_is_gone(client: Telnyx) -> None:
    room = client.rooms.create().data
    assert client.rooms.delete(room.id) is None
    assert journal[-1].status == 204
    with pytest.raises(NotFoundError):
        client.rooms.retrieve(room.id)


def test_include_sessions_adds_the_sessions(client: Telnyx) -> None:
    made = client.rooms.create(unique_name="with sessions").data
    assert client.rooms.retrieve(made.id, include_sessions=True).data.sessions == []
    assert client.rooms.list(filter={"unique_name": "with sessions"}, include_sessions=True).data[0].sessions == []
    assert client.rooms.list(filter={"unique_name": "with sessions"}).data[0].sessions is None


@pytest.fixture(scope="module")
def named(client: Telnyx) -> Room:
    return client.rooms.create(unique_name="filter + me & more").data


def test_the_name_filter_is_exact(client: Telnyx, named: Room) -> None:
    found = client.rooms.list(filter={"unique_name": "filter + me & more"}).data
    assert [room.id for room in found] == [named.id]
    assert client.rooms.list(filter={"unique_name": "filter"}).data == []


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
@pytest.mark.parametrize(
    ("operator", "days", "found"),
    [
        ("eq", 0, True),
        ("eq", -1, False),
        ("eq", 2, False),
        ("gte", 0, True),
        ("gte", 2, False),
        ("lte", 0, True),
        ("lte", -1, False),
    ],
)
def test_the_date_filters(
    client: Telnyx, named: Room, field: str, operator: str, days: int, found: bool
) -> None:
    day = date.fromisoformat(raw(client, named.id)[field][:10]) + timedelta(days=days)
    filters = {"unique_name": named.unique_name, f"date_{field}": {operator: day.isoformat()}}
    assert [room.id for room in client.rooms.list(filter=filters).data] == ([named.id] if found else [])
