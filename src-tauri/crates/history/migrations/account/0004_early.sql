-- Confirmations that came before the message they are of: an archive is read from both its ends.
CREATE TABLE early (
    peer TEXT NOT NULL,
    message_id TEXT NOT NULL,
    delivery INTEGER NOT NULL,
    UNIQUE (peer, message_id)
) STRICT;
