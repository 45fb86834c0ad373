"""Orders of a live trader: intents before sending, outcomes by asking, both legs kept together, fills into the ledger."""
