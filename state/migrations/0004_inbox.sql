-- What webhooks pointed at and no run has looked at yet. A letter names somebody and says nothing about them: what is
-- known of a contact comes from its app. A letter that comes again while it waits takes a new number, so that a run
-- that is just looking does not throw away news that came after its look.
CREATE TABLE inbox (
    letter_no    INTEGER PRIMARY KEY AUTOINCREMENT,
    app          TEXT NOT NULL REFERENCES app (name),
    -- Keyed with this file's salt, over what the letter says: the same letter twice is one.
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    contact      TEXT,
    -- Only where the vendor names nobody by id: as the vendor spells it, and for comparison.
    address      TEXT,
    email_key    TEXT,
    -- When whoever has the address opted out, and by which event, where that is what the letter says.
    opted_out_ms INTEGER,
    opted_out_by TEXT,
    -- Runs that looked and could not reach whoever it names.
    tries        INTEGER NOT NULL DEFAULT 0,
    UNIQUE (app, hash),
    CHECK ((contact IS NULL) <> (address IS NULL)),
    CHECK ((address IS NULL) = (email_key IS NULL)),
    CHECK ((opted_out_ms IS NULL) = (opted_out_by IS NULL)),
    CHECK (opted_out_ms IS NULL OR address IS NOT NULL)
) STRICT;

CREATE INDEX inbox_by_app ON inbox (app, letter_no);

-- Who opted out of an app that tells so once, by webhook, and shows it in no record. It goes with every observation of
-- the contact from then on.
CREATE TABLE opted_out (
    app    TEXT NOT NULL REFERENCES app (name),
    id     TEXT NOT NULL,
    at_ms  INTEGER NOT NULL,
    -- By which event.
    source TEXT NOT NULL,
    PRIMARY KEY (app, id)
) STRICT, WITHOUT ROWID;

-- Apps whose webhooks told of more than the inbox holds: their next listing reads everything. Numbers are never used
-- twice, so that a mark made while everything is read outlives that reading.
CREATE TABLE full_look (
    mark_no INTEGER PRIMARY KEY AUTOINCREMENT,
    app     TEXT NOT NULL UNIQUE REFERENCES app (name)
) STRICT;
