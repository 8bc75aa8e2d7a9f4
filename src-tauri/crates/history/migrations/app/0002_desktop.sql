ALTER TABLE account ADD COLUMN hue INTEGER;     -- the colour the person chose, 0–359

-- Answers whose hash was verified (XEP-0115), whoever asked.
CREATE TABLE caps (
    hash TEXT NOT NULL,
    ver TEXT NOT NULL,
    client TEXT NOT NULL,
    features TEXT NOT NULL,                     -- JSON array
    UNIQUE (hash, ver)
) STRICT;
