-- Market data. Numbers are canonical TEXT, times UTC milliseconds, instruments and markets integers.
PRAGMA application_id = 0x66756e64;  -- "fund": how a file that is not ours is told from one that is

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

INSERT INTO meta VALUES ('market_revision', lower(hex(randomblob(16))));

CREATE TABLE instruments (
  id INTEGER PRIMARY KEY,
  symbol TEXT NOT NULL UNIQUE,
  spot TEXT,
  multiplier TEXT NOT NULL,
  perp_step TEXT NOT NULL,
  perp_min_qty TEXT NOT NULL,
  perp_min_notional TEXT NOT NULL,
  spot_step TEXT NOT NULL,
  spot_min_qty TEXT NOT NULL,
  spot_min_notional TEXT NOT NULL,
  first_seen_ms INTEGER,
  gone_ms INTEGER,
  mmr TEXT,
  last_seen_ms INTEGER NOT NULL
) STRICT;

-- Every change of a listing, of lot rules and of the funding interval, with the time it was seen.
CREATE TABLE listing_changes (
  id INTEGER PRIMARY KEY,
  instrument_id INTEGER NOT NULL REFERENCES instruments (id),
  seen_ms INTEGER NOT NULL,
  field TEXT NOT NULL,
  before TEXT,
  after TEXT
) STRICT;
CREATE INDEX listing_changes_by_time ON listing_changes (instrument_id, seen_ms);

-- The two large tables do without REFERENCES: checking it costs a fifth of an import, ids only ever come from a look-up
-- in `instruments` inside the same transaction, and no instrument is ever deleted.
CREATE TABLE settlements (
  instrument_id INTEGER NOT NULL,
  settled_at INTEGER NOT NULL,
  rate TEXT NOT NULL,
  PRIMARY KEY (instrument_id, settled_at)
) WITHOUT ROWID, STRICT;

-- market: 0 spot, 1 perp, 2 mark. The shorter of two candles opening together comes first.
CREATE TABLE candles (
  instrument_id INTEGER NOT NULL,
  market INTEGER NOT NULL,
  span_ms INTEGER NOT NULL,
  open_at INTEGER NOT NULL,
  open TEXT NOT NULL,
  high TEXT NOT NULL,
  low TEXT NOT NULL,
  close TEXT NOT NULL,
  volume TEXT,
  PRIMARY KEY (instrument_id, market, open_at, span_ms)
) WITHOUT ROWID, STRICT;

CREATE TABLE predicted (
  instrument_id INTEGER NOT NULL REFERENCES instruments (id),
  observed_at INTEGER NOT NULL,
  for_settlement INTEGER NOT NULL,
  rate TEXT NOT NULL,
  PRIMARY KEY (instrument_id, observed_at, for_settlement)
) WITHOUT ROWID, STRICT;

CREATE TABLE snapshots (
  instrument_id INTEGER NOT NULL REFERENCES instruments (id),
  observed_at INTEGER NOT NULL,
  quote_volume TEXT,
  open_interest TEXT,
  mark TEXT,
  PRIMARY KEY (instrument_id, observed_at)
) WITHOUT ROWID, STRICT;

-- What was asked of a venue, even when nothing came.
CREATE TABLE coverage (
  instrument_id INTEGER NOT NULL REFERENCES instruments (id),
  kind TEXT NOT NULL,
  span_ms INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  asked_at_ms INTEGER NOT NULL,
  confirmed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (instrument_id, kind, span_ms, from_ms)
) WITHOUT ROWID, STRICT;

CREATE TABLE universe (
  position INTEGER PRIMARY KEY,
  instrument_id INTEGER NOT NULL UNIQUE REFERENCES instruments (id)
) STRICT;

-- A value that differed from the stored one: `replaced` it, or was turned away (`kept`).
CREATE TABLE corrections (
  id INTEGER PRIMARY KEY,
  seen_ms INTEGER NOT NULL,
  instrument_id INTEGER NOT NULL REFERENCES instruments (id),
  kind TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  span_ms INTEGER NOT NULL,
  before TEXT NOT NULL,
  offered TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('replaced', 'kept'))
) STRICT;
CREATE INDEX corrections_by_key ON corrections (instrument_id, kind, at_ms, span_ms);
