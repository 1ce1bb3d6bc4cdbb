"""Somebody in a room: takes a place in its roster as the browser SDK does, without any media."""

import base64
import json
import threading
from contextlib import ExitStack
from itertools import count
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from program import Server
from telnyx import Telnyx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ANSWER_LIMIT = 10.0
#: As often as the browser SDK does.
KEEPALIVE_EVERY = 5.0


class Refused(Exception):
    """The door, or the room, said no."""


class Guest:
    """In the room until `leave()`, or until it is sent out."""

    def __init__(self, server: Server, sdk: Telnyx, room_id: str, context: str | None = None) -> None:
        self.id = str(uuid4())
        self.tokens = sdk.rooms.actions.generate_join_client_token(room_id=room_id).data
        self._transactions = count(1)
        url = f"{server.http.replace('http', 'ws', 1)}/{room_id}/janus"
        self._connection = ExitStack()
        self._socket = self._connection.enter_context(connect(url, subprotocols=["janus-protocol"]))
        self._session: dict[str, Any] = {}
        self._session = {"session_id": self._ask({"janus": "create"})["data"]["id"]}
        attach = {"janus": "attach", "plugin": "janus.plugin.audiobridge"}
        handle = self._ask(attach)["data"]["id"]
        display = json.dumps({"participantId": self.id, "external": context})
        body = {
            "request": "join",
            "room": room_id,
            "muted": True,
            "display": base64.b64encode(display.encode()).decode(),
        }
        joined = self._ask({"janus": "message", "handle_id": handle, "body": body})
        self.roster_id = joined["plugindata"]["data"]["id"]
        self._left = threading.Event()
        self._keeper = threading.Thread(target=self._keep_alive, daemon=True)
        self._keeper.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Closes the connection; nothing happens if the server has closed it."""
        self._left.set()
        self._keeper.join()
        self._connection.close()

    def close_code(self) -> int:
        """Waits until the server has closed the connection, and tells the code."""
        try:
            while True:
                self._socket.recv(ANSWER_LIMIT)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    def _send(self, frame: dict[str, Any]) -> str:
        transaction = str(next(self._transactions))
        members = {"transaction": transaction, "client_token": self.tokens.token}
        self._socket.send(json.dumps(frame | self._session | members))
        return transaction

    def _ask(self, frame: dict[str, Any]) -> dict[str, Any]:
        transaction = self._send(frame)
        while True:
            reply = json.loads(self._socket.recv(ANSWER_LIMIT))
            if "status_code" in reply or reply.get("janus") == "error":
                raise Refused(reply)
            if reply.get("transaction") == transaction and reply["janus"] != "ack":
                return reply

    def _keep_alive(self) -> None:
        while not self._left.wait(KEEPALIVE_EVERY):
            try:
                self._send({"janus": "keepalive"})
            except ConnectionClosed:
                return
