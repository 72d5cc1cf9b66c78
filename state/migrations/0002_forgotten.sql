-- People who asked to be forgotten: a salted hash of each of their mailboxes, and of each contact that they
-- were. It tells that an observation is of one of them, and nothing else about them.
CREATE TABLE forgotten (
    hash  BLOB PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Without it a hash could be tried against lists of addresses. It never leaves this file.
CREATE TABLE salt (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    salt BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;

INSERT INTO salt (only, salt) VALUES (1, randomblob(32));
