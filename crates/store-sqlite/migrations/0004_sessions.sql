-- One meeting in a room. It stays when its room is deleted.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    room_id BLOB NOT NULL REFERENCES rooms (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT,
    -- A session that goes on ends after everything else, so that one range serves all conditions.
    over_at INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(ended_at, 9223372036854775807)) VIRTUAL,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;

CREATE UNIQUE INDEX sessions_active ON sessions (room_id) WHERE ended_at IS NULL;
-- The orders of lists. They end with what else a list is narrowed by, so that sessions that are passed over are not
-- read.
CREATE INDEX sessions_by_creation ON sessions (account_id, created_at DESC, id, updated_at, over_at);
CREATE INDEX sessions_of_room ON sessions (room_id, created_at DESC, id, updated_at, over_at);

-- One person in one session.
CREATE TABLE participants (
    -- Chosen by the client, so it may occur in other sessions and accounts.
    id BLOB NOT NULL CHECK (length(id) = 16),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    room_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    context TEXT,
    joined_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    left_at INTEGER,
    left_reason TEXT,
    over_at INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(left_at, 9223372036854775807)) VIRTUAL,
    CHECK ((left_at IS NULL) = (left_reason IS NULL)),
    UNIQUE (session_id, id)
) STRICT;

CREATE INDEX participants_by_id ON participants (account_id, id, joined_at);
CREATE INDEX participants_by_joining ON participants (account_id, joined_at DESC, id, updated_at, over_at);
CREATE INDEX participants_of_session ON participants (session_id, joined_at DESC, id, updated_at, over_at);

-- When the server last noted that it was alive.
CREATE TABLE liveness (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    alive_at INTEGER NOT NULL
) STRICT;
