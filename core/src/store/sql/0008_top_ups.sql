-- What was asked for, sealed, until it has its answer: it holds a card's whole number.
ALTER TABLE top_up ADD COLUMN request BLOB;
