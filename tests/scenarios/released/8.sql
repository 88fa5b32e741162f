CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    sealed INTEGER NOT NULL DEFAULT 0,
    value  BLOB NOT NULL
) STRICT;
INSERT INTO setting (name, sealed, value) VALUES ('day_signs.asked', 0, x'3230373132');
INSERT INTO setting (name, sealed, value) VALUES ('keys.number', 0, x'3230373132');
INSERT INTO setting (name, sealed, value) VALUES ('time.anchor', 0, x'7b226f70657261746f725f6d73223a313738393534393230303030302c22726f756e645f747269705f6d73223a302c22626f6f745f6d73223a333630303030302c22626f6f745f6964223a22626f6f742d31227d');
INSERT INTO setting (name, sealed, value) VALUES ('terms.accepted', 0, x'7b2276657273696f6e223a312c2261745f6d73223a313738393534393230303030307d');
INSERT INTO setting (name, sealed, value) VALUES ('account.sign_in', 1, x'c2c2fd190af51fa437044624ea65a23694503c02835382023c17a97bb5c7594278f7f0e2a18764471e8cd70ac866e5e24385286d945c192dcf9cb80981b06f30cf8844915a0ffbeed489ef56df1ece934501e0e6bc925694f077750a028cf5b9a4b7efa17efc4c930d91402d8d5d');
INSERT INTO setting (name, sealed, value) VALUES ('account.session', 1, x'593ef7911e11868f55a7dd9aa59539386447f96aacb606012e6c93191f1f4f6432e6efb00856305e00aa691ec68090c7aa5806b3e29de23921bb9c47dd0e88a64243a29e6a8e5c05873f0999f905ac9a94d3622ef1259dbbcc149785257fdf86f64a7e4f643fd16bac3a6c78768e8dacd43128587a8097f75911b0ef735518159b69e71dad3ae4465d231ebb59cee9a780ea46f1a83484f0e090c9c9d2306a6982c952fa07a2b9457c0ae9a12828c4a74ffbddee');
INSERT INTO setting (name, sealed, value) VALUES ('account.owner', 0, x'22617147786967787a50344669393453664f22');
INSERT INTO setting (name, sealed, value) VALUES ('account.device', 0, x'7b226b696e64223a22656e726f6c6c6564222c22646576696365223a2264324262543644675030454267494e344f222c226174746573746564223a66616c73652c2277616974735f756e74696c5f6d73223a6e756c6c7d');
INSERT INTO setting (name, sealed, value) VALUES ('offline.ended', 0, x'66616c7365');
INSERT INTO setting (name, sealed, value) VALUES ('status.number', 0, x'35393635313634');
INSERT INTO setting (name, sealed, value) VALUES ('account.phone_key', 0, x'5b322c3233342c31322c3230342c3235332c3131372c3233312c3139332c31382c332c3231302c3134392c3235342c3137372c3133322c3132322c31392c37352c32322c312c36352c3132332c35362c3230322c39362c3234332c3233302c3138362c34372c3232352c35352c3138382c3230365d');
INSERT INTO setting (name, sealed, value) VALUES ('city.chosen', 0, x'2273616d706c6522');
INSERT INTO setting (name, sealed, value) VALUES ('city.sealed.sample', 0, x'31373839353439323030');
INSERT INTO setting (name, sealed, value) VALUES ('city.installed', 0, x'7b2263697479223a2273616d706c65222c2266696c65223a2273616d706c652d33653330663539342e6a6f6c222c22736861323536223a5b36322c34382c3234352c3134382c3232372c3235302c34302c3139302c37372c36392c3131352c302c38302c36362c32342c3135362c38392c37312c3136382c3231352c3133342c3230302c34342c35392c39362c34342c38312c3135332c3134372c3136382c39332c3137365d7d');
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
INSERT INTO outbox (id, key, operation, method, path, body, sealed, due_ms, give_up_ms, attempts, asked) VALUES (1, 'ac5ea9fcf6a61994525b2028dc8750a3', 'payment', 'POST', '/v1/payments', x'7b2263697479223a2273616d706c65222c2276656869636c65223a2230353438222c226c696e65223a2235222c22776179223a22617070222c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c226f6e655f6d6f7265223a66616c73652c227369676e6174757265223a2258613144425f454d5972566b4b684f6a533439674477794e786c32664b4a45347a775548657039346a714e4e78526a7770324343424d714f6857613067656c4964625538543070576e526e57484b3578345944784d67227d', 0, 3601627, NULL, 2, 1);
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
, form TEXT NOT NULL DEFAULT 'virtual', rest TEXT NOT NULL DEFAULT '{}') STRICT;
INSERT INTO card (id, number, name, category, balance, state, valid_until, as_of_ms, form, rest) VALUES ('cBAMh5EDSqxuklhxa', x'5280db95f0a1bf72b45d7b5d5c68348f22cfa92bbe3a31a4384fb4b0bb8d96136ebc5c4c83b154fa6232f8360188759a7e3f9b87158c9a1b', x'2fa6d9a04ce0442e260505caa96c102f1a46648688cebb41044774c17e5cf0d596dbb0b80d3ec115d174ab', 0, 30000, 'active', NULL, 1789549200000, 'virtual', '{"child":false,"refused":null,"moved_to":null,"day_limit":null,"credential":null}');
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
, refund TEXT, tapped_boot_ms INTEGER, boot_id TEXT) STRICT;
INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms, request, state, decline, again_ms, service, ride, receipt, answered_ms, refund, tapped_boot_ms, boot_id) VALUES ('0e6830e44484f1cd653065bfcc971915', 'sample', '0547', '547', '5', 0, '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 1789549200000, x'7b2263697479223a2273616d706c65222c2276656869636c65223a2230353437222c226c696e65223a2235222c22776179223a22617070222c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c226f6e655f6d6f7265223a66616c73652c227369676e6174757265223a22366a375545384432564e736b42634d78486835692d555653573267326375586b6c55477a354264772d51416b3250597875346c6b625f71353477356977693366425570695170614e35544579704230785655734d6977227d', 'paid', NULL, NULL, NULL, '000000001789be8c', x'8449a201270444534d5002a0586e8901782030653638333065343434383466316364363533303635626663633937313931355820b257c5fefd69692a7e8148f8a8af28c3f45bb1123c87ce2da695dda37f0631a300f61927101b000001a0a971c28048000000001789be8c70303030303030303031373839626538635840c2dde401827603b2c466c2e39b0566163a6324577a6194ac6a9ad27eba51d5960749df207fb042667469d05faf2a4c37cde093c19b0d6a1e33f1cba79529180e', 1789549200000, NULL, 3600000, 'boot-1');
INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms, request, state, decline, again_ms, service, ride, receipt, answered_ms, refund, tapped_boot_ms, boot_id) VALUES ('ac5ea9fcf6a61994525b2028dc8750a3', 'sample', '0548', '548', '5', 0, '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 1789549200000, x'7b2263697479223a2273616d706c65222c2276656869636c65223a2230353438222c226c696e65223a2235222c22776179223a22617070222c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c226f6e655f6d6f7265223a66616c73652c227369676e6174757265223a2258613144425f454d5972566b4b684f6a533439674477794e786c32664b4a45347a775548657039346a714e4e78526a7770324343424d714f6857613067656c4964625538543070576e526e57484b3578345944784d67227d', 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3600000, 'boot-1');
CREATE INDEX payment_open ON payment (state) WHERE state = 'pending';
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
, fiscal TEXT, refund TEXT, corrects TEXT) STRICT;
INSERT INTO ride (ride, key, city, vehicle, painted, plate, line, way, source, passengers, fare, paid_ms, boarding_stop, terminus, state, ends_ms, ticket, continues_on, fiscal, refund, corrects) VALUES ('000000001789be8c', '0e6830e44484f1cd653065bfcc971915', 'sample', '0547', '547', '0547 JL 06', '5', 0, '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 1789549200000, 'East', 'West', 'valid', 1789550400000, x'8449a201270444534d5001a05855900148000000001789be8c1a6aaa5a90001904b0582102ea0cccfd75e7c11203d295feb1847a134b1601417b38ca60f3e6ba2fe137bcce026673616d706c656135633534371ae23f92a9011927106465617374f6f65840cca0bf6f7515c9e3f40ce25005f850ab99e86e063bf276cf648b5d874faea4680bfe03eb9a316393b22173e1935dcaabddae2ffd633ca625d4e9baf46065f20f', '[]', NULL, NULL, NULL);
CREATE INDEX ride_by_time ON ride (paid_ms DESC);
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
CREATE TABLE received (
    ticket      TEXT PRIMARY KEY,      -- its id, hexadecimal
    bytes       BLOB NOT NULL,
    received_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE voucher (
    key            TEXT PRIMARY KEY,
    voucher        TEXT UNIQUE,        -- its id, once it is paid
    city           TEXT NOT NULL,
    source         TEXT NOT NULL,
    passengers     TEXT NOT NULL,
    fare           INTEGER NOT NULL,   -- of one ride
    rides          INTEGER NOT NULL,
    tapped_ms      INTEGER NOT NULL,
    request        BLOB NOT NULL,      -- the very bytes that were sent
    state          TEXT NOT NULL,      -- pending, reserved, declined, giving_back, returned
    decline        TEXT,
    again_ms       INTEGER,
    service        TEXT,
    signed         BLOB,               -- the voucher as it came
    receipt        BLOB,
    own            INTEGER NOT NULL,
    told           TEXT NOT NULL,      -- how its rides stand at the operator, as it told last
    unused_key     TEXT UNIQUE,        -- the giving back of what is left
    unused         BLOB,
    unused_receipt BLOB,
    returns_ms     INTEGER,
    returned       INTEGER
, returned_ms INTEGER) STRICT;
INSERT INTO voucher (key, voucher, city, source, passengers, fare, rides, tapped_ms, request, state, decline, again_ms, service, signed, receipt, own, told, unused_key, unused, unused_receipt, returns_ms, returned, returned_ms) VALUES ('2a82593c61a37d403783ad6b532942f3', '00000001b522080f', 'sample', '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 2, 1789549200000, x'7b2263697479223a2273616d706c65222c227269646573223a322c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c227369676e6174757265223a2257666a3330384d6c765148486d42666b6f6431356b64466d624276456b67676f7474754c615539413971466f676b30383659676c7345636e4b307748643148336d642d636456506c48664162704d2d4145636c6d3451227d', 'reserved', NULL, NULL, NULL, x'8449a201270444534d5001a0584a8d014800000001b522080f1a6aaa5a901a6ab39510191518582102ea0cccfd75e7c11203d295feb1847a134b1601417b38ca60f3e6ba2fe137bcce006673616d706c650119271002f6f658409f2d6bc03546c9eed98cc676dcea32c77822ffff2fd617de776a17d39cb259d194fde6203e174dd83ff17a048f345d3b949075808bf177114c4cba5c2f070e07', x'8449a201270444534d5002a0586e89017820326138323539336336316133376434303337383361643662353332393432663358202062be41cfa882fb68143ca0ba42a6170813521e4754c2ca86c2f298bd1bb47600f6194e201b000001a0a971c2804800000001b522080f70303030303030303162353232303830665840cc62b36dcdc5a4b3227cf7d1d4844b89c8d2ceffa1c5c41c40c49a5bb5fb29c80edf5e10f724ceca84885d774b7b90ed83e2c58fcddd893e1cb10209d4410504', 1, '[]', NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE voucher_use (
    key       TEXT PRIMARY KEY,        -- idempotency key of the report
    voucher   TEXT NOT NULL,
    counter   INTEGER NOT NULL,
    painted   TEXT NOT NULL,           -- as it is signed
    boarded_s INTEGER NOT NULL,
    terminal  BLOB,
    vehicle   TEXT NOT NULL,
    line      TEXT NOT NULL,
    life_s    INTEGER NOT NULL,
    request   BLOB NOT NULL,
    state     TEXT NOT NULL,           -- open, settled, paid_otherwise, misused
    ride      TEXT,
    receipt   BLOB,
    UNIQUE (voucher, counter)
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
, request_hash BLOB, until_ms INTEGER, request BLOB) STRICT;
INSERT INTO top_up (key, top_up, card, provider, sum, state, refusal, hand_over, receipt, asked_ms, request_hash, until_ms, request) VALUES ('12f0e50a9f2a3325c4091e3773150ae1', 'tP5vgxJ42Uy8pJkGt', x'4d2458a17a3e629b4a1972dbcc681056e5f957b026f2f32b5b8428ef50439ee67c11eb68c85a6c8491cb68fb330a454239d9c98f75fea6f8bad76de904d087a8f202ef3912b56b235841304aebc0a3d9', 'app', 30000, 'done', NULL, NULL, x'8449a201270444534d5002a058678901782031326630653530613966326133333235633430393165333737333135306165315820d53258be7f6fdfffe43db4ed49d196549397ce794e99c01df7ba9e33d7fd2c1504f61975301b000001a0a971c280f6716e4b34385044776666445950736a4f39725840253d6cc1839210fb6167fdb943a99d6dffb447901663c2efb4f3bd016c119ab88ef234666b3965ef9004c358131c2aceb0ef0c6366de8f7b69c6aeaf8d96ed06', 1789549200000, x'd53258be7f6fdfffe43db4ed49d196549397ce794e99c01df7ba9e33d7fd2c15', NULL, NULL);
CREATE TABLE posting (
    id          INTEGER PRIMARY KEY,
    transaction_key TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    account     TEXT NOT NULL,
    tiyn        INTEGER NOT NULL,
    UNIQUE (transaction_key, account)
) STRICT;
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (1, '12f0e50a9f2a3325c4091e3773150ae1', 1789549200000, 'phone', -30000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (2, '12f0e50a9f2a3325c4091e3773150ae1', 1789549200000, 'card:cBAMh5EDSqxuklhxa', 30000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (3, '0e6830e44484f1cd653065bfcc971915', 1789549200000, 'phone', -10000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (4, '0e6830e44484f1cd653065bfcc971915', 1789549200000, 'fares', 10000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (5, '2a82593c61a37d403783ad6b532942f3', 1789549200000, 'phone', -20000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (6, '2a82593c61a37d403783ad6b532942f3', 1789549200000, 'vouchers', 20000);
CREATE TABLE kept (
    id    TEXT PRIMARY KEY,
    city  TEXT NOT NULL,
    kind  TEXT NOT NULL,               -- place, line, trip, journey, recent_place, recent_trip
    at_ms INTEGER NOT NULL,            -- when it was kept or looked for
    what  BLOB NOT NULL                -- JSON, sealed
) STRICT;
CREATE INDEX kept_by_kind ON kept (kind, city);
CREATE TABLE till_shift (
    till    INTEGER PRIMARY KEY,       -- the operator's number, which counts up
    licence BLOB NOT NULL,             -- as it came
    number  INTEGER NOT NULL,          -- the till's index in numbers on paper
    secret  BLOB NOT NULL,             -- of those numbers; sealed
    bus     TEXT NOT NULL,             -- on which it began, as painted
    closed  INTEGER NOT NULL DEFAULT 0
) STRICT;
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
CREATE INDEX payment_by_time ON payment (tapped_ms DESC);
CREATE INDEX ride_by_key ON ride (key);
CREATE INDEX use_by_time ON voucher_use (boarded_s * 1000 DESC);
CREATE INDEX voucher_by_time ON voucher (tapped_ms DESC);
CREATE INDEX top_up_by_time ON top_up (asked_ms DESC);
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
PRAGMA user_version = 8;
