-- Ids are 16 bytes, times are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE accounts (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    created_at INTEGER NOT NULL,
    -- Kept by the triggers below, so that a list of rooms need not count them.
    room_count INTEGER NOT NULL DEFAULT 0 CHECK (room_count >= 0)
) STRICT;

CREATE INDEX accounts_by_creation ON accounts (created_at, id);

CREATE TABLE api_keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    label TEXT NOT NULL,
    prefix TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX api_keys_by_prefix ON api_keys (prefix, created_at, id);
CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at, id);

CREATE TABLE rooms (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    unique_name TEXT,
    max_participants INTEGER NOT NULL,
    enable_recording INTEGER NOT NULL CHECK (enable_recording IN (0, 1)),
    webhook_event_url TEXT,
    webhook_event_failover_url TEXT,
    webhook_timeout_secs INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- A deleted room stays: its id is never free again, and its history refers to it.
    deleted_at INTEGER
) STRICT;

CREATE UNIQUE INDEX rooms_by_name ON rooms (account_id, unique_name)
    WHERE deleted_at IS NULL;
-- The order of lists. Ends with what else a list is narrowed by, so that rooms that are counted or
-- passed over are not read.
CREATE INDEX rooms_by_creation ON rooms (account_id, created_at DESC, id, updated_at, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX rooms_by_change ON rooms (account_id, updated_at, created_at, deleted_at)
    WHERE deleted_at IS NULL;

CREATE TRIGGER room_added AFTER INSERT ON rooms
WHEN new.deleted_at IS NULL
BEGIN
    UPDATE accounts SET room_count = room_count + 1 WHERE id = new.account_id;
END;

CREATE TRIGGER room_deleted AFTER UPDATE OF deleted_at ON rooms
WHEN old.deleted_at IS NULL AND new.deleted_at IS NOT NULL
BEGIN
    UPDATE accounts SET room_count = room_count - 1 WHERE id = old.account_id;
END;

CREATE TABLE revoked_families (
    family_id BLOB NOT NULL PRIMARY KEY CHECK (length(family_id) = 16),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_families_by_end ON revoked_families (until);

-- Written when it has to be known whether the database can be written again.
CREATE TABLE write_probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    writes INTEGER NOT NULL
) STRICT;

INSERT INTO write_probe (id, writes) VALUES (1, 0);
