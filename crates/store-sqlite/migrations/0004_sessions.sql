-- What happened in rooms. Days are named by their first microsecond (`%` rounds towards zero, a day down), and a day that
-- is still to come by the last integer, so that one range serves every condition.

-- One meeting in a room. It stays when its room is deleted.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    room_id BLOB NOT NULL REFERENCES rooms (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT,
    updated_day INTEGER NOT NULL GENERATED ALWAYS AS (
        updated_at - (updated_at % 86400000000 + 86400000000) % 86400000000
    ) VIRTUAL,
    over_day INTEGER NOT NULL GENERATED ALWAYS AS (
        coalesce(ended_at - (ended_at % 86400000000 + 86400000000) % 86400000000, 9223372036854775807)
    ) VIRTUAL,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;

CREATE UNIQUE INDEX sessions_active ON sessions (room_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_active_by_creation ON sessions (account_id, created_at DESC, id, updated_at, ended_at)
    WHERE ended_at IS NULL;
-- The orders of lists. They end with what else a list is narrowed by, so that what is passed over is not read
-- (which generated columns would not bring about).
CREATE INDEX sessions_by_creation ON sessions (account_id, created_at DESC, id, updated_at, ended_at);
CREATE INDEX sessions_of_room ON sessions (room_id, created_at DESC, id, updated_at, ended_at);

-- One person in one session.
CREATE TABLE participants (
    -- Chosen by the client, so it may occur in other sessions and accounts.
    id BLOB NOT NULL CHECK (length(id) = 16),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    room_id BLOB NOT NULL CHECK (length(room_id) = 16),
    account_id BLOB NOT NULL CHECK (length(account_id) = 16),
    context TEXT,
    -- The first half of the SHA-256 of account and context.
    context_key BLOB CHECK (length(context_key) = 16),
    joined_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    left_at INTEGER,
    left_reason TEXT,
    updated_day INTEGER NOT NULL GENERATED ALWAYS AS (
        updated_at - (updated_at % 86400000000 + 86400000000) % 86400000000
    ) VIRTUAL,
    over_day INTEGER NOT NULL GENERATED ALWAYS AS (
        coalesce(left_at - (left_at % 86400000000 + 86400000000) % 86400000000, 9223372036854775807)
    ) VIRTUAL,
    CHECK ((context IS NULL) = (context_key IS NULL)),
    CHECK ((left_at IS NULL) = (left_reason IS NULL))
) STRICT;

-- One of each id in a session. Begins with the account, so that it finds an account's participant by its id as well.
CREATE UNIQUE INDEX participants_by_id ON participants (account_id, id, session_id);
CREATE INDEX participants_by_joining ON participants (account_id, joined_at DESC, id, updated_at, left_at);
CREATE INDEX participants_of_session
    ON participants (session_id, joined_at DESC, id, updated_at, left_at, context_key);
CREATE INDEX participants_of_context ON participants (context_key, joined_at DESC, id, updated_at, left_at)
    WHERE context_key IS NOT NULL;

-- When the server last noted that it was alive.
CREATE TABLE liveness (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    alive_at INTEGER NOT NULL
) STRICT;

-- Counts, so that a long list walks neither what it counts nor what it passes over. Each list is cut into blocks in the
-- order of time, and the entries of a block are counted by the days of their last change and of their end. A block
-- reaches to the next one or to the end of its day. It holds an entry at least, and about 1,000 at most unless
-- more are of one microsecond.
CREATE TABLE list_counts (
    -- As in `list_entries`.
    list INTEGER NOT NULL,
    owner BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    updated_day INTEGER NOT NULL,
    over_day INTEGER NOT NULL,
    entries INTEGER NOT NULL CHECK (entries >= 0),
    PRIMARY KEY (list, owner, starts_at, updated_day, over_day)
) STRICT, WITHOUT ROWID;

-- What stands in which list.
CREATE VIEW list_entries (list, owner, at, updated_day, over_day) AS
SELECT 1, account_id, created_at, updated_day, over_day FROM sessions
UNION ALL SELECT 2, room_id, created_at, updated_day, over_day FROM sessions
UNION ALL SELECT 3, account_id, joined_at, updated_day, over_day FROM participants
UNION ALL SELECT 4, session_id, joined_at, updated_day, over_day FROM participants
UNION ALL SELECT 5, context_key, joined_at, updated_day, over_day FROM participants WHERE context_key IS NOT NULL;

-- An insert into this view counts an entry (`by` is 1) or takes it out of the count (-1), once the tables have changed.
CREATE VIEW list_changes (list, owner, at, updated_day, over_day, by) AS SELECT 0, x'', 0, 0, 0, 0 WHERE false;

CREATE TRIGGER list_entry_added INSTEAD OF INSERT ON list_changes
WHEN new.by = 1 AND new.owner IS NOT NULL
BEGIN
    INSERT INTO list_counts (list, owner, starts_at, updated_day, over_day, entries) VALUES (
        new.list, new.owner,
        coalesce(
            (
                SELECT max(starts_at) FROM list_counts
                WHERE list = new.list AND owner = new.owner AND starts_at
                BETWEEN new.at - (new.at % 86400000000 + 86400000000) % 86400000000 AND new.at
            ),
            new.at - (new.at % 86400000000 + 86400000000) % 86400000000
        ),
        new.updated_day, new.over_day, 1
    ) ON CONFLICT DO UPDATE SET entries = entries + 1;
END;

CREATE TRIGGER list_entry_removed INSTEAD OF INSERT ON list_changes
WHEN new.by = -1 AND new.owner IS NOT NULL
BEGIN
    UPDATE list_counts SET entries = entries - 1
    WHERE list = new.list AND owner = new.owner AND updated_day = new.updated_day AND over_day = new.over_day
    AND starts_at = (
        SELECT max(starts_at) FROM list_counts
        WHERE list = new.list AND owner = new.owner AND starts_at <= new.at
    );
END;

CREATE TRIGGER list_count_empty AFTER UPDATE OF entries ON list_counts
WHEN new.entries = 0
BEGIN
    DELETE FROM list_counts
    WHERE list = new.list AND owner = new.owner AND starts_at = new.starts_at
    AND updated_day = new.updated_day AND over_day = new.over_day;
END;

-- An insert into this view cuts a block in two, unless both would start at the same time.
CREATE VIEW list_cuts (list, owner, starts_at, cut_at) AS SELECT 0, x'', 0, 0 WHERE false;

-- Looks at the whole block now and then only. It is cut before the entry at its place 500.
CREATE TRIGGER list_count_grown AFTER UPDATE OF entries ON list_counts
WHEN new.entries > old.entries AND new.entries % 50 = 0
BEGIN
    INSERT INTO list_cuts (list, owner, starts_at, cut_at)
    SELECT new.list, new.owner, new.starts_at, (
        SELECT at FROM list_entries
        WHERE list = new.list AND owner = new.owner AND at >= new.starts_at
        ORDER BY at LIMIT 1 OFFSET 500
    ) WHERE (
        SELECT sum(entries) FROM list_counts
        WHERE list = new.list AND owner = new.owner AND starts_at = new.starts_at
    ) >= 1000;
END;

CREATE TRIGGER list_block_cut INSTEAD OF INSERT ON list_cuts
WHEN new.cut_at > new.starts_at
BEGIN
    DELETE FROM list_counts WHERE list = new.list AND owner = new.owner AND starts_at = new.starts_at;
    INSERT INTO list_counts (list, owner, starts_at, updated_day, over_day, entries)
    SELECT new.list, new.owner, iif(at < new.cut_at, new.starts_at, new.cut_at), updated_day, over_day, count(*)
    FROM list_entries
    WHERE list = new.list AND owner = new.owner AND at >= new.starts_at AND at < coalesce(
        (
            SELECT min(starts_at) FROM list_counts
            WHERE list = new.list AND owner = new.owner AND starts_at > new.starts_at
        ),
        9223372036854775807
    )
    GROUP BY 3, 4, 5;
END;

-- One row at a time: several at once would be laid down in a table of their own first.
CREATE TRIGGER session_added AFTER INSERT ON sessions
BEGIN
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (1, new.account_id, new.created_at, new.updated_day, new.over_day, 1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (2, new.room_id, new.created_at, new.updated_day, new.over_day, 1);
END;

CREATE TRIGGER session_moved AFTER UPDATE OF updated_at, ended_at ON sessions
WHEN old.updated_day <> new.updated_day OR old.over_day <> new.over_day
BEGIN
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (1, old.account_id, old.created_at, old.updated_day, old.over_day, -1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (2, old.room_id, old.created_at, old.updated_day, old.over_day, -1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (1, new.account_id, new.created_at, new.updated_day, new.over_day, 1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (2, new.room_id, new.created_at, new.updated_day, new.over_day, 1);
END;

CREATE TRIGGER participant_added AFTER INSERT ON participants
BEGIN
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (3, new.account_id, new.joined_at, new.updated_day, new.over_day, 1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (4, new.session_id, new.joined_at, new.updated_day, new.over_day, 1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (5, new.context_key, new.joined_at, new.updated_day, new.over_day, 1);
END;

CREATE TRIGGER participant_moved AFTER UPDATE OF joined_at, updated_at, left_at, context_key ON participants
WHEN old.joined_at <> new.joined_at OR old.updated_day <> new.updated_day OR old.over_day <> new.over_day
OR old.context_key IS NOT new.context_key
BEGIN
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (3, old.account_id, old.joined_at, old.updated_day, old.over_day, -1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (4, old.session_id, old.joined_at, old.updated_day, old.over_day, -1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (5, old.context_key, old.joined_at, old.updated_day, old.over_day, -1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (3, new.account_id, new.joined_at, new.updated_day, new.over_day, 1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (4, new.session_id, new.joined_at, new.updated_day, new.over_day, 1);
    INSERT INTO list_changes (list, owner, at, updated_day, over_day, by)
    VALUES (5, new.context_key, new.joined_at, new.updated_day, new.over_day, 1);
END;
