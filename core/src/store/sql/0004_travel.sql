-- Travel Details: newest first without sorting; the seller's fiscal sign; what a top-up's receipt must name;
-- when what was given back returned.
CREATE INDEX payment_by_time ON payment (tapped_ms DESC);
CREATE INDEX ride_by_key ON ride (key);
CREATE INDEX use_by_time ON voucher_use (boarded_s * 1000 DESC);
CREATE INDEX voucher_by_time ON voucher (tapped_ms DESC);
CREATE INDEX top_up_by_time ON top_up (asked_ms DESC);
ALTER TABLE ride ADD COLUMN fiscal TEXT;           -- JSON; none if the seller gave none
ALTER TABLE top_up ADD COLUMN request_hash BLOB;   -- none of one that an older version asked for
ALTER TABLE voucher ADD COLUMN returned_ms INTEGER;
