-- How long a clock that the retention doubts has gone on steadily, so that a restart does not begin the wait anew; NULL: none is doubted.

ALTER TABLE retention
    ADD COLUMN clock_seen_at timestamptz,        -- what it said last
    ADD COLUMN clock_stood_seconds bigint;       -- for so long by then
