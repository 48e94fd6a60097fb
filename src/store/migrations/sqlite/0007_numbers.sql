-- So that a number means one thing for good.

-- Calls are numbered above it: what has a number up to here need not be here.
INSERT INTO meta (key, value) VALUES ('calls_upto', 0);

-- By what other names numbers of this file go, in order: an older copy of a file numbers under a new name from then on (see the spool).
CREATE TABLE earlier_sources (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    seq INTEGER NOT NULL,    -- numbers of the outbox that no earlier one has, up to here …
    call INTEGER NOT NULL    -- … and numbers of calls up to here
) STRICT;

-- What is asked to be tried again is looked for all the time, and is little of what is in quarantine.
CREATE INDEX quarantine_to_retry ON quarantine (sink, id) WHERE retry = 1;
