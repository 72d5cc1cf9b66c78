-- Refresh tokens that a vendor gave in exchange for others. A token belongs to its *seed*: the one in the
-- configuration that it descends from, which several apps may name. The seed is known by a hash that is keyed with
-- this file's salt, the token is encrypted with a key that is not in this file.
CREATE TABLE token (
    seed   BLOB PRIMARY KEY CHECK (length(seed) = 32),
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Which seed an app last had a token of. A token whose seed no app has any more is dropped.
CREATE TABLE token_of (
    app  TEXT PRIMARY KEY,
    seed BLOB NOT NULL REFERENCES token (seed)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_of_by_seed ON token_of (seed);
