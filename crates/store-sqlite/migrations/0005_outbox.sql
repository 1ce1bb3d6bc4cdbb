-- What webhooks have to tell, in the order in which it happened, and what became of it.
CREATE TABLE outbox (
    seq INTEGER NOT NULL PRIMARY KEY,
    event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    room_id BLOB NOT NULL REFERENCES rooms (id),
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    session_id BLOB NOT NULL CHECK (length(session_id) = 16),
    occurred_at INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    -- What the payload of that type has besides.
    participant_id BLOB CHECK (length(participant_id) = 16),
    context TEXT,
    duration_secs INTEGER CHECK (duration_secs >= 0),
    reason TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    -- Pending since it happened or was replayed; delivered or dead since then.
    state_at INTEGER NOT NULL,
    -- Attempts in all, and failed ones since it happened or was replayed.
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    -- Why it is dead: undeliverable for too long, no room in the queue, or nowhere to go.
    dead_because TEXT CHECK (dead_because IN ('expired', 'overflow', 'no_url')),
    CHECK ((state = 'dead') = (dead_because IS NOT NULL))
) STRICT;

-- The first pending event of a room, and those of a room by what became of them.
CREATE INDEX outbox_by_room ON outbox (room_id, state, seq);
-- The oldest pending event, how many are dead, and what may be forgotten.
CREATE INDEX outbox_by_state ON outbox (state, state_at, dead_because);

-- The rooms that have pending events.
CREATE TABLE outbox_queues (
    room_id BLOB NOT NULL PRIMARY KEY REFERENCES rooms (id),
    pending INTEGER NOT NULL CHECK (pending > 0),
    -- When the first of them is to be tried (again).
    due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_queues_by_time ON outbox_queues (due_at, room_id);

-- The delivery log: one row for each URL that was tried in an attempt.
CREATE TABLE outbox_attempts (
    seq INTEGER NOT NULL REFERENCES outbox (seq) ON DELETE CASCADE,
    attempt INTEGER NOT NULL CHECK (attempt > 0),
    failover INTEGER NOT NULL CHECK (failover IN (0, 1)),
    at INTEGER NOT NULL,
    -- Without user information and query.
    url TEXT NOT NULL,
    duration_millis INTEGER NOT NULL CHECK (duration_millis >= 0),
    status INTEGER,
    error TEXT,
    PRIMARY KEY (seq, attempt, failover)
) STRICT, WITHOUT ROWID;
