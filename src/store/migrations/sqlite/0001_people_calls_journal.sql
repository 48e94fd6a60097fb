-- Times are microseconds since 1970-01-01T00:00:00Z. What holds over time has valid_from (included) and
-- valid_until (excluded); NULL: it still holds.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO meta (key, value) VALUES ('directory_version', 0), ('people_changed_at', NULL);

-- People.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,
    email_key TEXT,          -- what emails are compared by
    gone_at INTEGER          -- no longer in the people file since then; the row stays for the history
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX users_email ON users (email_key) WHERE email_key IS NOT NULL AND gone_at IS NULL;
CREATE INDEX users_name ON users (name);

CREATE TABLE user_groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    group_id TEXT NOT NULL REFERENCES user_groups (id),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER CHECK (valid_until > valid_from)
) STRICT;

CREATE UNIQUE INDEX memberships_once ON memberships (user_id, group_id) WHERE valid_until IS NULL;

CREATE TABLE primary_groups (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    group_id TEXT NOT NULL REFERENCES user_groups (id),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER CHECK (valid_until > valid_from)
) STRICT;

CREATE UNIQUE INDEX primary_groups_one ON primary_groups (user_id) WHERE valid_until IS NULL;

CREATE TABLE associations (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('extension', 'agent')),
    number TEXT NOT NULL CHECK (number <> ''),
    is_primary INTEGER NOT NULL CHECK (is_primary IN (0, 1)),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER CHECK (valid_until > valid_from)
) STRICT;

-- One user at a time: the indexes for what holds now, the triggers for every moment and with the holder's name.
CREATE UNIQUE INDEX associations_one_holder ON associations (kind, number) WHERE valid_until IS NULL;
CREATE UNIQUE INDEX associations_one_primary ON associations (user_id) WHERE valid_until IS NULL AND is_primary = 1;
CREATE INDEX associations_by_number ON associations (kind, number, valid_from);
CREATE INDEX associations_by_user ON associations (user_id, valid_from);

CREATE TRIGGER associations_exclusive_insert BEFORE INSERT ON associations
BEGIN
    SELECT RAISE(ABORT, NEW.kind || ' ' || NEW.number || ' belongs to ' || users.name || ' since '
            || coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', held.valid_from / 1000000, 'unixepoch'), 'always')
            || ': it can belong to one user at a time, end that association first')
    FROM associations AS held JOIN users ON users.id = held.user_id
    WHERE held.kind = NEW.kind AND held.number = NEW.number
        AND (NEW.valid_until IS NULL OR held.valid_from < NEW.valid_until)
        AND (held.valid_until IS NULL OR held.valid_until > NEW.valid_from);
END;

CREATE TRIGGER associations_exclusive_update BEFORE UPDATE ON associations
BEGIN
    SELECT RAISE(ABORT, NEW.kind || ' ' || NEW.number || ' belongs to ' || users.name || ' since '
            || coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', held.valid_from / 1000000, 'unixepoch'), 'always')
            || ': it can belong to one user at a time, end that association first')
    FROM associations AS held JOIN users ON users.id = held.user_id
    WHERE held.kind = NEW.kind AND held.number = NEW.number AND held.id <> OLD.id
        AND (NEW.valid_until IS NULL OR held.valid_from < NEW.valid_until)
        AND (held.valid_until IS NULL OR held.valid_until > NEW.valid_from);
END;

CREATE TABLE dee_memberships (
    id INTEGER PRIMARY KEY,
    main TEXT NOT NULL CHECK (main <> ''),
    member TEXT NOT NULL CHECK (member <> '' AND member <> main),
    source TEXT NOT NULL CHECK (source IN ('file', 'config', 'pbx')),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER CHECK (valid_until > valid_from)
) STRICT;

CREATE UNIQUE INDEX dee_memberships_once ON dee_memberships (main, member, source) WHERE valid_until IS NULL;

-- Calls. `record` is the call record as JSON; the other columns only find it.

CREATE TABLE calls (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL,
    pbx TEXT NOT NULL,
    direction TEXT NOT NULL,
    outcome TEXT NOT NULL,
    caller TEXT,
    dialled TEXT,
    trunk TEXT,
    started_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER NOT NULL,
    start_uncertain INTEGER NOT NULL,
    end_uncertain INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;

CREATE INDEX calls_by_time ON calls (started_at, id);

CREATE TABLE segments (
    call INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    call_started_at INTEGER NOT NULL,
    device TEXT NOT NULL,
    device_kind TEXT NOT NULL,
    agent TEXT,
    role TEXT NOT NULL,
    outcome TEXT NOT NULL,
    rule TEXT NOT NULL,
    user_id TEXT,
    group_id TEXT,
    started_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX segments_by_user ON segments (user_id, call_started_at) WHERE user_id IS NOT NULL;
CREATE INDEX segments_by_device ON segments (device, call_started_at);
CREATE INDEX segments_by_agent ON segments (agent, call_started_at) WHERE agent IS NOT NULL;
CREATE INDEX segments_by_group ON segments (group_id, call_started_at) WHERE group_id IS NOT NULL;

-- The numbers of a call, back to front, so that an index finds them by their last digits.
CREATE TABLE call_numbers (
    reversed TEXT NOT NULL,
    call INTEGER NOT NULL,
    call_started_at INTEGER NOT NULL,
    PRIMARY KEY (reversed, call)
) STRICT, WITHOUT ROWID;

-- What a restart needs (see the spool).

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    pbx TEXT NOT NULL,
    events INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX journal_by_pbx ON journal (pbx, seq);

CREATE TABLE checkpoints (
    pbx TEXT PRIMARY KEY,
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE liveness (
    pbx TEXT PRIMARY KEY,
    alive_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
