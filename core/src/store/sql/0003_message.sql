-- Messages that the passenger opened to pay a ride (SMS, messenger), from then on. No phone number and no answer
-- word for word: of an answer only what was read in it.
CREATE TABLE message (
    id             TEXT PRIMARY KEY,
    city           TEXT NOT NULL,
    way            INTEGER NOT NULL,
    vehicle        TEXT NOT NULL,      -- the bus as it was published then, JSON
    passengers     INTEGER NOT NULL,
    fare           INTEGER NOT NULL,   -- what it was to cost
    recipient      TEXT NOT NULL,      -- the operator's short number, or the messenger's name
    text           TEXT NOT NULL,
    opened_ms      INTEGER NOT NULL,
    holds_until_ms INTEGER NOT NULL,   -- until when a ticket of it would hold at the latest
    reply          TEXT,               -- what the answer says that the passenger showed, JSON; proves nothing
    replied_ms     INTEGER,
    asked_ms       INTEGER,            -- when the operator, asked since that answer, had no such ride
    state          TEXT NOT NULL,      -- open, paid, paid_otherwise, never_paid, taken_back
    ride           TEXT
) STRICT;
CREATE INDEX message_by_time ON message (opened_ms DESC);
