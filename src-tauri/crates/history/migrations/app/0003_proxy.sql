ALTER TABLE account ADD COLUMN proxy TEXT;      -- JSON: the SOCKS5 proxy its connections take
