-- Money that went back, JSON; the ride in whose place another one is, JSON.
ALTER TABLE payment ADD COLUMN refund TEXT;
-- The tap by the boot clock, and which start of the phone that counts from.
ALTER TABLE payment ADD COLUMN tapped_boot_ms INTEGER;
ALTER TABLE payment ADD COLUMN boot_id TEXT;
ALTER TABLE ride ADD COLUMN refund TEXT;
ALTER TABLE ride ADD COLUMN corrects TEXT;

-- Wishes to change a ride that is paid: to give it back, or to put it on another bus. Each is written in one
-- transaction with its outbox row.
CREATE TABLE ride_change (
    key      TEXT PRIMARY KEY,         -- idempotency key
    ride     TEXT NOT NULL,
    vehicle  TEXT,                     -- the right bus; none: it is given back
    sum      INTEGER NOT NULL,         -- what goes back; of a correction the difference in fare
    request  BLOB NOT NULL,            -- the very bytes that were sent
    state    TEXT NOT NULL,            -- JSON
    is_open  INTEGER NOT NULL,         -- 1 until the answer is known
    receipt  BLOB,
    asked_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX ride_change_by_ride ON ride_change (ride);
CREATE INDEX ride_change_by_time ON ride_change (asked_ms DESC);
CREATE INDEX ride_by_corrected ON ride (corrects ->> '$.ride') WHERE corrects IS NOT NULL;
