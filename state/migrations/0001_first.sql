-- The state of a sync: what was observed, what is linked, what was written and why.
--
-- Ids, cursors, tags and keys are opaque text. Fields and changes are JSON, written with sorted keys, so
-- that equal contents are equal texts and SQL can compare them without understanding them. Moments are
-- milliseconds since 1970-01-01T00:00:00Z and end in _ms.

-- 'SYNT': tells our file from any other program's SQLite file before anything is written to it.
PRAGMA application_id = 1398361684;

-- A configured account at a vendor. The cursor stands here and moves in the same transaction as the
-- contacts that it covers.
CREATE TABLE app (
    name      TEXT PRIMARY KEY,
    account   TEXT,
    cursor    TEXT,
    cursor_ms INTEGER,
    CHECK ((cursor IS NULL) = (cursor_ms IS NULL))
) STRICT, WITHOUT ROWID;

-- Two apps and which is which. Ids of contacts mean nothing without their app, so a connection never
-- changes its apps: links made for one pair of apps would point at strangers in another.
CREATE TABLE connection (
    name      TEXT PRIMARY KEY,
    left_app  TEXT NOT NULL REFERENCES app (name),
    right_app TEXT NOT NULL REFERENCES app (name),
    CHECK (left_app <> right_app)
) STRICT, WITHOUT ROWID;

-- What of a connection was last seen in the configuration or in a schema, to notice that it changed.
CREATE TABLE fingerprint (
    connection TEXT NOT NULL,
    what       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (connection, what)
) STRICT, WITHOUT ROWID;

-- A contact of an app, as it was when we last learned it. Everything else points at contact_no, so a
-- contact that its vendor renames keeps its link, its keys and its place in the queues.
CREATE TABLE contact (
    contact_no    INTEGER PRIMARY KEY,
    app           TEXT NOT NULL REFERENCES app (name),
    id            TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('never', 'unknown', 'live', 'gone')),
    -- The highest order that was ever seen outlives the record, so that an old observation that comes
    -- late raises no dead.
    version_tag   TEXT NOT NULL DEFAULT '',
    version_order INTEGER,
    -- What a person would call the contact: fields, tags, subscription. A change is a change of this.
    content       TEXT,
    -- JSON array of e-mail keys; contact_key is its index.
    keys          TEXT NOT NULL DEFAULT '[]',
    created_ms    INTEGER,
    marker        TEXT,
    shadow        TEXT,
    evidence      TEXT,
    -- Missing from a listing that was proven complete, and not yet read by its id. Means nothing else.
    suspect       INTEGER NOT NULL DEFAULT 0 CHECK (suspect IN (0, 1)),
    changed_ms    INTEGER NOT NULL,
    UNIQUE (app, id),
    CHECK ((state = 'live') = (content IS NOT NULL)),
    CHECK ((state = 'gone') = (evidence IS NOT NULL)),
    CHECK (state = 'live' OR suspect = 0)
) STRICT;

-- Counting an app's contacts must not read their records.
CREATE INDEX contact_by_state ON contact (app, state, id);
CREATE INDEX contact_by_marker ON contact (app, marker) WHERE marker IS NOT NULL;
CREATE INDEX contact_suspect ON contact (app, id) WHERE suspect = 1;

