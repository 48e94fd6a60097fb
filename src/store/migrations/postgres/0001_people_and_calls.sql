-- Every table carries the site, since one database may serve many. What holds over time has valid_from (included;
-- '-infinity': it always did) and valid_until (excluded; NULL: it still holds). Months are those of UTC.

-- Equality of texts in an exclusion constraint; part of PostgreSQL's contrib, and trusted: the owner of the database may make it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- One row. Records of calls that began before kept_from have been dropped, and are not taken again.
CREATE TABLE retention (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    kept_from timestamptz NOT NULL DEFAULT '-infinity'
);

INSERT INTO retention DEFAULT VALUES;

CREATE TABLE sites (
    name text PRIMARY KEY,
    people_version bigint NOT NULL DEFAULT 0,    -- counts the changes of its people
    people_changed_at timestamptz
);

-- People.

CREATE TABLE users (
    site text NOT NULL REFERENCES sites (name),
    id uuid NOT NULL,
    name text NOT NULL,
    email text,
    email_key text,          -- what emails are compared by
    gone_at timestamptz,     -- no longer in the people file since then; the row stays for the history
    PRIMARY KEY (site, id)
);

CREATE UNIQUE INDEX users_email ON users (site, email_key) WHERE email_key IS NOT NULL AND gone_at IS NULL;

CREATE TABLE user_groups (
    site text NOT NULL REFERENCES sites (name),
    id uuid NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (site, id),
    UNIQUE (site, name)
);

CREATE TABLE memberships (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL,
    user_id uuid NOT NULL,
    group_id uuid NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    FOREIGN KEY (site, user_id) REFERENCES users (site, id),
    FOREIGN KEY (site, group_id) REFERENCES user_groups (site, id)
);

CREATE UNIQUE INDEX memberships_once ON memberships (site, user_id, group_id) WHERE valid_until IS NULL;

CREATE TABLE primary_groups (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL,
    user_id uuid NOT NULL,
    group_id uuid NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    FOREIGN KEY (site, user_id) REFERENCES users (site, id),
    FOREIGN KEY (site, group_id) REFERENCES user_groups (site, id)
);

CREATE UNIQUE INDEX primary_groups_one ON primary_groups (site, user_id) WHERE valid_until IS NULL;

CREATE TABLE associations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('extension', 'agent')),
    number text NOT NULL CHECK (number <> ''),
    is_primary boolean NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    FOREIGN KEY (site, user_id) REFERENCES users (site, id),
    -- One user at a time, at every moment and whoever writes.
    CONSTRAINT associations_one_holder EXCLUDE USING gist
        (site WITH =, kind WITH =, number WITH =, tstzrange(valid_from, valid_until) WITH &&)
);

CREATE UNIQUE INDEX associations_one_primary ON associations (site, user_id) WHERE valid_until IS NULL AND is_primary;
CREATE INDEX associations_by_user ON associations (site, user_id, valid_from);

-- The constraint holds; this says who the holder is.
CREATE FUNCTION associations_name_the_holder() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    holder text;
    since text;
