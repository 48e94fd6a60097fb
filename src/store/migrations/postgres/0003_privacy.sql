-- How long calls are kept with numbers and names, whom a legal hold protects, and who was erased; each site for itself.

ALTER TABLE calls ADD COLUMN anonymised_at timestamptz;

CREATE INDEX calls_by_end ON calls (site, ended_at, id);
CREATE INDEX calls_to_anonymise ON calls (site, ended_at, id) WHERE anonymised_at IS NULL;

CREATE TABLE holds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL,
    user_id uuid NOT NULL,     -- no reference: a site may keep its people elsewhere
    reason text NOT NULL,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    removed_by text,
    removed_at timestamptz,    -- NULL: it stands
    CHECK ((removed_by IS NULL) = (removed_at IS NULL))
);

CREATE UNIQUE INDEX holds_one ON holds (site, user_id) WHERE removed_at IS NULL;

CREATE TABLE erasures (
    site text NOT NULL,
    id uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    work text,                 -- JSON: whom, and how far it has got; NULL when it is done
    receipt text,              -- JSON, without the person
    PRIMARY KEY (site, id),
    CHECK ((work IS NULL) <> (receipt IS NULL))
);

-- The last run of the retention.
CREATE TABLE retention_last (
    site text PRIMARY KEY,
    ran_at timestamptz NOT NULL,
    tally text NOT NULL        -- JSON
);
