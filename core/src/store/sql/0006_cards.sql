-- What a card is made of; and the rest of it, JSON: no number and no name.
ALTER TABLE card ADD COLUMN form TEXT NOT NULL DEFAULT 'virtual';
ALTER TABLE card ADD COLUMN rest TEXT NOT NULL DEFAULT '{}';
-- Until when a top-up waits for its card at a validator.
ALTER TABLE top_up ADD COLUMN until_ms INTEGER;

-- Cards and passes that are bought, from the wish on. Written in one transaction with its outbox row.
CREATE TABLE purchase (
    key      TEXT PRIMARY KEY,         -- idempotency key
    city     TEXT NOT NULL,
    item     TEXT NOT NULL,            -- JSON
    price    INTEGER NOT NULL,
    source   TEXT NOT NULL,
    request  BLOB NOT NULL,            -- the very bytes that were sent
    state    TEXT NOT NULL,            -- asked, bought, declined, not_taken
    why      TEXT,                     -- JSON of a state that is none of the first two
    what     TEXT,                     -- the card's or the pass's id, once it is bought
    receipt  BLOB,
    asked_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX purchase_by_time ON purchase (asked_ms DESC);
