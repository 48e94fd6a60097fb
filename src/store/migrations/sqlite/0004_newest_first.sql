-- So that the newest calls with a number, and the calls that count for a group, are found without reading the others.

CREATE INDEX call_numbers_by_end ON call_numbers (substr(reversed, 1, 6), call_started_at);

DROP INDEX segments_by_group;
CREATE INDEX segments_by_group ON segments (group_id, call_started_at, outcome) WHERE group_id IS NOT NULL;
