"""A receiver of webhooks: a real HTTP server that keeps what it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from wait import until

LIMIT = 20.0


@dataclass(frozen=True)
class Delivery:
    """One request, as it came."""

    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """Where it listens, and what it was sent, oldest first."""

    url: str = ""
    received: list[Delivery] = field(default_factory=list)

    def has(self, count: int) -> list[Delivery]:
        """Waits until so many have come, and returns them."""
        until(f"{count} webhooks", lambda: len(self.received) >= count, within=LIMIT)
        return self.received


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            receiver.received.append(Delivery(dict(self.headers.items()), body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
