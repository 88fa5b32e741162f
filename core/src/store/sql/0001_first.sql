-- Small states and settings, each a JSON value under its name. Sealed where `sealed` is 1.
CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    sealed INTEGER NOT NULL DEFAULT 0,
    value  BLOB NOT NULL
) STRICT;

-- Calls to the operator that have no answer yet. A payment is a row here before it is a request.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,   -- idempotency key of a POST; the path of a GET
    operation  TEXT NOT NULL,
    method     TEXT NOT NULL,
    path       TEXT NOT NULL,
    body       BLOB NOT NULL,          -- the very bytes that are sent, each time the same
    sealed     INTEGER NOT NULL,       -- 1 where the body holds a number, a name or a code
    due_ms     INTEGER NOT NULL,       -- by the boot clock, which nobody can set; all are due at a start
    give_up_ms INTEGER,                -- likewise; none for money, which waits until an answer is known
    attempts   INTEGER NOT NULL DEFAULT 0,
    asked      INTEGER NOT NULL DEFAULT 1  -- how often a GET was asked for: its answer serves those before
) STRICT;

-- Documents that the operator publishes, as they came, readable without a network.
CREATE TABLE document (
    path       TEXT PRIMARY KEY,
    etag       TEXT,
    body       BLOB NOT NULL,
    fetched_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE card (
    id          TEXT PRIMARY KEY,
    number      BLOB NOT NULL,         -- sealed
    name        BLOB NOT NULL,         -- sealed
    category    INTEGER NOT NULL,
    balance     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    valid_until TEXT,
    as_of_ms    INTEGER NOT NULL
) STRICT;

-- An intent to pay and what became of it. Written in one transaction with its outbox row.
CREATE TABLE payment (
    key         TEXT PRIMARY KEY,
    city        TEXT NOT NULL,
    vehicle     TEXT NOT NULL,
    painted     TEXT NOT NULL,
    line        TEXT NOT NULL,
    way         INTEGER NOT NULL,
    source      TEXT NOT NULL,
    passengers  TEXT NOT NULL,
    fare        INTEGER NOT NULL,
    tapped_ms   INTEGER NOT NULL,
    request     BLOB NOT NULL,         -- the very bytes that were sent
    state       TEXT NOT NULL,         -- pending, paid, already_paid, declined, refunded
    decline     TEXT,
    again_ms    INTEGER,
    service     TEXT,
    ride        TEXT,
    receipt     BLOB,
    answered_ms INTEGER
) STRICT;
CREATE INDEX payment_open ON payment (state) WHERE state = 'pending';

-- A ride with the bytes of its ticket as they came: shown whatever clock, network or key do.
CREATE TABLE ride (
    ride          TEXT PRIMARY KEY,
    key           TEXT NOT NULL,
    city          TEXT NOT NULL,
    vehicle       TEXT NOT NULL,
    painted       TEXT NOT NULL,
    plate         TEXT NOT NULL,
    line          TEXT NOT NULL,
    way           INTEGER NOT NULL,
    source        TEXT NOT NULL,
    passengers    TEXT NOT NULL,
    fare          INTEGER NOT NULL,
    paid_ms       INTEGER NOT NULL,
    boarding_stop TEXT,
    terminus      TEXT NOT NULL,
    state         TEXT NOT NULL,
    ends_ms       INTEGER NOT NULL,
    ticket        BLOB NOT NULL,
    continues_on  TEXT NOT NULL        -- where the bus broke down: the buses on which the ticket holds
) STRICT;
CREATE INDEX ride_by_time ON ride (paid_ms DESC);

-- Tickets that are asked for: a ride's for this phone, or one for a companion's.
CREATE TABLE handover (
    key        TEXT PRIMARY KEY,       -- idempotency key
    ride       TEXT NOT NULL,
    phone      BLOB,                   -- the companion's key; none for this phone
    passengers TEXT NOT NULL,
    state      TEXT NOT NULL,          -- asked, done, refused
    refusal    TEXT,
    ticket     BLOB,                   -- what was sent
    asked_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX handover_by_ride ON handover (ride);

-- Tickets that somebody sent to this phone, as they came.
CREATE TABLE received (
    ticket      TEXT PRIMARY KEY,      -- its id, hexadecimal
    bytes       BLOB NOT NULL,
    received_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE top_up (
    key       TEXT PRIMARY KEY,
    top_up    TEXT,
    card      BLOB NOT NULL,           -- masked number, sealed
    provider  TEXT NOT NULL,
    sum       INTEGER NOT NULL,
    state     TEXT NOT NULL,
    refusal   TEXT,
    hand_over TEXT,
    receipt   BLOB,
    asked_ms  INTEGER NOT NULL
) STRICT;

-- Double entry: the postings of one transaction sum to zero.
CREATE TABLE posting (
    id          INTEGER PRIMARY KEY,
    transaction_key TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    account     TEXT NOT NULL,
    tiyn        INTEGER NOT NULL,
    UNIQUE (transaction_key, account)
) STRICT;

-- What the passenger keeps, and what they looked for last; newest rows last. The cell tells where somebody
-- lives and goes.
CREATE TABLE kept (
    id    TEXT PRIMARY KEY,
    city  TEXT NOT NULL,
    kind  TEXT NOT NULL,               -- place, line, trip, journey, recent_place, recent_trip
    at_ms INTEGER NOT NULL,            -- when it was kept or looked for
    what  BLOB NOT NULL                -- JSON, sealed
) STRICT;
CREATE INDEX kept_by_kind ON kept (kind, city);
