-- What is still to be delivered, and how far each destination has got (see the spool).

-- One row: who numbers here, the last number given, and how much waits.
CREATE TABLE outbox_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    source TEXT NOT NULL,    -- made with the file: another file's numbers are other numbers
    seq INTEGER NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;

INSERT INTO outbox_head (id, source, seq, bytes)
    SELECT 1, lower(substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-4' || substr(id, 14, 3) || '-a' || substr(id, 18, 3) || '-' || substr(id, 21)), 0, 0
    FROM (SELECT hex(randomblob(16)) AS id);

-- One row for each record stored, and for each gap that began or ended; kept until every destination has it.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    call_id TEXT,            -- NULL: a gap
    body TEXT NOT NULL       -- the record or the gap as JSON
) STRICT;

CREATE TABLE sinks (
    name TEXT PRIMARY KEY,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),    -- 0: no longer configured; nothing waits for it
    registered_at INTEGER NOT NULL,
    cursor INTEGER NOT NULL,           -- it has everything of the outbox up to here
    history_cursor INTEGER NOT NULL,   -- of the calls that were there before it: it has those up to here …
    history_until INTEGER NOT NULL,    -- … and is given those up to here
    CHECK (history_cursor <= history_until)
) STRICT, WITHOUT ROWID;

-- What a destination refused for good.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    sink TEXT NOT NULL,
    history INTEGER NOT NULL CHECK (history IN (0, 1)),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    call_id TEXT,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    quarantined_at INTEGER NOT NULL,
    retry INTEGER NOT NULL DEFAULT 0 CHECK (retry IN (0, 1)),
    UNIQUE (sink, history, seq)
) STRICT;
