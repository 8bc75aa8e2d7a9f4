-- What one account said and heard. Times are milliseconds since 1970, UTC.

CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    peer TEXT NOT NULL UNIQUE,                  -- bare JID
    open INTEGER NOT NULL DEFAULT 1,            -- shown in the list
    draft TEXT NOT NULL DEFAULT '',
    read_to INTEGER NOT NULL DEFAULT 0,         -- message.id up to which everything is read
    unread INTEGER NOT NULL DEFAULT 0,
    activity INTEGER NOT NULL DEFAULT 0,        -- newest message.id, or when it was opened, in the same unit
    archive_complete INTEGER NOT NULL DEFAULT 0 -- the archive holds nothing older than what is here
) STRICT;

-- The id is the place in time: microseconds since 1970, moved on where taken. So the newest rows are the last ones,
-- in this table and in the word index, whatever order they were learnt in.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    stamp INTEGER NOT NULL,
    outgoing INTEGER NOT NULL,
    resource TEXT NOT NULL DEFAULT '',          -- of the device that sent it
    stanza_id TEXT,                             -- the archive's id (XEP-0359)
    message_id TEXT,                            -- the sender's id; for our own also the origin id
    body TEXT NOT NULL,
    markable INTEGER NOT NULL DEFAULT 0,        -- the sender wants to know when it is seen (XEP-0333)
    delivery INTEGER,                           -- own messages: how far it came
    failure TEXT,                               -- own messages: why not, as JSON
    other_device INTEGER NOT NULL DEFAULT 0     -- own messages: sent elsewhere
) STRICT;
CREATE UNIQUE INDEX message_timeline ON message (conversation, id);
CREATE UNIQUE INDEX message_stanza_id ON message (stanza_id) WHERE stanza_id IS NOT NULL;
CREATE INDEX message_message_id ON message (message_id) WHERE message_id IS NOT NULL;
-- Own messages that may still be confirmed: few, however long the conversation. Delivery 2 to 4 is sending to delivered.
CREATE INDEX message_confirmable ON message (conversation, id) WHERE outgoing AND delivery BETWEEN 2 AND 4;

CREATE VIRTUAL TABLE word USING fts5 (
    body, content = 'message', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER message_words AFTER INSERT ON message BEGIN
    INSERT INTO word (rowid, body) VALUES (new.id, new.body);
END;
CREATE TRIGGER message_words_moved AFTER UPDATE OF id ON message BEGIN
    INSERT INTO word (word, rowid, body) VALUES ('delete', old.id, old.body);
    INSERT INTO word (rowid, body) VALUES (new.id, new.body);
END;
CREATE TRIGGER message_words_gone AFTER DELETE ON message BEGIN
    INSERT INTO word (word, rowid, body) VALUES ('delete', old.id, old.body);
END;

-- What the server has not acknowledged, as it will be sent.
CREATE TABLE outbox (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE ON UPDATE CASCADE,
    stanza TEXT NOT NULL,
    attempted INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The stretch of an archive that is held without a hole (XEP-0313).
CREATE TABLE archive (
    jid TEXT PRIMARY KEY,
    from_id TEXT,
    to_id TEXT,
    to_stamp INTEGER NOT NULL DEFAULT 0,
    complete INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
