-- What trading and backtests write. Money is canonical TEXT, times are UTC milliseconds, symbols are ids.
-- `symbols` is apart from `instruments` on purpose: a ledger must be able to name a pair that no instrument
-- carries (an adopted position) and must not depend on rows that market data may replace.

CREATE TABLE symbols (
    id INTEGER PRIMARY KEY,
    symbol TEXT NOT NULL UNIQUE
) STRICT;

-- Closing a portfolio renames its row: everything that hangs on it moves in one write.
CREATE TABLE portfolios (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    symbol_id INTEGER REFERENCES symbols (id),
    cash TEXT NOT NULL,
    leg TEXT,
    side TEXT,
    qty TEXT,
    price TEXT,
    fair TEXT,
    fee TEXT,
    fee_ccy TEXT,
    rate TEXT,
    stale_mark INTEGER NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX ledger_by_portfolio ON ledger (portfolio_id, id);

CREATE TRIGGER ledger_keeps_its_lines BEFORE UPDATE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: book an adjustment instead');
END;
CREATE TRIGGER ledger_loses_no_line BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: book an adjustment instead');
END;

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    client_id TEXT NOT NULL UNIQUE,
    trade_id TEXT NOT NULL,
    symbol_id INTEGER NOT NULL REFERENCES symbols (id),
    leg TEXT NOT NULL,
    side TEXT NOT NULL,
    qty TEXT NOT NULL,
    limit_price TEXT,
    reduce_only INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    venue_id TEXT,
    reason TEXT
) STRICT;
CREATE INDEX orders_by_portfolio ON orders (portfolio_id, created_ms, id);

-- Every step an order took, for the person who asks afterwards what was known when.
CREATE TABLE order_moves (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    venue_id TEXT,
    reason TEXT
) STRICT;
CREATE INDEX order_moves_by_order ON order_moves (order_id, id);

CREATE TABLE fills (
    id INTEGER PRIMARY KEY,
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    execution_id TEXT NOT NULL,
    client_id TEXT,
    symbol_id INTEGER NOT NULL REFERENCES symbols (id),
    leg TEXT NOT NULL,
    side TEXT NOT NULL,
    qty TEXT NOT NULL,
    price TEXT NOT NULL,
    fair TEXT NOT NULL,
    fee TEXT NOT NULL,
    fee_ccy TEXT NOT NULL,
    filled_ms INTEGER NOT NULL,
    UNIQUE (portfolio_id, execution_id)
) STRICT;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    portfolio_id INTEGER REFERENCES portfolios (id),
    name TEXT NOT NULL,
    symbol_id INTEGER REFERENCES symbols (id),
    reason TEXT,
    data TEXT
) STRICT;
CREATE INDEX events_by_time ON events (at_ms, id);

-- At most one halt stands; without pairs it stops every entry.
CREATE TABLE halts (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    since_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE halted_pairs (
    halt_id INTEGER NOT NULL REFERENCES halts (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    symbol_id INTEGER NOT NULL REFERENCES symbols (id),
    PRIMARY KEY (halt_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE heartbeats (
    name TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE remembered (
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (portfolio_id, name)
) STRICT, WITHOUT ROWID;

-- Backtests. Mappings are JSON in the order they were given, so that a stored run prints the bytes it printed first.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    data_hash TEXT NOT NULL,
    params TEXT NOT NULL,
    flags TEXT NOT NULL,
    metrics TEXT NOT NULL,
    counts TEXT NOT NULL,
    universe TEXT NOT NULL,
    excluded TEXT NOT NULL,
    funding TEXT NOT NULL,
    price TEXT NOT NULL,
    fees TEXT NOT NULL,
    slippage TEXT NOT NULL,
    other TEXT NOT NULL,
    equity TEXT NOT NULL,
    lowest_cash TEXT NOT NULL
) STRICT;

CREATE TABLE run_groups (
    id INTEGER PRIMARY KEY,
    group_id TEXT NOT NULL UNIQUE,
    stored_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX run_groups_by_time ON run_groups (stored_ms, id);

CREATE TABLE run_members (
    id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL REFERENCES run_groups (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),
    role TEXT NOT NULL,
    UNIQUE (group_id, run_id, role)
) STRICT;

CREATE TABLE run_trades (
    run_id INTEGER NOT NULL REFERENCES runs (id),
    place INTEGER NOT NULL,
    still_open INTEGER NOT NULL,
    symbol_id INTEGER NOT NULL REFERENCES symbols (id),
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    qty TEXT NOT NULL,
    open_reason TEXT NOT NULL,
    close_reason TEXT,
    funding TEXT NOT NULL,
    price TEXT NOT NULL,
    fees TEXT NOT NULL,
    slippage TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (run_id, still_open, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_ledger (
    run_id INTEGER NOT NULL REFERENCES runs (id),
    place INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    symbol_id INTEGER REFERENCES symbols (id),
    cash TEXT NOT NULL,
    leg TEXT,
    side TEXT,
    qty TEXT,
    price TEXT,
    fair TEXT,
    fee TEXT,
    fee_ccy TEXT,
    rate TEXT,
    stale_mark INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (run_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_equity (
    run_id INTEGER NOT NULL REFERENCES runs (id),
    place INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, place)
) STRICT, WITHOUT ROWID;
