-- Families whose refresh token rotates and was refreshed at least once, until their last token expired.
CREATE TABLE rotations (
    family_id BLOB NOT NULL PRIMARY KEY CHECK (length(family_id) = 16),
    -- The refresh token that was used last, and the two tokens issued for it.
    previous_id BLOB NOT NULL CHECK (length(previous_id) = 16),
    refresh_id BLOB NOT NULL CHECK (length(refresh_id) = 16),
    client_id BLOB NOT NULL CHECK (length(client_id) = 16),
    client_expires_at INTEGER NOT NULL,
    client_used INTEGER NOT NULL CHECK (client_used IN (0, 1)),
    ended INTEGER NOT NULL CHECK (ended IN (0, 1)),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rotations_by_end ON rotations (until);

-- Single tokens that open nothing any more, though their family does.
CREATE TABLE revoked_tokens (
    token_id BLOB NOT NULL PRIMARY KEY CHECK (length(token_id) = 16),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_tokens_by_end ON revoked_tokens (until);
