-- Lists of what webhooks had to tell, for the account that it is of.

-- Each combination of state and type in the order of the list, so that a page walks only what it shows.
CREATE INDEX outbox_of_account ON outbox (account_id, state, event_type, seq);

-- How many there are of each combination in each block of 1,024 (`seq >> 10`), for an account (list 1) and for a room
-- (list 2), so that a list walks neither what it counts nor what it passes over.
CREATE TABLE outbox_counts (
    list INTEGER NOT NULL,
    owner BLOB NOT NULL,
    block INTEGER NOT NULL,
    state TEXT NOT NULL,
    event_type TEXT NOT NULL,
    events INTEGER NOT NULL CHECK (events >= 0),
    PRIMARY KEY (list, owner, block, state, event_type)
) STRICT, WITHOUT ROWID;

INSERT INTO outbox_counts (list, owner, block, state, event_type, events)
SELECT 1, account_id, seq >> 10, state, event_type, count(*) FROM outbox GROUP BY 2, 3, 4, 5;
INSERT INTO outbox_counts (list, owner, block, state, event_type, events)
SELECT 2, room_id, seq >> 10, state, event_type, count(*) FROM outbox GROUP BY 2, 3, 4, 5;

CREATE TRIGGER outbox_counted AFTER INSERT ON outbox
BEGIN
    INSERT INTO outbox_counts (list, owner, block, state, event_type, events)
    VALUES (1, new.account_id, new.seq >> 10, new.state, new.event_type, 1)
    ON CONFLICT DO UPDATE SET events = events + 1;
    INSERT INTO outbox_counts (list, owner, block, state, event_type, events)
    VALUES (2, new.room_id, new.seq >> 10, new.state, new.event_type, 1)
    ON CONFLICT DO UPDATE SET events = events + 1;
END;

CREATE TRIGGER outbox_discounted AFTER DELETE ON outbox
BEGIN
    UPDATE outbox_counts SET events = events - 1
    WHERE list = 1 AND owner = old.account_id AND block = old.seq >> 10
    AND state = old.state AND event_type = old.event_type;
    UPDATE outbox_counts SET events = events - 1
    WHERE list = 2 AND owner = old.room_id AND block = old.seq >> 10
    AND state = old.state AND event_type = old.event_type;
END;

CREATE TRIGGER outbox_moved AFTER UPDATE OF state ON outbox
WHEN old.state <> new.state
BEGIN
    UPDATE outbox_counts SET events = events - 1
    WHERE list = 1 AND owner = old.account_id AND block = old.seq >> 10
    AND state = old.state AND event_type = old.event_type;
    UPDATE outbox_counts SET events = events - 1
    WHERE list = 2 AND owner = old.room_id AND block = old.seq >> 10
    AND state = old.state AND event_type = old.event_type;
    INSERT INTO outbox_counts (list, owner, block, state, event_type, events)
    VALUES (1, new.account_id, new.seq >> 10, new.state, new.event_type, 1)
    ON CONFLICT DO UPDATE SET events = events + 1;
    INSERT INTO outbox_counts (list, owner, block, state, event_type, events)
    VALUES (2, new.room_id, new.seq >> 10, new.state, new.event_type, 1)
    ON CONFLICT DO UPDATE SET events = events + 1;
END;

CREATE TRIGGER outbox_count_empty AFTER UPDATE OF events ON outbox_counts
WHEN new.events = 0
BEGIN
    DELETE FROM outbox_counts
    WHERE list = new.list AND owner = new.owner AND block = new.block
    AND state = new.state AND event_type = new.event_type;
END;
