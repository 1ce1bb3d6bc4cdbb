"""A video call: one room, tokens for whoever opens the page, and what the room reports.

It knows the official SDK and nothing else, so the same file runs against the hosted service and against Greenroom:
TELNYX_BASE_URL decides.
"""

import json
import os
from collections import deque
from functools import cache
from pathlib import Path
from threading import Lock
from urllib.parse import urljoin, urlsplit

import telnyx
import telnyx.lib  # switches the SDK to the signature that webhooks really have
from flask import Flask, Response, jsonify, request, send_from_directory

HERE = Path(__file__).parent
PORT = int(os.environ.get("PORT", "3000"))
ROOM_NAME = os.environ.get("ROOM_NAME", "example")
TOKEN_TTL_SECS = int(os.environ.get("TOKEN_TTL_SECS", "600"))
ORIGIN = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{PORT}")  # where webhooks reach this server

client = telnyx.Telnyx()  # TELNYX_BASE_URL, TELNYX_API_KEY, TELNYX_PUBLIC_KEY
events = deque(maxlen=100)
looking = Lock()
app = Flask(__name__, static_folder=None)


def our_room() -> str:
    with looking:  # two who come at once must not make it twice
        return find_room()


@cache  # what raises is not kept: the next one tries again
def find_room() -> str:
    """The id of our room: the one of that name, or a new one. Events of it come back to this server."""
    settings = {"webhook_event_url": f"{ORIGIN}/webhooks"}
    rooms = client.rooms.list(filter={"unique_name": ROOM_NAME}).data or []
    known = next((room for room in rooms if room.unique_name == ROOM_NAME), None)
    if known is None:
        return client.rooms.create(unique_name=ROOM_NAME, **settings).data.id
    if known.webhook_event_url != settings["webhook_event_url"]:
        client.rooms.update(known.id, **settings)
    return known.id


def shim() -> str:
    """The browser SDK knows only the hosted service. Any other server has a script that sends the SDK there instead."""
    server = str(client.base_url).rstrip("/")
    return "" if urlsplit(server).hostname == "api.telnyx.com" else f'<script src="{urljoin(server, "shim.js")}"></script>'


@app.get("/")
def page() -> str:
    return (HERE / "public/index.html").read_text(encoding="utf-8").replace("<!-- shim -->", shim())


@app.get("/app.js")
def script() -> Response:
    return send_from_directory(HERE / "public", "app.js")


@app.get("/video-sdk.js")
def browser_sdk() -> Response:
    return send_from_directory(HERE / "node_modules/@telnyx/video/lib", "index.mjs", mimetype="text/javascript")


# An application of yours checks here who is asking, and whether they may join.
@app.post("/token")
def token() -> Response:
    room = our_room()
    tokens = client.rooms.actions.generate_join_client_token(room, token_ttl_secs=TOKEN_TTL_SECS).data
    return unstored({"room": room, **tokens.to_dict(mode="json")})


@app.post("/refresh")
def refresh() -> Response:
    refresh_token = str((request.get_json(silent=True) or {}).get("refresh_token"))
    tokens = client.rooms.actions.refresh_client_token(
        our_room(), refresh_token=refresh_token, token_ttl_secs=TOKEN_TTL_SECS
    ).data
    return unstored(tokens.to_dict(mode="json"))


def unstored(body: dict) -> Response:
    response = jsonify(body)
    response.headers["cache-control"] = "no-store"
    return response


@app.post("/webhooks")
def webhooks() -> tuple[str, int]:
    body = request.get_data(as_text=True)  # as it came: the signature is over these bytes
    try:
        client.webhooks.unwrap(body, headers=dict(request.headers))
    except telnyx.lib.WebhookVerificationError as error:
        app.logger.warning("a webhook was refused: %s", error)
        return "", 403
    event = json.loads(body)["data"]  # the SDK verifies events of rooms, but has no types for them
    # An event may come twice, with the same id.
    if all(event["id"] != known["id"] for known in events):
        events.append(event)
    return "", 204


@app.get("/events")
def seen() -> Response:
    return jsonify(list(events))


@app.errorhandler(telnyx.APIError)
def refused(error: telnyx.APIError) -> tuple[Response, int]:
    """A refusal of the API is told with its status; the reason stays here."""
    app.logger.error("%s %s: %s", request.method, request.path, error)
    return jsonify(error="That did not work; the log of the server says why."), getattr(error, "status_code", 500)


if __name__ == "__main__":
    print(f"open {ORIGIN}/", flush=True)
    app.run("127.0.0.1", PORT)
