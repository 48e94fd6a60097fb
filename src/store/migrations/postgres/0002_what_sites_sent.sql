-- What many sites have sent to a hub: which of their numbers came, when a PBX was out of sight, and what could not be read.

-- A site's database file, in which its numbers run. Whoever notes numbers of it locks its row first.
CREATE TABLE sources (
    site text NOT NULL,
    source uuid NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),    -- when something of it was last stored here
    PRIMARY KEY (site, source)
) WITH (fillfactor = 70);

-- Numbers that came, without a hole between the first and the last; no two rows of a source touch each other.
CREATE TABLE received_ranges (
    site text NOT NULL,
    source uuid NOT NULL,
    first_seq bigint NOT NULL CHECK (first_seq >= 1),
    last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
    first_at timestamptz NOT NULL,    -- the end of the call, or of the gap, that has the number
    last_at timestamptz NOT NULL,
    PRIMARY KEY (site, source, first_seq),
    FOREIGN KEY (site, source) REFERENCES sources (site, source) ON DELETE CASCADE
) WITH (fillfactor = 70);

-- How many of them by the UTC day of that end.
CREATE TABLE received_days (
    site text NOT NULL,
    source uuid NOT NULL,
    day date NOT NULL,
    entries bigint NOT NULL,
    PRIMARY KEY (site, source, day),
    FOREIGN KEY (site, source) REFERENCES sources (site, source) ON DELETE CASCADE
) WITH (fillfactor = 70);

CREATE INDEX received_days_by_day ON received_days (day, site);

-- When a PBX, or a part of it, was out of sight.
CREATE TABLE link_gaps (
    site text NOT NULL,
    pbx text NOT NULL,
    scope text NOT NULL,              -- 'all', or 'node NAME'
    began_at timestamptz NOT NULL,
    ended_at timestamptz,             -- NULL: it lasts, as far as is known
    PRIMARY KEY (site, pbx, scope, began_at)
);

CREATE INDEX link_gaps_by_time ON link_gaps (site, began_at);

-- Messages that could not be read or stored, as they came, to be looked at by a person.
CREATE TABLE quarantine (
    id uuid PRIMARY KEY,              -- from the message itself: the same message is here once
    site text,                        -- as the subject has it
    source uuid,
    seq bigint,
    subject text NOT NULL,
    headers text NOT NULL,
    body bytea NOT NULL,
    reason text NOT NULL,
    put_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX quarantine_by_number ON quarantine (source, seq) WHERE source IS NOT NULL;
