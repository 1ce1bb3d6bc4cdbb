"""Requests made up from a document: from the one that the program serves, and from the vendor's fragment.

Many are bad on purpose. No answer is a server error, none is undocumented (allowed_answers.py has the exceptions),
each has the documented content type and form. Part of the requests is about things that really exist, so that the
good answers are checked as well.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import pytest
import schemathesis
from allowed_answers import BEYOND_OUR_DOCUMENT, BEYOND_THE_FRAGMENT
from guest import Guest
from program import Server, running
from recording import record_body
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)
from telnyx import Telnyx
from wait import until

# The same requests each time: a fixed seed, and no memory of earlier runs.
SETTINGS = {
    "seed": 20210416,
    "generation": {"max-examples": 80, "deterministic": True, "database": "none"},
    "checks": {"positive_data_acceptance": {"expected-statuses": [201]}},
}

# The run is about meaning, not about load: no limit is met.
LIMITS = {
    f"{limit}_{part}": 1_000_000
    for limit in ("failed_auth", "refresh_per_address", "refresh_per_family")
    for part in ("burst", "per_minute")
}

# Nobody listens there.
NOWHERE = "http://127.0.0.1:9/hook"

FORM_CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]

served_document = schemathesis.pytest.from_fixture("served_schema")
vendor_fragment = schemathesis.pytest.from_fixture("fragment_schema")


class Meeting:
    """Somebody in a room of its own, and on record."""

    def __init__(self, server: Server, sdk: Telnyx, **settings: str) -> None:
        self.room_id = sdk.rooms.create(**settings).data.id
        self.guest = Guest(server, sdk, self.room_id, "somebody")
        self.session_id = until("a session is on record", lambda: sdk.rooms.retrieve(self.room_id).data.active_session_id)


@dataclass
class Target:
    """A running program, real rooms, people and tokens in it, and what each operation answered so far."""

    server: Server
    sdk: Telnyx
    #: The one that goes on for the whole run.
    meeting: Meeting
    #: An event of it, which waits to be delivered.
    event_id: str
    seen: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    #: Those whose room was made for one request.
    leaving: list[Guest] = field(default_factory=list)

    def make_real(self, case: schemathesis.Case) -> bool:
        """Puts what really exists into three of four requests; which ones depends on the request alone."""
        if crc32(repr((case.path_parameters, case.query, case.body)).encode()) % 4 == 0:
            return False
        if "room_session_id" in case.path_parameters:
            self.make_session_real(case)
        if "room_participant_id" in case.path_parameters:
            case.path_parameters["room_participant_id"] = self.meeting.guest.id
        if "id" in case.path_parameters:
            case.path_parameters["id"] = self.event_id
        if "kid" in case.path_parameters:
            # The one that signs is left alone, and with it all tokens.
            keys = self.sdk.get("/signing_keys", cast_to=object)["data"]
            case.path_parameters["kid"] = next(key["id"] for key in keys if key["state"] == "next")
        if isinstance(case.body, dict) and isinstance(case.body.get("token"), str):
            case.body["token"] = self.meeting.guest.tokens.token
        if "room_id" not in case.path_parameters:
            return True
        room_id = self.sdk.rooms.create().data.id
        case.path_parameters["room_id"] = room_id
        if isinstance(case.body, dict) and isinstance(case.body.get("refresh_token"), str):
            pair = self.sdk.rooms.actions.generate_join_client_token(room_id=room_id).data
            case.body["refresh_token"] = pair.refresh_token
        return True

    def make_session_real(self, case: schemathesis.Case) -> None:
        ends = case.operation.path.endswith(("/end", "/kick"))
        meeting = Meeting(self.server, self.sdk) if ends else self.meeting
        case.path_parameters["room_session_id"] = meeting.session_id
        if isinstance(case.body, dict) and isinstance(case.body.get("participants"), list):
            case.body["participants"] = [meeting.guest.id]
        if ends:
            self.leaving.append(meeting.guest)

    def try_out(self, case: schemathesis.Case, allowed: frozenset[int]) -> None:
        real = self.make_real(case)
        # All but what stands at the root, such as health, if it is documented at all.
        prefix = "" if case.operation.path.startswith(("/healthz", "/readyz", "/.well-known")) else "/v2"
        response = case.call(
            base_url=f"{self.server.http}{prefix}", headers={"Authorization": f"Bearer {self.server.api_key}"}
        )
        while self.leaving:
            self.leaving.pop().leave()
        self.seen[case.operation.label][response.status_code] += 1
        record_body(case.method, case.operation.path, response.status_code, response.text)

        checks = list(FORM_CHECKS)
        if response.status_code not in allowed:
            checks.append(status_code_conformance)
        if real and case.operation.path.endswith("_client_token"):
            checks.append(positive_data_acceptance)
        case.validate_response(response, checks=checks)
        if response.status_code >= 400:
            error = response.json()
            assert {"code", "title", "detail", "errors"} <= error.keys(), error

    def assert_every_operation_succeeded(self) -> None:
        for label, answers in sorted(self.seen.items()):
            print(label, dict(sorted(answers.items())))
        assert self.seen, "run the whole file: this judges what the test before it saw"
        failed = [label for label, answers in self.seen.items() if not any(status < 300 for status in answers)]
        assert not failed, f"never answered with success: {failed}"


def target(name: str) -> Iterator[Target]:
    with running(name, limits=LIMITS) as server:
        sdk = Telnyx(base_url=server.base_url, api_key=server.api_key)
        meeting = Meeting(server, sdk, webhook_event_url=NOWHERE)
        events = until("an event is on record", lambda: list(sdk.webhook_deliveries.list()))
        yield Target(server, sdk, meeting, events[0].id)
        meeting.guest.leave()


@pytest.fixture(scope="module")
def served() -> Iterator[Target]:
    yield from target("schema-served")


@pytest.fixture(scope="module")
def fragment() -> Iterator[Target]:
    yield from target("schema-fragment")


@pytest.fixture(scope="module")
def served_schema(served: Target) -> schemathesis.BaseSchema:
    config = schemathesis.Config.from_dict(SETTINGS)
    return schemathesis.openapi.from_url(f"{served.server.http}/openapi.json", config=config)


@pytest.fixture(scope="module")
def fragment_schema() -> schemathesis.BaseSchema:
    config = schemathesis.Config.from_dict(SETTINGS)
    return schemathesis.openapi.from_path(Path(__file__).with_name("seed-fragment.yaml"), config=config)


@served_document.parametrize()
def test_the_served_document_holds(case: schemathesis.Case, served: Target) -> None:
    served.try_out(case, BEYOND_OUR_DOCUMENT)


def test_the_served_document_was_met_with_success(served: Target) -> None:
    served.assert_every_operation_succeeded()


@vendor_fragment.parametrize()
def test_the_vendors_fragment_holds(case: schemathesis.Case, fragment: Target) -> None:
    fragment.try_out(case, BEYOND_THE_FRAGMENT)


def test_the_vendors_fragment_was_met_with_success(fragment: Target) -> None:
    fragment.assert_every_operation_succeeded()
    assert all(answers[201] > 0 for answers in fragment.seen.values())
