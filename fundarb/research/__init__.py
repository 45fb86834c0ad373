"""Backtests, sweeps and walk-forward: many runs of the one engine, and what they are worth."""
