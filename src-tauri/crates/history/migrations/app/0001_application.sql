-- What belongs to no account.

CREATE TABLE account (
    id TEXT PRIMARY KEY,                        -- UUID; also its folder's name
    position INTEGER NOT NULL,
    jid TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL,
    user_agent TEXT NOT NULL,                   -- UUID told at sign-in (XEP-0388)
    endpoint TEXT,                              -- JSON, where the person chose one
    pin TEXT,                                   -- fingerprint of a certificate the person accepted
    presence TEXT NOT NULL                      -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL                         -- JSON
) STRICT, WITHOUT ROWID;
