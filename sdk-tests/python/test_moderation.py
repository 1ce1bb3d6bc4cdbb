"""Every operation on sessions and participants through the Python SDK, each filter and each mistake."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from guest import Guest
from program import Server
from recording import journal
from telnyx import AuthenticationError, NotFoundError, PermissionDeniedError, Telnyx, UnprocessableEntityError
from wait import until


class Meeting:
    """A room with Ann and Ben in it, both on record."""

    def __init__(self, server: Server, client: Telnyx) -> None:
        self.room_id = client.rooms.create().data.id
        self.ann = Guest(server, client, self.room_id, "Ann")
        self.ben = Guest(server, client, self.room_id, "Ben B.")
        self.session_id = until("a session is on record", lambda: client.rooms.retrieve(self.room_id).data.active_session_id)
        both = {self.ann.id, self.ben.id}
        until("both are on record", lambda: inside(client, self.session_id) == both)


@pytest.fixture
def meeting(server: Server, client: Telnyx) -> Iterator[Meeting]:
    meeting = Meeting(server, client)
    yield meeting
    meeting.ann.leave()
    meeting.ben.leave()


def ids(page: Any) -> list[str]:
    return [item.id for item in page]


def inside(client: Telnyx, session_id: str) -> set[str]:
    participants = client.rooms.sessions.retrieve_participants(session_id)
    return {participant.id for participant in participants if participant.left_at is None}


def refused(error: pytest.ExceptionInfo, code: str, pointer: str | None = None) -> str:
    body = error.value.body
    assert body["code"] == code
    if pointer is not None:
        assert body["source"] == {"pointer": pointer}
    return body["detail"]


def test_a_session_in_all_lists(client: Telnyx, meeting: Meeting) -> None:
    session = client.rooms.sessions.retrieve(meeting.session_id, include_participants=True).data
    assert (session.record_type, session.active, session.ended_at) == ("room_session", True, None)
    assert session.room_id == meeting.room_id
    assert {p.id for p in session.participants} == {meeting.ann.id, meeting.ben.id}
    assert client.rooms.sessions.retrieve(meeting.session_id).data.participants is None

    today = session.created_at.date()
    filters = {
        "active": True,
        "date_created_at": {"eq": str(today)},
        "date_updated_at": {"gte": str(today), "lte": str(today + timedelta(days=1))},
    }
    assert ids(client.rooms.sessions.list_1(meeting.room_id, filter=filters)) == [session.id]
    account_wide = client.rooms.sessions.list_0(filter=filters | {"room_id": meeting.room_id})
    assert ids(account_wide) == [session.id]
    assert ids(client.rooms.sessions.list_1(meeting.room_id, filter={"active": False})) == []
    ended = {"room_id": meeting.room_id, "date_ended_at": {"lte": str(today + timedelta(days=1))}}
    assert ids(client.rooms.sessions.list_0(filter=ended)) == []
    with_them = client.rooms.sessions.list_1(meeting.room_id, include_participants=True)
    assert [len(one.participants) for one in with_them] == [2]

    room = client.rooms.retrieve(meeting.room_id, include_sessions=True).data
    assert [one.id for one in room.sessions] == [session.id]
    shown = {one.id: one for one in client.rooms.list(include_sessions=True)}
    assert shown[meeting.room_id].active_session_id == session.id
    assert [one.id for one in shown[meeting.room_id].sessions] == [session.id]


def test_a_participant_in_all_lists(client: Telnyx, meeting: Meeting) -> None:
    ben = client.room_participants.retrieve(meeting.ben.id).data
    assert (ben.record_type, ben.session_id) == ("room_participant", meeting.session_id)
    assert (ben.context, ben.left_at) == ("Ben B.", None)
    today = str(ben.joined_at.date())
    filters = {"context": "Ben B.", "date_joined_at": {"eq": today}, "date_updated_at": {"gte": today}}
    assert ids(client.rooms.sessions.retrieve_participants(meeting.session_id, filter=filters)) == [ben.id]
    account_wide = client.room_participants.list(filter=filters | {"session_id": meeting.session_id})
    assert ids(account_wide) == [ben.id]
    left = {"session_id": meeting.session_id, "date_left_at": {"gte": today}}
    assert ids(client.room_participants.list(filter=left)) == []

    meeting.ben.leave()
    until("who left is on record", lambda: client.room_participants.retrieve(ben.id).data.left_at)
    assert ids(client.room_participants.list(filter=left)) == [ben.id]


def test_pages_are_walked(client: Telnyx, meeting: Meeting) -> None:
    before = len(journal)
    walked = ids(client.room_participants.list(page_size=1, filter={"session_id": meeting.session_id}))
    assert walked == [meeting.ben.id, meeting.ann.id]
    assert len(journal) - before == 2


def test_who_is_kicked_is_gone_and_stays_out(client: Telnyx, server: Server, meeting: Meeting) -> None:
    done = client.rooms.sessions.actions.kick(meeting.session_id, participants=[meeting.ben.id])
    assert done.data.result == "ok"
    assert inside(client, meeting.session_id) == {meeting.ann.id}
    assert meeting.ben.close_code() == 4000
    with pytest.raises(PermissionDeniedError):
        client.rooms.actions.refresh_client_token(
            room_id=meeting.room_id, refresh_token=meeting.ben.tokens.refresh_token
        )
    with pytest.raises(UnprocessableEntityError) as error:
        client.rooms.sessions.actions.kick(meeting.session_id, participants=[meeting.ben.id])
    assert meeting.ben.id in refused(error, "10022", "/participants")

    with Guest(server, client, meeting.room_id) as cid:
        until("another one is on record", lambda: cid.id in inside(client, meeting.session_id))
        client.rooms.sessions.actions.kick(meeting.session_id, participants="all", exclude=[cid.id])
        assert inside(client, meeting.session_id) == {cid.id}


def test_mute_and_unmute(client: Telnyx, meeting: Meeting) -> None:
    actions = client.rooms.sessions.actions
    assert actions.mute(meeting.session_id, participants="all").data.result == "ok"
    assert actions.unmute(meeting.session_id, participants=[meeting.ann.id]).data.result == "ok"
    assert actions.unmute(meeting.session_id, exclude=[meeting.ann.id]).data.result == "ok"
    assert inside(client, meeting.session_id) == {meeting.ann.id, meeting.ben.id}


def test_the_end(client: Telnyx, meeting: Meeting) -> None:
    actions = client.rooms.sessions.actions
    assert actions.end(meeting.session_id).data.result == "ok"
    session = client.rooms.sessions.retrieve(meeting.session_id).data
    assert not session.active and session.ended_at is not None
    assert client.rooms.retrieve(meeting.room_id).data.active_session_id is None
    assert meeting.ann.close_code() == meeting.ben.close_code() == 4000
    for act in (actions.end, lambda id: actions.mute(id, participants="all")):
        with pytest.raises(UnprocessableEntityError) as error:
            act(meeting.session_id)
        refused(error, "10027")

    client.rooms.delete(meeting.room_id)
    assert client.rooms.sessions.retrieve(meeting.session_id).data.room_id == meeting.room_id
    with pytest.raises(NotFoundError):
        client.rooms.sessions.list_1(meeting.room_id)


def test_mistakes(client: Telnyx, server: Server, meeting: Meeting) -> None:
    actions = client.rooms.sessions.actions
    for act in (actions.kick, actions.mute, actions.unmute):
        with pytest.raises(UnprocessableEntityError) as error:
            act(meeting.session_id)
        refused(error, "10004", "/participants")
        with pytest.raises(UnprocessableEntityError) as error:
            act(meeting.session_id, participants=["Ann"])
        refused(error, "10006", "/participants/0")
        with pytest.raises(NotFoundError):
            act(str(uuid4()), participants="all")
    with pytest.raises(NotFoundError):
        client.room_participants.retrieve(str(uuid4()))
    with pytest.raises(UnprocessableEntityError):
        client.room_participants.list(filter={"session_id": "today"})
    stranger = Telnyx(base_url=server.base_url, api_key="KEY" + "0" * 40)
    for call in (
        lambda: stranger.rooms.sessions.list_0(),
        lambda: stranger.room_participants.list(),
        lambda: stranger.rooms.sessions.actions.end(meeting.session_id),
        lambda: stranger.rooms.sessions.actions.kick(meeting.session_id, participants="all"),
    ):
        with pytest.raises(AuthenticationError):
            call()
    assert inside(client, meeting.session_id) == {meeting.ann.id, meeting.ben.id}
