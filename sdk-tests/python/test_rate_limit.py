"""Over the limit: RateLimitError when the SDK may not retry; when it may, it waits as told and gets through."""

from itertools import pairwise

import pytest
from program import Server
from recording import journal
from telnyx import RateLimitError, Telnyx

BURST = 5
SETTINGS = {"limits": {"api_key_burst": BURST, "api_key_per_minute": 60}}


@pytest.fixture
def exhausted(server: Server) -> RateLimitError:
    """The allowance is used up; this is the error that says so."""
    impatient = Telnyx(base_url=server.base_url, api_key=server.api_key, max_retries=0)
    for _ in range(4 * BURST + 1):
        try:
            impatient.rooms.list()
        except RateLimitError as error:
            return error
    pytest.fail(f"never limited in {4 * BURST + 1} requests")


def test_429_tells_the_time_to_wait(exhausted: RateLimitError) -> None:
    assert exhausted.status_code == 429
    assert exhausted.body["code"] == "10011"
    assert 1 <= int(exhausted.response.headers["retry-after"]) <= 60


def test_the_sdk_waits_for_retry_after_retries_and_succeeds(exhausted: RateLimitError, client: Telnyx) -> None:
    start = len(journal)
    assert client.rooms.list().data == []
    attempts = journal[start:]
    assert len(attempts) >= 2
    assert [attempt.retry_count for attempt in attempts] == list(range(len(attempts)))
    assert [attempt.status for attempt in attempts] == [429] * (len(attempts) - 1) + [200]
    for attempt, following in pairwise(attempts):
        assert following.at - attempt.at >= int(attempt.retry_after) - 0.1
