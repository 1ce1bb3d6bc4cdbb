"""People in rooms, on the vendor's browser SDK in Chromium; see browser/people.mjs."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "browser/people.mjs"
STOP_LIMIT = 15.0


class People:
    """Those who can be asked to join, to leave, and what they were told."""

    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process

    def join(self, name: str, room: str, token: str, context: str) -> str:
        """Lets somebody join; returns the id that its SDK made for it."""
        return self._do(do="join", name=name, room=room, token=token, context=context)["id"]

    def told(self, name: str, event: str) -> list:
        """Waits until somebody's application was told of an event; returns its arguments."""
        return self._do(do="told", name=name, event=event)["arguments"]

    def leave(self, name: str) -> None:
        self._do(do="leave", name=name)

    def _do(self, **command: str) -> dict:
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer


@contextmanager
def people(tls_port: int) -> Iterator[People]:
    """A browser whose pages find the program at `tls_port`."""
    command = ["node", SCRIPT, str(tls_port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield People(process)
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
