-- All that the sandbox operator holds. Times are ms since 1970, sums are tiyn.
CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE account (account TEXT PRIMARY KEY, recipient TEXT NOT NULL UNIQUE, terms INTEGER NOT NULL,
    since_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sign_in (sign_in TEXT PRIMARY KEY, recipient TEXT NOT NULL, terms INTEGER NOT NULL,
    code TEXT NOT NULL, at_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, tries_left INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_recipient ON sign_in (recipient, at_ms);
CREATE TABLE message (message INTEGER PRIMARY KEY, recipient TEXT NOT NULL, text TEXT NOT NULL,
    at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX message_recipient ON message (recipient);
-- A session is found by the hash of its token.
CREATE TABLE session (token BLOB PRIMARY KEY, account TEXT NOT NULL, nonce BLOB NOT NULL, device TEXT)
    STRICT, WITHOUT ROWID;
CREATE TABLE device (device TEXT PRIMARY KEY, account TEXT NOT NULL, public_key BLOB NOT NULL,
    name TEXT NOT NULL, attested INTEGER NOT NULL, waits_until_ms INTEGER, since_ms INTEGER NOT NULL,
    UNIQUE (account, public_key)) STRICT, WITHOUT ROWID;
-- What a carrier says of a number: when its SIM was replaced, and when it was given to another subscriber.
CREATE TABLE sim (number TEXT PRIMARY KEY, replaced_ms INTEGER, recycled_ms INTEGER) STRICT, WITHOUT ROWID;

-- A card without an account was sold and never registered. `was`: how one stood that is blocked or lost.
CREATE TABLE card (place INTEGER PRIMARY KEY, card TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE, account TEXT, at_ms INTEGER NOT NULL,
    answer TEXT NOT NULL, was TEXT) STRICT;
-- The code by which a card that was sold comes to an account.
CREATE TABLE card_code (card TEXT PRIMARY KEY, code TEXT NOT NULL, tries_left INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
-- Codes of cards that were shown, by card and slot: another bus does not take one again.
CREATE TABLE shown_card (card TEXT NOT NULL, slot INTEGER NOT NULL, vehicle TEXT NOT NULL,
    PRIMARY KEY (card, slot)) STRICT, WITHOUT ROWID;
CREATE TABLE pass (pass TEXT PRIMARY KEY, account TEXT NOT NULL, until TEXT NOT NULL, answer TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE INDEX pass_account ON pass (account);
CREATE INDEX card_account ON card (account);
CREATE TABLE top_up (top_up TEXT PRIMARY KEY, account TEXT NOT NULL, card TEXT NOT NULL, key TEXT NOT NULL,
    request_hash BLOB NOT NULL, answer TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX top_up_card ON top_up (card);
CREATE TABLE bank_card (link TEXT PRIMARY KEY, account TEXT NOT NULL, token TEXT,
    refused INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX bank_card_account ON bank_card (account);

-- `due_ms`: when a pending payment's carrier is asked again. `follows`: shares another one's answer.
CREATE TABLE payment (payer TEXT NOT NULL, key TEXT NOT NULL, vehicle TEXT NOT NULL,
    request TEXT NOT NULL, request_hash BLOB NOT NULL, device TEXT, run TEXT, fare INTEGER NOT NULL,
    due_ms INTEGER, follows TEXT, answer TEXT NOT NULL, PRIMARY KEY (payer, key)) STRICT, WITHOUT ROWID;
CREATE INDEX payment_due ON payment (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX payment_follows ON payment (payer, follows) WHERE follows IS NOT NULL;
-- `payer` is an account, or `card:` and the id of a card that nobody registered.
CREATE TABLE ride (ride TEXT PRIMARY KEY, payer TEXT NOT NULL, vehicle TEXT NOT NULL, run TEXT NOT NULL,
    ticket_index INTEGER NOT NULL UNIQUE, paid_ms INTEGER NOT NULL, answer TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE INDEX ride_payer ON ride (payer, paid_ms);
CREATE INDEX ride_refunded ON ride (ride) WHERE answer ->> 'state' = 'refunded';
-- Every ticket that was issued. `standing`: held by who paid, sent to another phone, or replaced.
CREATE TABLE ticket (ticket_index INTEGER PRIMARY KEY, ride TEXT NOT NULL, standing TEXT NOT NULL,
    at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX ticket_ride ON ticket (ride);
CREATE INDEX ticket_replaced ON ticket (ticket_index) WHERE standing = 'replaced';
-- A run that broke down ends too, but its tickets hold on the line's next bus.
CREATE TABLE closed_run (vehicle TEXT NOT NULL, run TEXT NOT NULL, at_ms INTEGER NOT NULL,
    broken_down INTEGER NOT NULL, next TEXT NOT NULL, PRIMARY KEY (vehicle, run)) STRICT, WITHOUT ROWID;
CREATE INDEX ride_vehicle ON ride (vehicle, paid_ms);
-- What a ride is found by that was paid without the app, beside the card that paid it.
CREATE TABLE ride_number (ride TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
    PRIMARY KEY (ride, kind, number)) STRICT, WITHOUT ROWID;
-- What was answered to a message that pays a ride: one that its carrier delivers twice is one message.
CREATE TABLE answered_message (way TEXT NOT NULL, sender TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL,
    at_ms INTEGER NOT NULL, PRIMARY KEY (way, sender, id)) STRICT, WITHOUT ROWID;
-- What became of what terminals reported, by the terminal's own number for it.
CREATE TABLE tap (vehicle TEXT NOT NULL, tap TEXT NOT NULL, medium TEXT NOT NULL, at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL, PRIMARY KEY (vehicle, tap)) STRICT, WITHOUT ROWID;
-- Terminals that nobody has heard of since then.
CREATE TABLE silent_terminal (vehicle TEXT PRIMARY KEY, since_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE inspection (inspection INTEGER PRIMARY KEY, ticket TEXT, intent TEXT, challenge BLOB,
    counter INTEGER, verdict TEXT NOT NULL, vehicle TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX inspection_ticket ON inspection (substr(ticket, 1, 8));
-- Accounts that gave a ride back which an inspector had seen: they give none back by themselves any more.
CREATE TABLE refunds_ended (payer TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- What phones showed to inspectors of payments that had no answer, by the hash of the payment's key and the
-- phone's own; `account` is whose phone it is, `became` what came of it.
CREATE TABLE intent (payment BLOB NOT NULL, phone BLOB NOT NULL, account TEXT, shown TEXT NOT NULL,
    seen_ms INTEGER NOT NULL, became TEXT NOT NULL, PRIMARY KEY (payment, phone)) STRICT, WITHOUT ROWID;
-- Rides that are paid before, from the reservation on. `due_ms`: when its carrier is asked again;
-- `held_due_ms`: when something happens to its rides by itself.
CREATE TABLE voucher (payer TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL,
    request_hash BLOB NOT NULL, device TEXT NOT NULL, due_ms INTEGER, answer TEXT NOT NULL,
    voucher TEXT UNIQUE, ticket_index INTEGER UNIQUE, signed BLOB, held TEXT, held_due_ms INTEGER,
    at_ms INTEGER NOT NULL, PRIMARY KEY (payer, key)) STRICT, WITHOUT ROWID;
CREATE INDEX voucher_due ON voucher (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX voucher_held_due ON voucher (held_due_ms) WHERE held_due_ms IS NOT NULL;
-- What the phone reported: a ride of a voucher on a vehicle, and the ride that it is.
CREATE TABLE voucher_use (voucher TEXT NOT NULL, counter INTEGER NOT NULL, vehicle TEXT NOT NULL,
    by_key TEXT NOT NULL, ride TEXT NOT NULL, PRIMARY KEY (voucher, counter, vehicle)) STRICT, WITHOUT ROWID;
-- Accounts whose offline rides ended.
CREATE TABLE offline_ended (payer TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- A till is one shift of one conductor; its numbers on paper hang on its secret.
CREATE TABLE till (till INTEGER PRIMARY KEY, account TEXT NOT NULL, city TEXT NOT NULL, vehicle TEXT NOT NULL,
    licence BLOB NOT NULL, secret BLOB NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL) STRICT;
-- A sale as the conductor's phone signed it, by the number of its first passenger. `expected`: what the rules
-- would have asked; `run` and `ends_ms`: rides for cash are nobody's, and end with the run.
CREATE TABLE cash_sale (till INTEGER NOT NULL REFERENCES till, serial INTEGER NOT NULL, sale BLOB NOT NULL,
    signature BLOB NOT NULL, vehicle TEXT NOT NULL, fare INTEGER NOT NULL, expected INTEGER,
    in_shift INTEGER NOT NULL, sold_ms INTEGER NOT NULL, run TEXT, ends_ms INTEGER NOT NULL,
    PRIMARY KEY (till, serial)) STRICT, WITHOUT ROWID;

-- What was answered to a POST, so that the same one gets the same answer.
CREATE TABLE answered (caller TEXT NOT NULL, key TEXT NOT NULL, request_hash BLOB NOT NULL,
    status INTEGER, body BLOB, PRIMARY KEY (caller, key)) STRICT, WITHOUT ROWID;

-- Double entry: the postings of an entry add up to zero.
CREATE TABLE entry (entry INTEGER PRIMARY KEY, what TEXT NOT NULL, reference TEXT NOT NULL,
    at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE posting (entry INTEGER NOT NULL REFERENCES entry, purse TEXT NOT NULL, gain INTEGER NOT NULL)
    STRICT;
CREATE INDEX posting_purse ON posting (purse);
CREATE INDEX posting_entry ON posting (entry);
