"""One self-contained HTML page of a run, a comparison, a sweep or a trading ledger. Data in, text out; nothing is read."""
