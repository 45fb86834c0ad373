"""Money rules, pure and exact: fees, lots, funding, margin, ledger lines and their fold."""

from fundarb import domain as domain  # so that whoever computes money has the decimal context
