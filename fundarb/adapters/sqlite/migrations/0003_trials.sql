-- Every parameter set a search ever ran, once. Figures are little-endian numbers in the order of the code version that
-- wrote them; daily returns stand in `<db>.trials/`, one file a scope, at row `place`, `checksum` being theirs (crc32).

CREATE TABLE trial_scopes (
    id INTEGER PRIMARY KEY,
    scope_id TEXT NOT NULL UNIQUE,
    pairs TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    data_hash TEXT NOT NULL,
    code_version TEXT NOT NULL,
    days INTEGER NOT NULL
) STRICT;

-- What was not varied: most trials of a search have the same sixty parameters.
CREATE TABLE trial_bases (
    id INTEGER PRIMARY KEY,
    params TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE trials (
    id INTEGER PRIMARY KEY,
    trial_id TEXT NOT NULL UNIQUE,
    scope_id INTEGER NOT NULL REFERENCES trial_scopes (id),
    base_id INTEGER NOT NULL REFERENCES trial_bases (id),
    params TEXT NOT NULL,
    lane TEXT NOT NULL,
    metrics BLOB NOT NULL,
    totals BLOB NOT NULL,
    counts BLOB NOT NULL,
    place INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX trials_by_place ON trials (scope_id, place);

-- A search as it was answered.
CREATE TABLE sweeps (
    id INTEGER PRIMARY KEY,
    sweep_id TEXT NOT NULL UNIQUE,
    stored_ms INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