BEGIN
    SELECT users.name, CASE WHEN isfinite(held.valid_from)
            THEN to_char(held.valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') ELSE 'always' END
        INTO holder, since
        FROM associations AS held JOIN users ON users.site = held.site AND users.id = held.user_id
        WHERE held.site = NEW.site AND held.kind = NEW.kind AND held.number = NEW.number AND held.id <> NEW.id
            AND tstzrange(held.valid_from, held.valid_until) && tstzrange(NEW.valid_from, NEW.valid_until)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% % belongs to % since %: it can belong to one user at a time, end that association first',
            NEW.kind, NEW.number, holder, since USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER associations_exclusive BEFORE INSERT OR UPDATE ON associations
    FOR EACH ROW EXECUTE FUNCTION associations_name_the_holder();

CREATE TABLE dee_memberships (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL REFERENCES sites (name),
    pbx text NOT NULL,       -- the PBX that says so; '' for what the people file says, which holds for all
    main text NOT NULL CHECK (main <> ''),
    member text NOT NULL CHECK (member <> '' AND member <> main),
    source text NOT NULL CHECK (source IN ('file', 'pbx_list', 'pbx_query')),
    valid_from timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    CHECK ((source = 'file') = (pbx = ''))
);

CREATE UNIQUE INDEX dee_memberships_once ON dee_memberships (site, pbx, main, member) WHERE valid_until IS NULL;

-- Calls. `record` is the call record as it was received; the other columns only find it.

-- Each id once, whatever the month: a partitioned table can promise that only together with the month.
CREATE TABLE call_ids (
    id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    end_uncertain boolean NOT NULL,
    revision integer NOT NULL DEFAULT 1    -- 2: a certain end has replaced an uncertain one
);

CREATE TABLE calls (
    id uuid NOT NULL,
    site text NOT NULL,
    pbx text NOT NULL,
    direction text NOT NULL,
    outcome text NOT NULL,
    caller text,
    dialled text,
    trunk text,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz NOT NULL,
    start_uncertain boolean NOT NULL,
    end_uncertain boolean NOT NULL,
    record json NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);

CREATE INDEX calls_by_time ON calls (site, started_at, id);

CREATE TABLE segments (
    call_id uuid NOT NULL,
    call_started_at timestamptz NOT NULL,
    site text NOT NULL,
    seq integer NOT NULL,
    device text NOT NULL,
    device_kind text NOT NULL,
    agent text,
    role text NOT NULL,
    outcome text NOT NULL,
    rule text NOT NULL,
    user_id uuid,
    group_id uuid,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (call_id, seq, call_started_at)
) PARTITION BY RANGE (call_started_at);

CREATE INDEX segments_by_user ON segments (site, user_id, call_started_at, call_id) WHERE user_id IS NOT NULL;
CREATE INDEX segments_by_device ON segments (site, device, call_started_at, call_id);
CREATE INDEX segments_by_agent ON segments (site, agent, call_started_at, call_id) WHERE agent IS NOT NULL;
CREATE INDEX segments_by_group ON segments (site, group_id, call_started_at, call_id) INCLUDE (outcome) WHERE group_id IS NOT NULL;

-- The numbers of a call, back to front, so that an index finds them by their last digits, newest first.
CREATE TABLE call_numbers (
    call_id uuid NOT NULL,
    call_started_at timestamptz NOT NULL,
    site text NOT NULL,
    reversed text COLLATE "C" NOT NULL,
    PRIMARY KEY (call_id, reversed, call_started_at)
) PARTITION BY RANGE (call_started_at);

CREATE INDEX call_numbers_by_end ON call_numbers (site, substr(reversed, 1, 6), call_started_at, call_id);

-- Where records go whose time no clock should have shown; it is looked through with everything else.
CREATE TABLE calls_default PARTITION OF calls DEFAULT;
CREATE TABLE segments_default PARTITION OF segments DEFAULT;
CREATE TABLE call_numbers_default PARTITION OF call_numbers DEFAULT;

-- Who is credited in a site's records: by these names they are found where the site keeps its people elsewhere.
CREATE TABLE credited_users (
    site text NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (site, id, name)
);

CREATE TABLE credited_groups (
    site text NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (site, id, name)
);

-- Makes the partitions of a month and moves into them what the default partitions hold of it. False: they are there.
CREATE FUNCTION make_month(moment timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    month timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
    since timestamptz := month AT TIME ZONE 'UTC';
    until timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
    part record;
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('strowger months ' || current_schema(), 0));
    IF to_regclass(format('%I.%I', current_schema(), 'calls_' || to_char(month, 'YYYY_MM'))) IS NOT NULL THEN
        RETURN false;
    END IF;
    FOR part IN SELECT * FROM (VALUES ('calls', 'started_at'), ('segments', 'call_started_at'), ('call_numbers', 'call_started_at'))
        AS parts (parent, moment)
    LOOP
        name := part.parent || '_' || to_char(month, 'YYYY_MM');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, part.parent);
        EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %I >= $1 AND %I < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved',
            part.parent || '_default', part.moment, part.moment, name) USING since, until;
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part.parent, name, since, until);
    END LOOP;
    RETURN true;
END
$$;
