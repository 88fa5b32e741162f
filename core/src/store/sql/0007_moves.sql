-- A balance that goes from one card to another, from the wish on. Written in one transaction with its outbox row.
CREATE TABLE card_move (
    key       TEXT PRIMARY KEY,        -- idempotency key
    card      TEXT NOT NULL,           -- the cards' ids
    to_card   TEXT NOT NULL,
    number    BLOB NOT NULL,           -- sealed: the cards' numbers, masked
    to_number BLOB NOT NULL,
    request   BLOB NOT NULL,           -- the very bytes that were sent
    sum       INTEGER NOT NULL,        -- tiyn: the balance as it was known; once it is moved, what went
    state     TEXT NOT NULL,           -- asked, moved, not_taken
    refusal   TEXT,                    -- JSON
    receipt   BLOB,
    asked_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX card_move_by_time ON card_move (asked_ms DESC);
