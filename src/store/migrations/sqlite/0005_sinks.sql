-- How each destination stands, for whoever asks; and what was asked of it by hand.
CREATE TABLE sink_status (
    sink TEXT PRIMARY KEY,
    kind TEXT,
    state TEXT,
    since INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0,    -- since the daemon was started
    delivered_at INTEGER,
    last_error TEXT,
    last_error_at INTEGER,
    next_try_at INTEGER,
    disabled TEXT,                           -- why nothing is delivered until somebody says so
    try_now INTEGER NOT NULL DEFAULT 0 CHECK (try_now IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Calls to be delivered to one destination once more.
CREATE TABLE sink_replays (
    sink TEXT NOT NULL,
    call INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE,
    PRIMARY KEY (sink, call)
) STRICT, WITHOUT ROWID;

CREATE INDEX sink_replays_by_call ON sink_replays (call);
