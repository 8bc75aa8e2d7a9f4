-- Files that messages share. What is ours lies in the account's folder, and `path` is relative to it; what was sent from
-- elsewhere is named in full.
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE ON UPDATE CASCADE,
    position INTEGER NOT NULL,
    share TEXT,                        -- what the sender calls it (XEP-0447)
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    kind INTEGER NOT NULL,
    size INTEGER,
    width INTEGER,
    height INTEGER,
    length INTEGER,                    -- milliseconds
    hash BLOB,                         -- SHA-256, promised or found
    thumbnail BLOB,
    facts TEXT NOT NULL,               -- JSON: where it is to be had, and what else was promised
    state INTEGER NOT NULL,
    failure TEXT,                      -- JSON
    way TEXT,                          -- JSON
    path TEXT,
    part TEXT                          -- what came of it until now
) STRICT;
CREATE INDEX file_message ON file (message);
CREATE INDEX file_hash ON file (hash) WHERE hash IS NOT NULL AND path IS NOT NULL;
CREATE INDEX file_moving ON file (id) WHERE state = 2;

ALTER TABLE message ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_files ON message (conversation, id) WHERE files > 0;
CREATE INDEX message_links ON message (conversation, id) WHERE instr(body, '://') > 0;
