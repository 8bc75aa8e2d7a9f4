-- Calls stand among the messages. Their id is the session's (XEP-0166), their body is empty.
ALTER TABLE message ADD COLUMN call TEXT;                       -- JSON: how it went
ALTER TABLE message ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0; -- never counts as unread
CREATE INDEX message_call ON message (message_id) WHERE call IS NOT NULL;
