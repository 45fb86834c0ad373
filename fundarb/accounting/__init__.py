"""Money rules: pure functions over exact Decimals; what a ledger line means and what a position owes."""
