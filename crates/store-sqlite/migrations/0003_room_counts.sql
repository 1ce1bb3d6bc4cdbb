-- Counts of rooms, so that a list of many rooms walks neither what it counts nor what it passes over.

-- The first microsecond of the day (UTC) that a room was made on, and of the day that it was changed on. `%` rounds
-- towards zero, a day down.
ALTER TABLE rooms ADD COLUMN created_day INTEGER NOT NULL GENERATED ALWAYS AS (
    created_at - (created_at % 86400000000 + 86400000000) % 86400000000
) VIRTUAL;
ALTER TABLE rooms ADD COLUMN updated_day INTEGER NOT NULL GENERATED ALWAYS AS (
    updated_at - (updated_at % 86400000000 + 86400000000) % 86400000000
) VIRTUAL;

-- An account's rooms in the order of their creation, cut into blocks. A block reaches to the next one or to the end
-- of its day. It holds a room at least, and no more than 1,000 unless more were made in one microsecond.
CREATE TABLE room_blocks (
    account_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    room_count INTEGER NOT NULL CHECK (room_count >= 0),
    PRIMARY KEY (account_id, starts_at)
) STRICT, WITHOUT ROWID;

-- The rooms of a block by the day of their last change.
CREATE TABLE room_block_days (
    account_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    updated_day INTEGER NOT NULL,
    room_count INTEGER NOT NULL CHECK (room_count >= 0),
    PRIMARY KEY (account_id, starts_at, updated_day)
) STRICT, WITHOUT ROWID;

-- The rooms that are there already, 500 to a block.
INSERT INTO room_blocks (account_id, starts_at, room_count)
SELECT DISTINCT account_id, iif(place = 0, created_day, created_at), 0 FROM (
    SELECT account_id, created_day, created_at,
        row_number() OVER (PARTITION BY account_id, created_day ORDER BY created_at) - 1 AS place
    FROM rooms WHERE deleted_at IS NULL
) WHERE place % 500 = 0;

INSERT INTO room_block_days (account_id, starts_at, updated_day, room_count)
SELECT account_id, starts_at, updated_day, count(*) FROM (
    SELECT account_id, updated_day, (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = rooms.account_id AND starts_at <= rooms.created_at
    ) AS starts_at
    FROM rooms WHERE deleted_at IS NULL
) GROUP BY account_id, starts_at, updated_day;

UPDATE room_blocks SET room_count = (
    SELECT coalesce(sum(days.room_count), 0) FROM room_block_days AS days
    WHERE days.account_id = room_blocks.account_id AND days.starts_at = room_blocks.starts_at
);
DELETE FROM room_blocks WHERE room_count = 0;

-- The block itself is counted last: that may split it, and what is split is counted anew.
CREATE TRIGGER room_counted AFTER INSERT ON rooms
WHEN new.deleted_at IS NULL
BEGIN
    INSERT INTO room_blocks (account_id, starts_at, room_count)
    SELECT new.account_id, new.created_day, 0
    WHERE NOT EXISTS (
        SELECT 1 FROM room_blocks
        WHERE account_id = new.account_id AND starts_at BETWEEN new.created_day AND new.created_at
    );
    INSERT INTO room_block_days (account_id, starts_at, updated_day, room_count)
    SELECT new.account_id, max(starts_at), new.updated_day, 1 FROM room_blocks
    WHERE account_id = new.account_id AND starts_at <= new.created_at
    ON CONFLICT DO UPDATE SET room_count = room_count + 1;
    UPDATE room_blocks SET room_count = room_count + 1
    WHERE account_id = new.account_id AND starts_at = (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = new.account_id AND starts_at <= new.created_at
    );
END;

CREATE TRIGGER room_discounted AFTER UPDATE OF deleted_at ON rooms
WHEN old.deleted_at IS NULL AND new.deleted_at IS NOT NULL
BEGIN
    UPDATE room_block_days SET room_count = room_count - 1
    WHERE account_id = old.account_id AND updated_day = old.updated_day AND starts_at = (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = old.account_id AND starts_at <= old.created_at
    );
    DELETE FROM room_block_days
    WHERE account_id = old.account_id AND updated_day = old.updated_day AND room_count = 0 AND starts_at = (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = old.account_id AND starts_at <= old.created_at
    );
    UPDATE room_blocks SET room_count = room_count - 1
    WHERE account_id = old.account_id AND starts_at = (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = old.account_id AND starts_at <= old.created_at
    );
    DELETE FROM room_blocks
    WHERE account_id = old.account_id AND room_count = 0 AND starts_at = (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = old.account_id AND starts_at <= old.created_at
    );
END;

CREATE TRIGGER room_changed_on_another_day AFTER UPDATE OF updated_at ON rooms
WHEN new.deleted_at IS NULL AND old.updated_day <> new.updated_day
BEGIN
    INSERT INTO room_block_days (account_id, starts_at, updated_day, room_count)
    SELECT new.account_id, max(starts_at), new.updated_day, 1 FROM room_blocks
    WHERE account_id = new.account_id AND starts_at <= new.created_at
    ON CONFLICT DO UPDATE SET room_count = room_count + 1;
    UPDATE room_block_days SET room_count = room_count - 1
    WHERE account_id = old.account_id AND updated_day = old.updated_day AND starts_at = (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = old.account_id AND starts_at <= old.created_at
    );
    DELETE FROM room_block_days
    WHERE account_id = old.account_id AND updated_day = old.updated_day AND room_count = 0 AND starts_at = (
        SELECT max(starts_at) FROM room_blocks
        WHERE account_id = old.account_id AND starts_at <= old.created_at
    );
END;

-- Cuts a block before the room at its place 500, unless that was made at the same time as the first.
CREATE TRIGGER room_block_full AFTER UPDATE OF room_count ON room_blocks
WHEN new.room_count > 1000 AND new.starts_at < (
    SELECT created_at FROM rooms
    WHERE account_id = new.account_id AND created_at >= new.starts_at AND deleted_at IS NULL
    ORDER BY created_at LIMIT 1 OFFSET 500
)
BEGIN
    INSERT INTO room_blocks (account_id, starts_at, room_count)
    SELECT account_id, created_at, 0 FROM rooms
    WHERE account_id = new.account_id AND created_at >= new.starts_at AND deleted_at IS NULL
    ORDER BY created_at LIMIT 1 OFFSET 500;
    DELETE FROM room_block_days WHERE account_id = new.account_id AND starts_at = new.starts_at;
    INSERT INTO room_block_days (account_id, starts_at, updated_day, room_count)
    SELECT account_id, starts_at, updated_day, count(*) FROM (
        SELECT account_id, updated_day, (
            SELECT max(starts_at) FROM room_blocks
            WHERE account_id = rooms.account_id AND starts_at <= rooms.created_at
        ) AS starts_at
        FROM rooms
        WHERE account_id = new.account_id AND created_at >= new.starts_at AND deleted_at IS NULL
        ORDER BY created_at LIMIT new.room_count
    ) GROUP BY account_id, starts_at, updated_day;
    UPDATE room_blocks SET room_count = (
        SELECT coalesce(sum(days.room_count), 0) FROM room_block_days AS days
        WHERE days.account_id = room_blocks.account_id AND days.starts_at = room_blocks.starts_at
    ) WHERE account_id = new.account_id AND starts_at IN (
        SELECT starts_at FROM room_blocks
        WHERE account_id = new.account_id AND starts_at >= new.starts_at
        ORDER BY starts_at LIMIT 2
    );
    DELETE FROM room_blocks
    WHERE account_id = new.account_id AND starts_at = new.starts_at AND room_count = 0;
END;
