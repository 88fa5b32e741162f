-- A conductor's shifts, each with the operator's licence to sell for cash.
CREATE TABLE till_shift (
    till    INTEGER PRIMARY KEY,       -- the operator's number, which counts up
    licence BLOB NOT NULL,             -- as it came
    number  INTEGER NOT NULL,          -- the till's index in numbers on paper
    secret  BLOB NOT NULL,             -- of those numbers; sealed
    bus     TEXT NOT NULL,             -- on which it began, as painted
    closed  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What was sold in a shift, each written in one transaction with its outbox row.
CREATE TABLE cash_sale (
    till      INTEGER NOT NULL REFERENCES till_shift,
    serial    INTEGER NOT NULL,        -- of its first passenger, from 1
    sale      BLOB NOT NULL,           -- as it was signed
    signature BLOB NOT NULL,           -- by the conductor's phone
    prices    TEXT NOT NULL,           -- what the passengers of each category paid, JSON
    state     TEXT NOT NULL,           -- waiting, taken, refused
    refusal   TEXT,                    -- why, JSON
    PRIMARY KEY (till, serial)
) STRICT, WITHOUT ROWID;