-- Who holds an e-mail key. Kept by triggers alone, so that it cannot disagree with contact.keys.
CREATE TABLE contact_key (
    app        TEXT NOT NULL,
    email_key  TEXT NOT NULL,
    contact_no INTEGER NOT NULL REFERENCES contact (contact_no) ON DELETE CASCADE,
    PRIMARY KEY (app, email_key, contact_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_key_by_contact ON contact_key (contact_no);

CREATE TRIGGER contact_keys_of_a_new_contact AFTER INSERT ON contact WHEN NEW.keys <> '[]' BEGIN
    INSERT OR IGNORE INTO contact_key (app, email_key, contact_no)
    SELECT NEW.app, value, NEW.contact_no FROM json_each(NEW.keys);
END;

CREATE TRIGGER contact_keys_of_a_changed_contact AFTER UPDATE OF keys ON contact WHEN NEW.keys <> OLD.keys BEGIN
    DELETE FROM contact_key WHERE contact_no = NEW.contact_no;
    INSERT OR IGNORE INTO contact_key (app, email_key, contact_no)
    SELECT NEW.app, value, NEW.contact_no FROM json_each(NEW.keys);
END;

-- Observations on their way to contact. The lane 'listing' gathers the pages of a listing until it is
-- complete; the lane 'direct' is filled and emptied within one transaction (look-ups, confirmed writes).
CREATE TABLE staged (
    staged_no     INTEGER PRIMARY KEY,
    lane          TEXT NOT NULL CHECK (lane IN ('listing', 'direct')),
    app           TEXT NOT NULL REFERENCES app (name),
    id            TEXT NOT NULL,
    previous_ids  TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('live', 'gone', 'unknown', 'unreadable')),
    version_tag   TEXT NOT NULL,
    version_order INTEGER,
    content       TEXT,
    keys          TEXT NOT NULL,
    created_ms    INTEGER,
    marker        TEXT,
    shadow        TEXT,
    evidence      TEXT,
    problem       TEXT,
    UNIQUE (lane, app, id),
    CHECK ((state = 'live') = (content IS NOT NULL)),
    CHECK ((state = 'gone') = (evidence IS NOT NULL)),
    CHECK ((state = 'unreadable') = (problem IS NOT NULL))
) STRICT;

-- A pair of contacts of a connection, or one contact that has no counterpart yet. With a status it is a
-- link: permanent, by contact_no, and its number is the link's number. Without one it carries no more
-- than a standing and what rules did to a lone contact. Numbers are never used twice.
CREATE TABLE pair (
    pair_no     INTEGER PRIMARY KEY AUTOINCREMENT,
    connection  TEXT NOT NULL REFERENCES connection (name),
    status      TEXT CHECK (status IN ('active', 'trashed_left', 'trashed_right', 'closed')),
    -- Tags of ours that stand for a deletion or an unsubscribe, for each side.
    marks       TEXT,
    -- Whether a rule selected it when it was last planned: whoever was and is not any more is a leaver.
    selected    INTEGER NOT NULL DEFAULT 0 CHECK (selected IN (0, 1)),
    -- The standing: the last verdict on this subject.
    verdict     TEXT,
    reason      TEXT,
    detail      TEXT,
    standing_ms INTEGER,
    UNIQUE (pair_no, connection),
    CHECK ((verdict IS NULL) = (detail IS NULL)),
    CHECK ((verdict IS NULL) = (standing_ms IS NULL))
) STRICT;

CREATE INDEX pair_linked ON pair (connection, pair_no, status) WHERE status IS NOT NULL;
CREATE INDEX pair_by_verdict ON pair (connection, verdict, reason) WHERE verdict IS NOT NULL;

-- Which contact is on which side of a pair. The primary key is the promise that a contact is in one
-- pair of a connection at the most.
CREATE TABLE pair_end (
    connection TEXT NOT NULL,
    side       TEXT NOT NULL CHECK (side IN ('left', 'right')),
    contact_no INTEGER NOT NULL REFERENCES contact (contact_no) ON DELETE CASCADE,
    pair_no    INTEGER NOT NULL,
    PRIMARY KEY (connection, side, contact_no),
    UNIQUE (pair_no, side),
    FOREIGN KEY (pair_no, connection) REFERENCES pair (pair_no, connection) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX pair_end_by_contact ON pair_end (contact_no);

-- Per mapping of a link, what each side held when the two were last confirmed to be in step.
CREATE TABLE base (
    pair_no      INTEGER NOT NULL REFERENCES pair (pair_no) ON DELETE CASCADE,
    mapping      TEXT NOT NULL,
    left_fields  TEXT NOT NULL,
    right_fields TEXT NOT NULL,
    PRIMARY KEY (pair_no, mapping)
) STRICT, WITHOUT ROWID;

-- What each action of a rule did to a pair or a lone contact.
CREATE TABLE action (
    pair_no INTEGER NOT NULL REFERENCES pair (pair_no) ON DELETE CASCADE,
    action  TEXT NOT NULL,
    done    TEXT NOT NULL,
    PRIMARY KEY (pair_no, action)
) STRICT, WITHOUT ROWID;

-- How often each mapping wrote one value to a side again.
CREATE TABLE repeats (
    pair_no INTEGER NOT NULL REFERENCES pair (pair_no) ON DELETE CASCADE,
    mapping TEXT NOT NULL,
    repeats TEXT NOT NULL,
    PRIMARY KEY (pair_no, mapping)
) STRICT, WITHOUT ROWID;

-- Contacts that a connection has to look at. A contact that changes again while it is being looked at
-- gets a new number, so that settling the first look does not swallow the second change. That is why
-- numbers are never used twice.
CREATE TABLE todo (
    todo_no    INTEGER PRIMARY KEY AUTOINCREMENT,
    connection TEXT NOT NULL REFERENCES connection (name),
    side       TEXT NOT NULL CHECK (side IN ('left', 'right')),
    contact_no INTEGER NOT NULL REFERENCES contact (contact_no) ON DELETE CASCADE,
    UNIQUE (connection, side, contact_no)
) STRICT;

CREATE INDEX todo_by_connection ON todo (connection, todo_no);
CREATE INDEX todo_by_contact ON todo (contact_no);

-- Runs. One without an end was interrupted, unless it is running right now.
CREATE TABLE run (
    run_id     TEXT PRIMARY KEY,
    mode       TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    status     TEXT,
    ended_ms   INTEGER,
    report     TEXT,
    CHECK ((status IS NULL) = (ended_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX run_by_start ON run (started_ms, run_id);

-- Ops: written down before they are sent (intents), settled after, and kept as the history. Ids are
-- text here: the history says what was done to which contact even when that contact is forgotten.
CREATE TABLE op (
    op_no      INTEGER PRIMARY KEY AUTOINCREMENT,
    op_key     TEXT NOT NULL UNIQUE,
    run_id     TEXT NOT NULL REFERENCES run (run_id),
    connection TEXT NOT NULL REFERENCES connection (name),
    app        TEXT NOT NULL REFERENCES app (name),
    side       TEXT NOT NULL CHECK (side IN ('left', 'right')),
    -- The pair before the op.
    left_id    TEXT,
    right_id   TEXT,
    -- The contact that is written; learned from the outcome of a create.
    contact    TEXT,
    kind       TEXT NOT NULL CHECK (kind IN ('create', 'update')),
    -- What was sent and what follows from it, as long as it may have to be looked for. The history needs
    -- only the changes.
    write      TEXT,
    aftermath  TEXT,
    changes    TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN
        ('sent', 'applied', 'stale', 'rejected', 'deferred', 'unknown', 'not_applied', 'found')),
    reason     TEXT,
    at_ms      INTEGER NOT NULL,
    settled_ms INTEGER,
    CHECK ((status IN ('sent', 'unknown')) = (write IS NOT NULL)),
    CHECK ((write IS NULL) = (aftermath IS NULL)),
    CHECK ((status = 'sent') = (settled_ms IS NULL))
) STRICT;

CREATE INDEX op_open ON op (connection, op_no) WHERE status IN ('sent', 'unknown');
CREATE INDEX op_by_run ON op (run_id, op_no);
CREATE INDEX op_by_contact ON op (app, contact, op_no);
