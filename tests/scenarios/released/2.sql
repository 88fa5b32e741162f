CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    sealed INTEGER NOT NULL DEFAULT 0,
    value  BLOB NOT NULL
) STRICT;
INSERT INTO setting (name, sealed, value) VALUES ('day_signs.asked', 0, x'3230373132');
INSERT INTO setting (name, sealed, value) VALUES ('keys.number', 0, x'3230373132');
INSERT INTO setting (name, sealed, value) VALUES ('day_signs.number', 0, x'3230373132');
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
INSERT INTO outbox (id, key, operation, method, path, body, sealed, due_ms, give_up_ms, attempts, asked) VALUES (1, '5280db95f0a1bf72b45d7b5d5c68348f', 'payment', 'POST', '/v1/payments', x'7b2263697479223a2273616d706c65222c2276656869636c65223a2230353438222c226c696e65223a2235222c22776179223a22617070222c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c226f6e655f6d6f7265223a66616c73652c227369676e6174757265223a22646b69774f31677739463848556e3174666238304b48714334435f6950785a437258305478724b554d6b4d2d346268624443764c5f39485469727932326e744d4c6b7a596f76455a75724868634a6a377a506f377a51227d', 0, 3600550, NULL, 1, 1);
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
INSERT INTO card (id, number, name, category, balance, state, valid_until, as_of_ms) VALUES ('cBAMh5EDSqxuklhxa', x'0dd4202487936fa1bf0d6a38d5256167fa5f01fe57c52b2a40a1bd71d7555e3726f46b922ae84bf51803b5f1f59b5e51b329ce849e9de083', x'cbaceae8a7daa41af3f5a21430cd5dc3d1e7ab604383c52acd79d288ec3815200e1004c82d401781441445', 0, 30000, 'active', NULL, 1789549200000);
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
INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms, request, state, decline, again_ms, service, ride, receipt, answered_ms) VALUES ('c76263e41ae5fc56c27413d967d5b93d', 'sample', '0547', '547', '5', 0, '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 1789549200000, x'7b2263697479223a2273616d706c65222c2276656869636c65223a2230353437222c226c696e65223a2235222c22776179223a22617070222c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c226f6e655f6d6f7265223a66616c73652c227369676e6174757265223a225a694851384679344d6936597941695256655f6e516b314e4f536f6a58476958354b73376f5953714552563672446c42796e45536c783952383558525a724948334e7a556a54387a6c765f3054492d43597a70706b77227d', 'paid', NULL, NULL, NULL, '000000001789be8c', x'8449a201270444534d5002a0586e89017820633736323633653431616535666335366332373431336439363764356239336458203773e3b7beb38b1e1b145931ae48166a7df5a1535ac4ccb9cb8fdd9abb82bf2700f61927101b000001a0a971c28048000000001789be8c7030303030303030303137383962653863584045fe9fc1e5c5a878c39a3d06a542deb19cdec2333eab4db2a6468d2b84fc56816dbb8d8a3bc3f82c83f9230dbb0bbe2fb293e84f94701012f88a5dd341e8f008', 1789549200000);
INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms, request, state, decline, again_ms, service, ride, receipt, answered_ms) VALUES ('5280db95f0a1bf72b45d7b5d5c68348f', 'sample', '0548', '548', '5', 0, '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 1789549200000, x'7b2263697479223a2273616d706c65222c2276656869636c65223a2230353438222c226c696e65223a2235222c22776179223a22617070222c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c226f6e655f6d6f7265223a66616c73652c227369676e6174757265223a22646b69774f31677739463848556e3174666238304b48714334435f6950785a437258305478724b554d6b4d2d346268624443764c5f39485469727932326e744d4c6b7a596f76455a75724868634a6a377a506f377a51227d', 'pending', NULL, NULL, NULL, NULL, NULL, NULL);
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
) STRICT;
INSERT INTO ride (ride, key, city, vehicle, painted, plate, line, way, source, passengers, fare, paid_ms, boarding_stop, terminus, state, ends_ms, ticket, continues_on) VALUES ('000000001789be8c', 'c76263e41ae5fc56c27413d967d5b93d', 'sample', '0547', '547', '0547 JL 06', '5', 0, '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 1789549200000, 'East', 'West', 'valid', 1789550400000, x'8449a201270444534d5001a05855900148000000001789be8c1a6aaa5a90001904b0582102ea0cccfd75e7c11203d295feb1847a134b1601417b38ca60f3e6ba2fe137bcce026673616d706c656135633534371ae23f92a9011927106465617374f6f65840cca0bf6f7515c9e3f40ce25005f850ab99e86e063bf276cf648b5d874faea4680bfe03eb9a316393b22173e1935dcaabddae2ffd633ca625d4e9baf46065f20f', '[]');
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
) STRICT;
INSERT INTO voucher (key, voucher, city, source, passengers, fare, rides, tapped_ms, request, state, decline, again_ms, service, signed, receipt, own, told, unused_key, unused, unused_receipt, returns_ms, returned) VALUES ('062fccfe825fdcbe5607bdab9a91e175', '00000001b522080f', 'sample', '{"kind":"phone_balance"}', '[{"category":"standard","count":1}]', 10000, 2, 1789549200000, x'7b2263697479223a2273616d706c65222c227269646573223a322c22736f75726365223a7b226b696e64223a2270686f6e655f62616c616e6365227d2c2270617373656e67657273223a5b7b2263617465676f7279223a227374616e64617264222c22636f756e74223a317d5d2c2263617264223a6e756c6c2c2266617265223a31303030302c227461707065645f6d73223a313738393534393230303030302c226e6f745f61667465725f6d73223a313738393534393830303030302c227369676e6174757265223a22334655323770693142525a7575454379364448534a706e4b756564374d4c415055716c535a632d625463635271666c67595f395355537043456b714e7858735a5a5f31684375685f4d424d5a6b33626d503247687751227d', 'reserved', NULL, NULL, NULL, x'8449a201270444534d5001a0584a8d014800000001b522080f1a6aaa5a901a6ab39510191518582102ea0cccfd75e7c11203d295feb1847a134b1601417b38ca60f3e6ba2fe137bcce006673616d706c650119271002f6f658409f2d6bc03546c9eed98cc676dcea32c77822ffff2fd617de776a17d39cb259d194fde6203e174dd83ff17a048f345d3b949075808bf177114c4cba5c2f070e07', x'8449a201270444534d5002a0586e89017820303632666363666538323566646362653536303762646162396139316531373558203257f497bdea1007845338a2d45f92c86490ebef92d0cd46d506a4575d052c8100f6194e201b000001a0a971c2804800000001b522080f70303030303030303162353232303830665840311f8ff57a7925b43b9e472c85887303e1ed5968374d7045cd59a10299dea92e8651717df258f5cc321c9b3117b05430cfc311261018107b0de63e849fc7290a', 1, '[]', NULL, NULL, NULL, NULL, NULL);
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
) STRICT;
INSERT INTO top_up (key, top_up, card, provider, sum, state, refusal, hand_over, receipt, asked_ms) VALUES ('74e461a8a37fe0e1cec0fa8a3740d827', 'tP5vgxJ42Uy8pJkGt', x'9de378f2ef9387db17654a6caccd75cf12f0e50a9f2a332577f3dabb0b95523d9a65856cbfd0312c437d30c1161f3ccdc2ab530c3dde0d56cf287ce90f8e38398937ff30cb60695e2e00283c8c5c0754', 'app', 30000, 'done', NULL, NULL, x'8449a201270444534d5002a058678901782037346534363161386133376665306531636563306661386133373430643832375820d53258be7f6fdfffe43db4ed49d196549397ce794e99c01df7ba9e33d7fd2c1504f61975301b000001a0a971c280f6716e4b34385044776666445950736a4f39725840c7abe72a0719c39fe7d3e767360bfb3bb9cef54cf618751f7dbeaa4479a73701bf1214640ff484ff905399ebd6ecea191066f30ae6f9cc451b43d22911ea7a06', 1789549200000);
CREATE TABLE posting (
    id          INTEGER PRIMARY KEY,
    transaction_key TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    account     TEXT NOT NULL,
    tiyn        INTEGER NOT NULL,
    UNIQUE (transaction_key, account)
) STRICT;
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (1, '74e461a8a37fe0e1cec0fa8a3740d827', 1789549200000, 'phone', -30000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (2, '74e461a8a37fe0e1cec0fa8a3740d827', 1789549200000, 'card:cBAMh5EDSqxuklhxa', 30000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (3, 'c76263e41ae5fc56c27413d967d5b93d', 1789549200000, 'phone', -10000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (4, 'c76263e41ae5fc56c27413d967d5b93d', 1789549200000, 'fares', 10000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (5, '062fccfe825fdcbe5607bdab9a91e175', 1789549200000, 'phone', -20000);
INSERT INTO posting (id, transaction_key, at_ms, account, tiyn) VALUES (6, '062fccfe825fdcbe5607bdab9a91e175', 1789549200000, 'vouchers', 20000);
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
PRAGMA user_version = 2;
