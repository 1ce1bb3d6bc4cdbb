"""Waiting for a condition with a limit: the only way in which these tests let time pass."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

LIMIT = 10.0
EVERY = 0.02


def until(what: str, condition: Callable[[], Any], within: float = LIMIT) -> Any:
    """Polls `condition` until it gives something truthy, and gives that."""
    deadline = monotonic() + within
    while not (found := condition()):
        assert monotonic() < deadline, f"not within {within} s: {what}"
        sleep(EVERY)
    return found
