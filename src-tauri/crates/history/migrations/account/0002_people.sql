CREATE TABLE roster (
    jid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    subscription TEXT NOT NULL,
    pending INTEGER NOT NULL,
    approved INTEGER NOT NULL,
    groups TEXT NOT NULL                        -- JSON array, sorted
) STRICT, WITHOUT ROWID;

-- Requests to see our presence that wait for an answer; servers tell of them once.
CREATE TABLE subscription_request (
    jid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    message TEXT NOT NULL,
    stamp INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Single values: the roster's version and the like.
CREATE TABLE value (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers whose hash was verified (XEP-0115).
CREATE TABLE caps (
    hash TEXT NOT NULL,
    ver TEXT NOT NULL,
    client TEXT NOT NULL,
    features TEXT NOT NULL,                     -- JSON array
    PRIMARY KEY (hash, ver)
) STRICT, WITHOUT ROWID;

CREATE TABLE picture (
    id TEXT PRIMARY KEY,                        -- SHA-1 in hex, as XEP-0084 and XEP-0153 name it
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE avatar (
    jid TEXT PRIMARY KEY,
    picture TEXT NOT NULL,
    nickname TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX avatar_picture ON avatar (picture);
