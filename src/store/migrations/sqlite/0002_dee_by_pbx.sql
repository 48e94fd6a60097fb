-- What a PBX says of the members of a main extension is that PBX's own business, and how it was learnt is kept.

CREATE TABLE dee_memberships_new (
    id INTEGER PRIMARY KEY,
    pbx TEXT NOT NULL,       -- the PBX that says so; '' for what the people file says, which holds for all
    main TEXT NOT NULL CHECK (main <> ''),
    member TEXT NOT NULL CHECK (member <> '' AND member <> main),
    source TEXT NOT NULL CHECK (source IN ('file', 'pbx_list', 'pbx_query')),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER CHECK (valid_until > valid_from),
    CHECK ((source = 'file') = (pbx = ''))
) STRICT;

INSERT INTO dee_memberships_new (id, pbx, main, member, source, valid_from, valid_until)
    SELECT id, '', main, member, 'file', valid_from, valid_until FROM dee_memberships WHERE source = 'file';

DROP TABLE dee_memberships;
ALTER TABLE dee_memberships_new RENAME TO dee_memberships;

-- Of what the PBX says, its list and the answers to questions are one truth: the later replaces the earlier.
CREATE UNIQUE INDEX dee_memberships_once ON dee_memberships (pbx, main, member) WHERE valid_until IS NULL;
