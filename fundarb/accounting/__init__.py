"""Money rules, pure and exact: fees, lots, funding, margin, ledger lines and their fold."""
