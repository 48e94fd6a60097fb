-- How long calls are kept with numbers and names, whom a legal hold protects, and who was erased.

ALTER TABLE calls ADD COLUMN anonymised_at INTEGER;

CREATE INDEX calls_by_end ON calls (ended_at);
CREATE INDEX calls_to_anonymise ON calls (ended_at) WHERE anonymised_at IS NULL;

-- So that a record that still waits for a destination changes with the stored one.
CREATE INDEX outbox_by_call ON outbox (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX quarantine_by_call ON quarantine (call_id) WHERE call_id IS NOT NULL;

CREATE TABLE holds (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,    -- no reference: people may be taken over anew, the hold stays
    reason TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    removed_by TEXT,
    removed_at INTEGER,       -- NULL: it stands
    CHECK ((removed_by IS NULL) = (removed_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX holds_one ON holds (user_id) WHERE removed_at IS NULL;

CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    work TEXT,                -- JSON: whom, and how far it has got; NULL when it is done
    receipt TEXT,             -- JSON, without the person
    CHECK ((work IS NULL) <> (receipt IS NULL))
) STRICT, WITHOUT ROWID;

-- One row: the last run of the retention.
CREATE TABLE retention_last (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    ran_at INTEGER NOT NULL,
    tally TEXT NOT NULL       -- JSON
) STRICT;
