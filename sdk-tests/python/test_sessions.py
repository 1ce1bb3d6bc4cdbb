"""Sessions, participants, moderation and webhooks through the Python SDK, with people on the browser SDK in the room."""

from collections.abc import Iterator

import pytest
import telnyx.lib.webhooks_ed25519  # noqa: F401  (makes `webhooks.unwrap` verify Ed25519 signatures)
from people import People, people
from program import Server, run_command
from receiver import Receiver, receiving
from telnyx import NotFoundError, Telnyx, UnprocessableEntityError
from wait import until

SETTINGS = {"sessions": {"grace_secs": 1}}
LIMIT = 15.0


@pytest.fixture(scope="module")
def crowd(server: Server) -> Iterator[People]:
    with people(server.tls_port) as crowd:
        yield crowd


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def join(crowd: People, client: Telnyx, room: str, name: str) -> str:
    token = client.rooms.actions.generate_join_client_token(room).data.token
    return crowd.join(name, room, token, context=f"I am {name}")


def session_of(client: Telnyx, room: str, count: int) -> str:
    """The session that goes on in a room, as soon as so many people in it are on record."""

    def look() -> str | None:
        session = client.rooms.retrieve(room).data.active_session_id
        if session is None:
            return None
        present = client.rooms.sessions.retrieve_participants(session)
        return session if sum(one.left_at is None for one in present) == count else None

    return until(f"a session with {count} in it", look, within=LIMIT)


def test_a_meeting_from_both_sides(client: Telnyx, server: Server, crowd: People, receiver: Receiver) -> None:
    room = client.rooms.create(webhook_event_url=receiver.url).data.id
    alice, bob = join(crowd, client, room, "alice"), join(crowd, client, room, "bob")
    session = session_of(client, room, 2)

    shown = client.rooms.sessions.retrieve(session, include_participants=True).data
    assert (shown.active, shown.room_id, shown.record_type) == (True, room, "room_session")
    assert {one.id: one.context for one in shown.participants} == {alice: "I am alice", bob: "I am bob"}
    assert [one.id for one in client.rooms.sessions.list_1(room)] == [session]
    assert session in [one.id for one in client.rooms.sessions.list_0(filter={"active": True})]
    found = client.room_participants.list(filter={"session_id": session, "context": "I am bob"})
    assert [one.id for one in found] == [bob]
    assert client.room_participants.retrieve(bob).data.session_id == session

    actions = client.rooms.sessions.actions
    assert actions.mute(session, participants=[bob]).data.result == "ok"
    assert actions.unmute(session, participants="all", exclude=[alice]).data.result == "ok"
    assert actions.kick(session, participants=[bob]).data.result == "ok"
    assert crowd.told("bob", "participant_leaving") == [bob, "kicked"]
    assert crowd.told("alice", "participant_leaving") == [bob, "kicked"]
    with pytest.raises(UnprocessableEntityError, match=bob):
        actions.kick(session, participants=[bob])
    assert client.room_participants.retrieve(bob).data.left_at is not None

    assert actions.end(session).data.result == "ok"
    assert crowd.told("alice", "disconnected") == ["session_terminated"]
    assert client.rooms.sessions.retrieve(session).data.active is False
    with pytest.raises(UnprocessableEntityError, match="ended"):
        actions.end(session)

    verified_webhooks(server, receiver.has(6), {"alice": alice, "bob": bob})


def verified_webhooks(server: Server, deliveries: list, ids: dict[str, str]) -> None:
    key = run_command(server, "webhooks", "public-key")
    client = Telnyx(api_key=server.api_key, base_url=server.base_url, public_key=key)
    told = []
    for delivery in deliveries:
        event = client.webhooks.unwrap(delivery.body, headers=delivery.headers)
        payload = event.data.payload
        payload = payload if isinstance(payload, dict) else payload.model_dump()
        told.append((event.data.event_type, payload.get("participant_id"), payload.get("left_reason")))
        with pytest.raises(Exception, match="(?i)verif|signature"):
            client.webhooks.unwrap(delivery.body.replace("session", "sessiom"), headers=delivery.headers)
    assert told == [
        ("video.room.session.started", None, None),
        ("video.room.participant.joined", ids["alice"], None),
        ("video.room.participant.joined", ids["bob"], None),
        ("video.room.participant.left", ids["bob"], "kicked"),
        ("video.room.participant.left", ids["alice"], "session_ended"),
        ("video.room.session.ended", None, None),
    ]


def test_what_is_not_there(client: Telnyx) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    sessions = client.rooms.sessions
    for ask in (
        lambda: sessions.retrieve(unknown),
        lambda: sessions.retrieve_participants(unknown),
        lambda: sessions.list_1(unknown),
        lambda: sessions.actions.end(unknown),
        lambda: sessions.actions.kick(unknown, participants="all"),
        lambda: client.room_participants.retrieve(unknown),
    ):
        with pytest.raises(NotFoundError):
            ask()
