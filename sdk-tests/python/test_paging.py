"""Auto-paging of the room list over three pages."""

import pytest
from recording import journal
from telnyx import Telnyx

ROOMS = 7


@pytest.fixture(scope="module")
def made(client: Telnyx) -> list[str]:
    """Ids of the rooms, the newest first."""
    return [client.rooms.create(unique_name=f"room {n}").data.id for n in range(ROOMS)][::-1]


def test_iterating_walks_three_pages_in_order_each_room_once(client: Telnyx, made: list[str]) -> None:
    before = len(journal)
    assert [room.id for room in client.rooms.list(page_size=3)] == made
    assert len(journal) - before == 3


def test_pages_can_be_walked_by_hand(client: Telnyx, made: list[str]) -> None:
    page = client.rooms.list(page_size=3)
    sizes = [len(page.data)]
    while page.has_next_page():
        page = page.get_next_page()
        sizes.append(len(page.data))
    assert sizes == [3, 3, 1]


def test_meta_is_always_complete(client: Telnyx, made: list[str]) -> None:
    meta = client.rooms.list(page_number=2, page_size=3).meta
    assert meta.model_dump() == {"page_number": 2, "page_size": 3, "total_pages": 3, "total_results": ROOMS}
    past = client.rooms.list(page_number=9, page_size=3)
    assert (past.data, past.has_next_page()) == ([], False)
