-- How one conversation differs from the settings for all.
ALTER TABLE conversation ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN muted_until INTEGER;    -- milliseconds since 1970, UTC
ALTER TABLE conversation ADD COLUMN preview TEXT;           -- JSON; NULL as everywhere
ALTER TABLE conversation ADD COLUMN sound INTEGER;          -- NULL as everywhere

-- For removing by age.
CREATE INDEX message_stamp ON message (stamp);

-- Verified answers belong to no account: they are in app.sqlite.
DROP TABLE caps;
