"""Webhook deliveries through the Python SDK."""

import json
from collections.abc import Iterator

import pytest
from guest import Guest
from program import Server
from receiver import Receiver, receiving
from telnyx import NotFoundError, Telnyx, UnprocessableEntityError
from wait import until

STARTED = "video.room.session.started"
JOINED = "video.room.participant.joined"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_what_a_room_tells_is_listed_and_shown(client: Telnyx, server: Server, receiver: Receiver) -> None:
    room_id = client.rooms.create(webhook_event_url=receiver.url).data.id
    guest = Guest(server, client, room_id, "Ann")
    receiver.has(2)
    delivered = {"status": {"eq": "delivered"}}
    until("both are delivered", lambda: len(list(client.webhook_deliveries.list(filter=delivered))) == 2)

    joined, started = client.webhook_deliveries.list()
    assert [joined.webhook.event_type, started.webhook.event_type] == [JOINED, STARTED]
    assert joined.attempts is None
    shown = client.webhook_deliveries.retrieve(started.id).data
    assert (shown.record_type, shown.status) == ("webhook_delivery", "delivered")
    assert shown.started_at <= shown.finished_at
    sent = json.loads(receiver.received[0].body)["data"]
    assert (shown.webhook.id, shown.webhook.payload) == (sent["id"], sent["payload"])
    [attempt] = shown.attempts
    assert (attempt.status, attempt.errors, attempt.http.response.status) == ("delivered", [], 200)
    assert attempt.http.request.url.rstrip("/") == receiver.url.rstrip("/")

    assert [one.id for one in client.webhook_deliveries.list(filter={"event_type": STARTED})] == [started.id]
    assert [one.id for one in client.webhook_deliveries.list(page_size=1)] == [joined.id, started.id]
    assert list(client.webhook_deliveries.list(filter={"status": {"eq": "failed"}})) == []
    guest.leave()


def test_an_event_is_sent_again(client: Telnyx, receiver: Receiver) -> None:
    event_id = next(iter(client.webhook_deliveries.list(filter={"event_type": STARTED}))).id

    def times() -> int:
        return sum(json.loads(one.body)["data"]["id"] == event_id for one in receiver.received)

    before = times()
    client.post(f"/webhook_deliveries/{event_id}/actions/replay", cast_to=object)
    until("it came again", lambda: times() == before + 1)


def test_what_is_not_there(client: Telnyx) -> None:
    with pytest.raises(NotFoundError):
        client.webhook_deliveries.retrieve("00000000-0000-4000-8000-000000000000")
    with pytest.raises(UnprocessableEntityError):
        client.webhook_deliveries.list(filter={"status": {"eq": "lost"}})
